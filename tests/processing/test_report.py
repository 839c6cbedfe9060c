from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from processing import report
from processing.reporting import decision_sections
from processing.reporting.wording import NONE
from tests.processing.processed_tables import COUNTS, generated_table
from tests.processing.staging import (
    EvaluatedRun,
    StagedRun,
    evaluate_model,
    evaluate_run,
    stage_features,
    stage_run,
    write_candidates,
)


def write(run: EvaluatedRun, folder: Path, *extra: str, **options: object) -> str:
    assert report.main([*run.report_arguments(folder / "report", **options), *extra]) == 0  # type: ignore[arg-type]
    return (folder / "report" / "report.html").read_text(encoding="utf-8")


def text_of(html: str) -> str:
    """What a reader reads: no tags, no figures."""
    return " ".join(unescape(re.sub(r"<style>.*?</style>|<svg.*?</svg>|<[^>]*>", " ", html, flags=re.DOTALL)).split())


@pytest.fixture(scope="module")
def html(evaluated_run, tmp_path_factory) -> str:
    return write(evaluated_run, tmp_path_factory.mktemp("report"))


def table_over_income(answer: str) -> pd.DataFrame:
    """A processed table in which the share of low incomes, or a coin, decides the level, and the swing does not."""
    table = generated_table()
    random = np.random.default_rng(11)
    by_playground = table.groupby("playground_key", sort=False)
    low = table[table["size_of_adjusted_gross_income"] == 1].groupby("playground_key")["num_of_returns"].sum()
    share = (low / by_playground["num_of_returns"].sum()).reindex(by_playground.size().index)
    coin = pd.Series(random.random(len(share)) < 0.6, index=share.index)
    top = (share > 0.15) | share.isna() if answer == "income" else coin
    level = top.map({True: "4", False: "2"})
    swing = pd.Series(random.choice(["N", "Y"], len(share)), index=share.index)
    return table.assign(
        Level=table["playground_key"].map(level), Adaptive_Swing=table["playground_key"].map(swing), Accessible="Y"
    )


def test_the_figures_are_those_of_the_evaluations(html, evaluated_run):
    text = text_of(html)
    for folder in (evaluated_run.evaluation, evaluated_run.automl_evaluation):
        evaluation = json.loads((folder / "evaluation.json").read_text())
        assert f"right on {evaluation['accuracy']:.1%} (" in text
        assert f"{evaluation['roc_auc']:.3f} " in text
    assert f"Always predicting the majority class is right on {evaluation['majority_accuracy']:.1%}" in text
    assert f"reads adaptive_swing alone is right on {evaluation['rule_accuracy']:.1%}" in text


def test_it_says_what_the_generated_data_shows(html):
    text = text_of(html)
    assert "adaptive_swing, carries nearly all of the signal" in text
    assert "the model mostly reads the label back" in text
    assert "Income carries next to none of the accuracy" in text


@pytest.fixture(scope="module")
def other_runs(tmp_path_factory) -> dict[str, EvaluatedRun]:
    runs = {}
    for answer in ("income", "coin"):
        folder = tmp_path_factory.mktemp(answer)
        staged: StagedRun = stage_run(folder, table=table_over_income(answer))
        runs[answer] = evaluate_run(staged, folder / "evaluated")
    return runs


def test_it_says_the_opposite_where_the_data_does(other_runs, tmp_path):
    text = text_of(write(other_runs["income"], tmp_path))
    assert "adaptive_swing, carries next to none of the signal" in text
    assert "reads the label back" not in text
    assert "Income matters most to the accuracy" in text


def test_it_says_when_there_is_nothing_to_learn(other_runs, tmp_path):
    text = text_of(write(other_runs["coin"], tmp_path))
    assert "There is hardly any signal" in text
    assert "the quality gate stays shut and no model is registered" in text


NASTY = '<img src=x onerror="alert(1)">'


@pytest.fixture(scope="module")
def odd_page(evaluated_run, tmp_path_factory) -> str:
    """A run's page with a level that is markup, and under a threshold that nothing reaches."""
    folder = tmp_path_factory.mktemp("odd")
    features = shutil.copytree(evaluated_run.features, folder / "features")
    file = features / "report" / "features.json"
    # Feature engineering refuses such values of a feed; the report does not rely on it.
    file.write_text(file.read_text().replace('"levels": {', f'"levels": {{{json.dumps(NASTY)}: 1, '))
    run = replace(evaluated_run, features=features)
    return write(run, folder, accuracy_threshold=0.999)


def test_the_gate_is_that_of_the_thresholds(html, odd_page):
    assert "the quality gate opens and" in text_of(html)
    assert "the quality gate stays shut" in text_of(odd_page)


def test_every_part_is_there(html):
    assert re.findall(r"<h2>(.*?)</h2>", html) == [
        "What is predicted, and from what",
        "The data",
        "How good the models are",
        "Where the signal comes from",
        "Other rows than those of this split",
        "Where XGBoost is wrong",
        "Boroughs",
        "AutoML&#x27;s leaderboard",
        "The gate&#x27;s decision",
        "How XGBoost was trained",
        "How to read the figures",
    ]
    assert len(re.findall(r"<figure><svg .*?</svg><figcaption>", html, flags=re.DOTALL)) == 10
    text = text_of(html)
    assert "All test rows, without adaptive_swing:" in text
    assert "Rows with a level:" in text
    assert "Fairness of XGBoost by borough" in text
    assert "Fairness of AutoML by borough" in text
    assert "Not measured for AutoML: without adaptive swing, folds and training." in text
    assert "<GBM> & co" in text
    assert "<GBM>" not in html


def test_without_automl_the_report_is_about_one_model(evaluated_run, tmp_path):
    html = write(evaluated_run, tmp_path, automl=False)
    assert "AutoML" not in html
    assert len(re.findall("<figure>", html)) == 10
    assert "the quality gate opens and XGBoost is registered" in text_of(html)


def test_the_chosen_candidate_is_marked_where_it_stands(html):
    """Of two with the same objective AutoML chose the second; a candidate that failed says why."""
    board = html[html.index('<section id="leaderboard">') :].partition("</section>")[0]
    rows = re.findall(r"<tr(?: class=\"(\w+)\")?>(.*?)</tr>", board)[1:]
    assert [(mark, re.findall(r"<td[^>]*>(.*?)</td>", cells)[:3]) for mark, cells in rows] == [
        ("", ["&lt;GBM&gt; &amp; co", "", "0.861"]),
        ("strong", ["WeightedEnsemble-L2-t3", "chosen", "0.861"]),
        ("", ["NeuralNet-t4", "Failed: out of memory", NONE]),
    ]
    assert "3 candidates of the AutoML job AutoML-1, as SageMaker lists them" in text_of(html)


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        (
            {"candidates": [], "reason": "ListCandidatesForAutoMLJob of AutoML-1: Rate exceeded"},
            "AutoML chose Best-t1. Its candidates cannot be shown: ListCandidatesForAutoMLJob of AutoML-1: Rate ex",
        ),
        ({"candidates": []}, "AutoML chose Best-t1. Its candidates cannot be shown: SageMaker lists none for the job"),
        ({}, "The candidate that the job chose, Best-t1, is not among them."),
    ],
)
def test_a_leaderboard_that_lacks_something_says_what(evaluated_run, tmp_path, members, sentence):
    write_candidates(tmp_path, chosen="Best-t1", **members)
    options = report.parse([*evaluated_run.report_arguments(tmp_path), "--candidates-dir", str(tmp_path)])
    section = decision_sections.leaderboard(report.analysis_of(options))
    assert section is not None
    assert sentence in text_of(" ".join(block.markup for block in section.blocks))


def test_the_feeds_own_dates_are_in_report_card_and_decision(html, evaluated_run, tmp_path):
    dates = {
        "playgrounds": "2018-12-14 the file's time of change",
        "parks": "unknown the server sent no Last-Modified",
        "income": "2018-09-20 Last-Modified of the server",
    }
    options = [word for feed, text in dates.items() for word in (f"--{feed}-date", text)]
    text = text_of(write(evaluated_run, tmp_path, *options, "--tax-year", "2016"))

    assert "playgrounds as of 14 December 2018, parks as of an unknown date, income of tax year 2016;" in text
    sentence = (
        "The feeds' own dates: playgrounds as of 14 December 2018 (the file's time of change), parks as of an unknown "
        "date (the server sent no Last-Modified) and income of tax year 2016 in a file of 20 September 2018 "
        "(Last-Modified of the server)."
    )
    assert sentence in text
    for name in ("xgboost", "automl"):
        card = json.loads((tmp_path / "report" / f"model_card_{name}.json").read_text())
        assert card["training_details"]["training_observations"].startswith(sentence)
        assert card["additional_information"]["custom_details"]["feeds"] == sentence
    assert json.loads((tmp_path / "report" / "decision.json").read_text())["feeds"] == {
        "generated": False,
        "playgrounds": {"date": "2018-12-14", "basis": "the file's time of change"},
        "parks": {"date": None, "basis": "the server sent no Last-Modified"},
        "income": {"date": "2018-09-20", "basis": "Last-Modified of the server"},
        "tax_year": 2016,
    }
    # A report that nobody has told the dates says so.
    untold = "playgrounds as of an unknown date, parks as of an unknown date, income of an unknown tax year"
    assert untold in text_of(html)
    assert "imported on" not in text


def test_generated_feeds_have_no_date(evaluated_run, tmp_path):
    table = generated_table()
    # Names are no features: the models' evaluations are those of the same rows.
    features = stage_features(tmp_path, table=table.assign(Name="Generated " + table["Name"]))
    html = write(
        replace(evaluated_run, features=features),
        tmp_path,
        "--playgrounds-date",
        "2026-11-29 the file's time of change",
        automl=False,
    )
    assert "The feeds are generated and have no date" in text_of(html)
    assert "29 November 2026" not in text_of(html)
    decision = json.loads((tmp_path / "report" / "decision.json").read_text())
    assert decision["feeds"]["generated"] is True
    assert decision["feeds"]["playgrounds"]["date"] is None


def test_nothing_in_it_would_be_fetched_or_run(html):
    assert not re.findall(r"<(?:script|link|img|iframe|object|embed|audio|video|base)\b", html)
    assert not re.findall(r"url\((?!#)|@import|javascript:|\son\w+=", html)
    assert set(re.findall(r'href="([^"#]*)', html)) == {""}
    assert "default-src &#x27;none&#x27;" in html or "default-src 'none'" in html


def test_the_same_inputs_give_the_same_bytes(html, evaluated_run, tmp_path):
    assert write(evaluated_run, tmp_path) == html


def write_about_one_model(staged: StagedRun, folder: Path, feature_set: str = "playground") -> str:
    evaluation = evaluate_model(staged, folder / "evaluation", feature_set)
    return write(EvaluatedRun(staged.features, evaluation, folder, folder), folder, automl=False)


def test_the_lab_set_is_reported_by_the_same_code(tmp_path):
    text = text_of(write_about_one_model(stage_run(tmp_path, "lab"), tmp_path, "lab"))
    assert "Dropped from" in text


def test_text_of_the_feed_is_escaped(odd_page):
    assert "<img" not in odd_page
    assert NASTY in unescape(odd_page)


def test_inputs_of_two_runs_end_with_a_sentence_and_no_page(evaluated_run, other_runs, tmp_path, capsys):
    arguments = evaluated_run.report_arguments(tmp_path / "report")
    arguments[arguments.index("--evaluation-dir") + 1] = str(other_runs["coin"].evaluation)
    assert report.main(arguments) == 1
    complaint = "Pass the outputs of one pipeline execution."
    assert complaint in capsys.readouterr().err
    assert complaint in (tmp_path / "message").read_text()
    assert not (tmp_path / "report").exists()


def test_the_gates_thresholds_have_no_default(evaluated_run, tmp_path):
    with pytest.raises(SystemExit, match="2"):
        report.main(["--features-dir", str(tmp_path)])


def test_a_feed_without_income_and_with_one_borough_still_makes_a_report(tmp_path):
    table = generated_table().drop_duplicates("playground_key")
    table[["zipcode", "size_of_adjusted_gross_income", *COUNTS]] = None
    table = table.assign(zip_match="none", Adaptive_Swing="N", School_ID=None)
    table["Prop_ID"] = "B" + table["playground_key"]
    text = text_of(write_about_one_model(stage_run(tmp_path, table=table), tmp_path))
    assert "0.00 million returns of the 0 ZIP codes" in text
    assert "No feature varies over the labelled rows" in text
    assert "Of the 0 gaps" in text
