from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb

from processing import evaluate
from processing.feature_contract import feature_set
from processing.predictions import read_predictions
from tests.processing.staging import StagedRun, stage_run, write_archive

HEADLINE = ("accuracy", "balanced_accuracy", "roc_auc", "majority_accuracy", "rule_accuracy", "accuracy_lift")


def run(staged: StagedRun, output: Path, *arguments: str) -> int:
    return evaluate.main(
        [
            *("--model-dir", str(staged.archive), "--scoring-dir", str(staged.features / "scoring")),
            *("--output-dir", str(output), "--message-file", str(output.parent / "message")),
            *arguments,
        ]
    )


@pytest.fixture(scope="module")
def output(staged_run, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("evaluation") / "evaluation"
    assert run(staged_run, folder) == 0
    return folder


@pytest.fixture(scope="module")
def report(output) -> dict[str, Any]:
    return json.loads((output / "evaluation.json").read_text())


def test_the_property_file_is_small_and_holds_finite_figures(output, report):
    assert (output / "evaluation.json").stat().st_size < 40_000
    assert all(math.isfinite(report[name]) for name in HEADLINE)
    assert report["accuracy_lift"] == pytest.approx(report["accuracy"] - report["majority_accuracy"])


def test_figures_are_those_of_the_test_rows_alone(staged_run, report):
    test = pd.read_csv(staged_run.features / "test" / "test.csv", header=None).to_numpy(dtype=float)
    scores = staged_run.booster.predict(xgb.DMatrix(test[:, 1:]))
    assert report["rows"]["test"] == len(test)
    assert report["accuracy"] == pytest.approx(((scores >= 0.5) == test[:, 0]).mean())
    positives = test[:, 0] == 1
    pairs = np.subtract.outer(scores[positives], scores[~positives])
    assert report["roc_auc"] == pytest.approx((pairs > 0).mean() + (pairs == 0).mean() / 2)


def test_views_stand_side_by_side_with_their_own_baselines(report):
    views = report["views"]
    assert set(views) == {"labelled", "with_level", "without_adaptive_swing"}
    assert all(set(HEADLINE) <= set(view) for view in views.values())
    assert views["with_level"]["rows"] < views["labelled"]["rows"] == report["rows"]["test"]
    assert views["without_adaptive_swing"]["roc_auc"] < views["labelled"]["roc_auc"] - 0.1
    assert views["without_adaptive_swing"]["rule"]["feature"] != "adaptive_swing"


def test_the_rule_finds_the_feature_that_decides_the_generated_labels(report):
    assert report["rule"]["feature"] == "adaptive_swing"
    assert report["permutation_importance"]["groups"][0]["name"].startswith("adaptive_swing")
    assert report["table"]["features"][0] == "adaptive_swing"
    assert report["table_roc_auc"] > 0.7


def test_slices_add_up_to_the_whole(report):
    boroughs = report["slices"]["borough"]
    assert set(boroughs) == {"Bronx", "Brooklyn", "Manhattan", "Queens", "Staten Island"}
    rows = sum(one["rows"] for one in boroughs.values())
    assert rows == report["rows"]["test"]
    assert sum(one["rows"] * one["accuracy"] for one in boroughs.values()) / rows == pytest.approx(report["accuracy"])


def test_findings_quote_the_figures(report):
    assert f"{report['accuracy']:.1%}" in report["findings"][0]
    assert any("Shuffling adaptive_swing" in one and "lowers accuracy" in one for one in report["findings"])


def test_curves_are_in_the_model_quality_file_only(output, report):
    quality = json.loads((output / "model_quality.json").read_text())["binary_classification_metrics"]
    curves = {"receiver_operating_characteristic_curve", "precision_recall_curve"}
    assert set(quality) - set(report["binary_classification_metrics"]) == curves


def test_every_plot_is_a_png(output):
    plots = sorted((output / "plots").iterdir())
    assert [plot.stem for plot in plots] == [
        "accuracy_by_view",
        "confusion_matrix",
        "permutation_importance",
        "precision_recall_curve",
        "roc_curve",
    ]
    assert all(plot.read_bytes().startswith(b"\x89PNG") for plot in plots)


def test_the_predictions_give_the_figures_again(output, report, staged_run):
    rows = read_predictions(output)
    scoring = pd.read_parquet(staged_run.features / "scoring" / "scoring.parquet")
    assert rows["playground_key"].tolist() == scoring.loc[scoring["split"] == "test", "playground_key"].tolist()
    without, levelled = report["views"]["without_adaptive_swing"], rows["level"].notna()
    right = {name: (rows[name] >= 0.5) == rows["label"] for name in ("score", "score_without_swing", "rule")}
    assert right["score"].mean() == report["accuracy"]
    assert right["score"][levelled].mean() == report["views"]["with_level"]["accuracy"]
    assert right["score_without_swing"].mean() == without["accuracy"]
    assert right["rule"].mean() == report["rule_accuracy"]
    assert (rows["rule_without_swing"] == rows["label"]).mean() == without["rule_accuracy"]


def test_the_same_inputs_give_the_same_report(staged_run, output, tmp_path):
    assert run(staged_run, tmp_path / "again") == 0
    assert (tmp_path / "again" / "evaluation.json").read_bytes() == (output / "evaluation.json").read_bytes()


def test_the_lab_set_is_evaluated_by_the_same_code(tmp_path):
    assert run(stage_run(tmp_path / "lab", "lab"), tmp_path / "out", "--feature-set", "lab") == 0
    report = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert report["rule"]["feature"] in feature_set("lab").feature_names


def test_a_model_whose_scores_are_no_probabilities_fails(staged_run, tmp_path, capsys):
    test = pd.read_csv(staged_run.features / "train" / "train.csv", header=None).to_numpy(dtype=float)
    booster = xgb.train({"objective": "binary:logitraw"}, xgb.DMatrix(test[:, 1:], label=test[:, 0]), 5)
    archive = write_archive(tmp_path / "raw", {"xgboost-model": bytes(booster.save_raw("ubj"))})
    arguments = ["--model-dir", str(archive)]
    assert run(staged_run, tmp_path / "out", *arguments) == 1
    assert "not probabilities" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda rows: rows[rows["split"] != "test"], "no labelled row in: test"),
        (lambda rows: rows[(rows["split"] != "test") | (rows["label"] == 1)], "label(s) [1] only"),
        (lambda rows: rows.drop(columns="returns"), "not a scoring table of the feature set playground"),
    ],
)
def test_a_scoring_table_on_which_metrics_are_undefined_fails(staged_run, tmp_path, capsys, change, complaint):
    (tmp_path / "scoring").mkdir()
    rows = pd.read_parquet(staged_run.features / "scoring" / "scoring.parquet")
    change(rows).to_parquet(tmp_path / "scoring" / "scoring.parquet")
    assert run(staged_run, tmp_path / "out", "--scoring-dir", str(tmp_path / "scoring")) == 1
    assert complaint in capsys.readouterr().err
    assert complaint in (tmp_path / "message").read_text()


def test_missing_inputs_are_named(staged_run, tmp_path, capsys):
    shutil.copytree(staged_run.archive, tmp_path / "archive")
    assert run(staged_run, tmp_path / "out", "--scoring-dir", str(tmp_path / "archive")) == 1
    assert "holds no parquet file" in capsys.readouterr().err
    assert run(staged_run, tmp_path / "out", "--feature-set", "parks") == 1
    assert "Unknown feature set 'parks'" in capsys.readouterr().err


def evaluate_scores(staged: StagedRun, answers: dict[str, list[str]], folder: Path) -> int:
    (folder / "scores").mkdir()
    for name, lines in answers.items():
        (folder / "scores" / f"{name}.csv.out").write_text("\n".join(lines) + "\n")
    arguments = ["--scores-dir", str(folder / "scores"), "--scoring-dir", str(staged.features / "scoring")]
    return evaluate.main([*arguments, "--output-dir", str(folder / "out"), "--message-file", str(folder / "message")])


@pytest.fixture(scope="module")
def answers(staged_run) -> dict[str, list[str]]:
    """The archived model's answers to every held-out file, as an AutoML model would give them."""

    def answer(name: str) -> list[str]:
        rows = pd.read_csv(staged_run.features / "held_out" / f"{name}.csv", header=None, float_precision="round_trip")
        scores = [float(score) for score in staged_run.booster.predict(xgb.DMatrix(rows.to_numpy(dtype=float)))]
        return [f"1,{score!r}" if score >= 0.5 else f"0,{1 - score!r}" for score in scores]

    return {name: answer(name) for name in ("test", "validation", "shuffles")}


def with_test_lines(answers: dict[str, list[str]], lines: list[str]) -> dict[str, list[str]]:
    return answers | {"test": lines}


def test_scores_are_judged_as_the_model_that_gave_them_is(staged_run, report, answers, tmp_path):
    assert evaluate_scores(staged_run, answers, tmp_path) == 0
    by_scores = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert {name: by_scores[name] for name in HEADLINE} == pytest.approx({name: report[name] for name in HEADLINE})
    for same in ("rows", "rule", "classes", "majority_class"):
        assert by_scores[same] == report[same]
    assert by_scores["views"]["with_level"] == pytest.approx(report["views"]["with_level"])
    assert by_scores["own_label_differs"] == 0
    assert by_scores["validation"] == pytest.approx(report["validation"])


def test_importance_by_answers_to_shuffled_rows_agrees_with_that_of_the_model(staged_run, report, answers, tmp_path):
    assert evaluate_scores(staged_run, answers, tmp_path) == 0
    by_scores = json.loads((tmp_path / "out" / "evaluation.json").read_text())["permutation_importance"]
    assert by_scores["features"] == []
    measured = {group["name"]: group for group in report["permutation_importance"]["groups"]}
    assert {group["name"] for group in by_scores["groups"]} == set(measured)
    for group in by_scores["groups"]:
        drop = measured[group["name"]]["roc_auc_drop"]
        assert group["roc_auc_drop"]["mean"] == pytest.approx(drop["mean"], abs=0.01 + 3 * drop["std"])


def test_what_needs_a_model_is_null_with_the_reason(staged_run, answers, tmp_path):
    assert evaluate_scores(staged_run, answers, tmp_path) == 0
    report = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert report["views"]["without_adaptive_swing"] is None
    assert set(report["not_measured"]) == {"views.without_adaptive_swing", "folds", "training"}
    assert all("cannot be trained on other rows" in reason for reason in report["not_measured"].values())
    assert sum("Not measured" in sentence for sentence in report["findings"]) == 3
    assert "score_without_swing" not in read_predictions(tmp_path / "out")
    assert not (tmp_path / "out" / "explainability").exists()


def test_shap_values_stand_in_clarifys_format(output, staged_run):
    analysis = json.loads((output / "explainability" / "analysis.json").read_text())
    values = analysis["explanations"]["kernel_shap"]["label0"]["global_shap_values"]
    assert set(values) == set(feature_set("playground").feature_names)
    test = pd.read_csv(staged_run.features / "test" / "test.csv", header=None).to_numpy(dtype=float)[:, 1:]
    matrix = xgb.DMatrix(test)
    contributions = staged_run.booster.predict(matrix, pred_contribs=True)
    assert contributions.sum(axis=1) == pytest.approx(staged_run.booster.predict(matrix, output_margin=True), abs=1e-4)
    assert values["adaptive_swing"] == pytest.approx(np.abs(contributions[:, 0]).mean())


def test_a_view_of_one_class_is_null_with_its_reason(staged_run, tmp_path):
    (tmp_path / "scoring").mkdir()
    rows = pd.read_parquet(staged_run.features / "scoring" / "scoring.parquet")
    rows.loc[rows["label"] == 0, "level"] = None
    rows.to_parquet(tmp_path / "scoring" / "scoring.parquet")
    assert run(staged_run, tmp_path / "out", "--scoring-dir", str(tmp_path / "scoring")) == 0
    report = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert report["views"]["with_level"] is None
    assert "test rows with a level have the label 1 only" in report["not_measured"]["views.with_level"]


def test_an_evaluation_with_a_model_leaves_nothing_out(report):
    assert report["not_measured"] == {}
    assert report["own_label_differs"] is None


def test_labels_that_follow_another_threshold_are_counted_and_said(staged_run, answers, tmp_path):
    first, *others = answers["test"]
    label, probability = int(first[0]), float(first.split(",")[1])
    lines = [f"{1 - label},{1 - probability!r}", *others]
    assert evaluate_scores(staged_run, with_test_lines(answers, lines), tmp_path) == 0
    report = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert report["own_label_differs"] == 1
    assert any("decides by another threshold" in sentence for sentence in report["findings"])


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda lines: lines[:-1], "line(s) for"),
        (lambda lines: [*lines, lines[0]], "line(s) for"),
        (lambda lines: ["1,nan", *lines[1:]], "probability that is not between 0 and 1: '1,nan'"),
        (lambda lines: ["<html>", *lines[1:]], "SAGEMAKER_INFERENCE_OUTPUT=predicted_label,probability"),
        (lambda lines: [line.split(",")[0] for line in lines], "is not predicted_label,probability: '"),
    ],
)
def test_scores_that_do_not_fit_fail_and_write_nothing(staged_run, answers, tmp_path, capsys, change, complaint):
    assert evaluate_scores(staged_run, with_test_lines(answers, change(answers["test"])), tmp_path) == 1
    assert complaint in capsys.readouterr().err
    assert complaint in (tmp_path / "message").read_text()
    assert not (tmp_path / "out").exists()


def test_a_model_and_scores_together_are_refused(staged_run, tmp_path):
    with pytest.raises(SystemExit, match="2"):
        run(staged_run, tmp_path / "out", "--scores-dir", str(tmp_path))
