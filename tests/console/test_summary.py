"""The demo's summary, whichever model is the champion."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.contest import champion, compared
from console.errors import CommandError
from console.executions import Execution
from console.scoring import Scores
from console.summary import render
from processing.feature_contract import PREDICTED_LABEL, SCORE

METRICS = {"balanced_accuracy": 0.8, "roc_auc": 0.9, "majority_accuracy": 0.7, "rule_accuracy": 0.86} | {
    "rule_roc_auc": 0.81,
    "table_accuracy": 0.865,
    "table_roc_auc": 0.855,
}


FEEDS = {
    "generated": False,
    "playgrounds": {"date": "2018-12-14", "basis": "the file's time of change"},
    "parks": {"date": None, "basis": "the server sent no Last-Modified"},
    "income": {"date": None, "basis": "the server sent no Last-Modified"},
    "tax_year": 2016,
}


def execution(*steps: str) -> Execution:
    start = datetime(2026, 11, 3, tzinfo=UTC)
    times = {"StartTime": start, "EndTime": start + timedelta(seconds=1), "StepStatus": "Succeeded"}
    return Execution("arn:execution/abc", "Succeeded", tuple({"StepName": step, **times} for step in steps))


def rows(answer: str, values: list[float]) -> Scores:
    """Test rows with these answers; the label is 1 where the answer is over a half, but for the first row."""
    found = [
        {"name": f"Playground {index}", "borough": "Queens", "level": "4", "split": "test", answer: value}
        | {"label": int(value >= 0.5) if index else int(value < 0.5)}
        for index, value in enumerate(values)
    ]
    return Scores((*found, {"split": "train", answer: 1.0, "label": 0}), answer)


def summary(champion_key: str, **accuracies: float) -> dict[str, Any]:
    features = dict.fromkeys(("train_rows", "validation_rows", "test_rows", "unlabelled_rows", "scored_rows"), 10)
    return {
        "etl": {"joined_rows": 100, "lab_rows": 90},
        "features": features,
        "metrics": {key: {"accuracy": accuracy, **METRICS} for key, accuracy in accuracies.items()},
        "champion": champion_key,
        "model_package_arn": "arn:package/1",
        "endpoint_name": "playground-accessibility",
        "sql": {"rows": 11, "test_accuracy": 0.9},
        "seconds": {"total": 80.0},
        "report": "/data/reports/abc.html",
        "generated": False,
        "feeds": FEEDS,
    }


def line_of(text: str, start: str) -> str:
    (found,) = (line for line in text.splitlines() if line.strip().startswith(start))
    return found


@pytest.mark.parametrize(
    ("feeds", "lines"),
    [
        (
            FEEDS,
            "  feeds             playgrounds as of 2018-12-14\n                    parks as of an unknown date\n"
            "                    income of tax year 2016\n",
        ),
        (FEEDS | {"tax_year": None}, "                    income of tax year unknown\n"),
        (FEEDS | {"generated": True}, "  feeds             generated, without a date; income of tax year 2016\n"),
    ],
)
def test_the_rows_say_when_the_feeds_were_made(feeds, lines):
    figures = summary("xgboost", xgboost=0.9) | {"feeds": feeds}
    assert lines in render(figures, rows(SCORE, [0.2]), Path("data"), None)


@pytest.mark.parametrize(("best", "other"), [("xgboost", "automl"), ("automl", "xgboost")])
def test_both_models_stand_above_the_baselines_and_the_champion_is_marked(best, other):
    names = {"xgboost": "XGBoost", "automl": "AutoML"}
    figures = {best: 0.9, other: 0.85}

    text = render(summary(best, **figures), rows(SCORE, [0.2, 0.7]), Path("data"), None)

    assert "0.900" in line_of(text, names[best]) and "champion" in line_of(text, names[best])
    assert "0.850" in line_of(text, names[other]) and "champion" not in line_of(text, names[other])
    assert "0.860" in line_of(text, "best one-feature rule") and "0.810" in line_of(text, "best one-feature rule")
    assert "0.865" in line_of(text, "best table of two") and "0.855" in line_of(text, "best table of two")
    assert "/data/reports/abc.html" in line_of(text, "Report")


def test_generated_feeds_are_said_to_be_generated():
    made = render(summary("xgboost", xgboost=0.9) | {"generated": True}, rows(SCORE, [0.2, 0.7]), Path("data"), None)
    real = render(summary("xgboost", xgboost=0.9), rows(SCORE, [0.2, 0.7]), Path("data"), None)

    assert "The feeds are generated" in made
    assert "generated" not in real


def test_without_automl_there_is_one_model():
    text = render(summary("xgboost", xgboost=0.9), rows(SCORE, [0.2, 0.7]), Path("data"), None)

    assert "AutoML" not in text


def test_labels_are_shown_as_labels():
    text = render(summary("automl", automl=0.9), rows(PREDICTED_LABEL, [0.0, 1.0]), Path("data"), None)

    assert "predicted_label (" not in text and "(1 if the level is predicted to be 4)" in text
    assert line_of(text, "Playground 0").endswith(" 0")
    assert line_of(text, "Playground 1").endswith(" 1")


@pytest.mark.parametrize(("answer", "values"), [(SCORE, [0.1, 0.9, 0.4, 0.5]), (PREDICTED_LABEL, [0.0, 1.0, 0.0, 1.0])])
def test_accuracy_by_sql_is_that_of_the_test_rows(answer, values):
    assert rows(answer, values).test_accuracy == 0.75


def test_models_are_known_by_the_steps_that_ran():
    both = execution("EvaluateXGBoost", "EvaluateAutoML", "RegisterAutoML")

    assert [model.key for model in compared(both)] == ["xgboost", "automl"]
    assert champion(both).key == "automl"
    assert champion(execution("EvaluateXGBoost", "RegisterXGBoost")).key == "xgboost"
    with pytest.raises(CommandError, match="registered no model"):
        champion(execution("EvaluateXGBoost", "EvaluateAutoML", "QualityTooLow"))


@pytest.mark.parametrize("generated", [True, False])
def test_a_summary_fits_a_terminal_of_80_columns(generated):
    text = render(summary("xgboost", xgboost=0.9) | {"generated": generated}, rows(SCORE, [0.1, 0.9]), Path("/d"), None)
    assert [line for line in text.splitlines() if len(line) > 80] == []
