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
    assert (output / "evaluation.json").stat().st_size < 20_000
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
    assert report["permutation_importance"]["groups"][0]["name"] == "adaptive_swing"


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
    assert "no probabilities" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda rows: rows[rows["split"] != "test"], "no labelled row in: test"),
        (lambda rows: rows[(rows["split"] != "test") | (rows["label"] == 1)], "label(s) [1] only"),
        (lambda rows: rows.drop(columns="returns"), "no scoring table of the feature set playground"),
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
    assert "no feature set 'parks'" in capsys.readouterr().err
