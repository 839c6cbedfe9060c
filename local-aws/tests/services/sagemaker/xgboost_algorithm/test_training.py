"""The built-in algorithm as a program on a job's folder: data, metrics, models, failures."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xgboost

from local_aws.services.sagemaker.xgboost_algorithm.__main__ import main

_CSV = "text/csv"


class Job:
    """A job's folder, in which the program runs."""

    def __init__(self, base: Path, capture: pytest.CaptureFixture[str], log: pytest.LogCaptureFixture) -> None:
        self.base = base
        self._capture = capture
        self._log = log
        self._channels: dict[str, dict[str, str]] = {}
        for place in ("input/config", "model", "output"):
            (base / place).mkdir(parents=True)

    def channel(self, name: str, files: Mapping[str, str | bytes], content_type: str | None = _CSV) -> None:
        """Add a channel."""
        folder = self.base / "input" / "data" / name
        folder.mkdir(parents=True)
        self._channels[name] = {"TrainingInputMode": "File"}
        if content_type is not None:
            self._channels[name]["ContentType"] = content_type
        for file, content in files.items():
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_bytes(content.encode() if isinstance(content, str) else content)

    def run(self, version: str = "1.7", *options: str, **hyperparameters: str) -> tuple[int, str]:
        """Run the program; return its exit code and what it printed."""
        config = self.base / "input" / "config"
        (config / "hyperparameters.json").write_text(json.dumps({"num_round": "3", **hyperparameters}))
        (config / "inputdataconfig.json").write_text(json.dumps(self._channels))
        with self._log.at_level("INFO"):
            exit_code = main(["--version", version, "--base", str(self.base), *options])
        return exit_code, self._capture.readouterr().out + self._log.text

    def failure(self) -> str:
        """Return the reason of a failure, without the toolkit's words for it."""
        text = (self.base / "output" / "failure").read_text()
        assert text.startswith("framework error: \nsagemaker_algorithm_toolkit.exceptions.")
        return text.partition("Error: ")[2]

    def booster(self) -> xgboost.Booster:
        """Return the model."""
        booster = xgboost.Booster()
        booster.load_model(bytearray((self.base / "model" / "xgboost-model").read_bytes()))
        return booster


@pytest.fixture
def job(tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Job:
    return Job(tmp_path, capsys, caplog)


def rows(count: int = 200, seed: int = 0) -> str:
    """Return CSV rows: a label of 0 or 1, and three features of which the first decides."""
    features = np.random.default_rng(seed).random((count, 3))
    return "".join(f"{int(row[0] > 0.5)},{','.join(map(str, row))}\n" for row in features)


def test_metrics_are_printed_in_the_words_that_sagemaker_looks_for(job: Job) -> None:
    job.channel("train", {"train.csv": rows()})
    job.channel("validation", {"validation.csv": rows(seed=1)})

    exit_code, output = job.run(objective="binary:logistic", eval_metric="auc,accuracy")

    lines = [line for line in output.splitlines() if line.startswith(("[0]", "[2]"))]
    assert exit_code == 0, output
    assert len(lines) == 2
    number = r"\d\.\d{5}"
    metrics = [f"{data}-{metric}:{number}" for data in ("train", "validation") for metric in ("auc", "accuracy")]
    for line in lines:
        assert re.fullmatch(r"\[\d\]" + "".join(f"#011{metric}" for metric in metrics), line), line
    assert float(lines[-1].rpartition(":")[2]) > 0.9, "the accuracy of what the first feature decides"
    assert "Train matrix has 200 rows and 3 columns" in output


@pytest.mark.parametrize(("version", "metric"), [("1.0", "error"), ("1.2", "error"), ("1.3", "logloss")])
def test_default_metric_is_the_versions(job: Job, version: str, metric: str) -> None:
    job.channel("train", {"train.csv": rows()})
    _, output = job.run(version, objective="binary:logistic")
    assert f"[0]#011train-{metric}:0." in output


@pytest.mark.parametrize(("metric", "value"), [("mse", 0.25), ("r2", 0.0)])
def test_metrics_of_the_container_s_own(job: Job, metric: str, value: float) -> None:
    job.channel("train", {"train.csv": "0,1,1\n1,1,1\n" * 10})
    _, output = job.run(objective="reg:squarederror", eval_metric=metric)
    assert f"[2]#011train-rmse:0.50000#011train-{metric}:{value:.5f}\n" in output, "the default metric comes first"


def test_model_is_a_pickle_where_the_version_pickles(job: Job) -> None:
    job.channel("train", {"train.csv": rows()})
    job.run("1.0", "--pickle", objective="reg:linear", silent="0")

    booster = pickle.loads((job.base / "model" / "xgboost-model").read_bytes())

    assert isinstance(booster, xgboost.Booster)
    assert (booster.num_boosted_rounds(), booster.num_features()) == (3, 3)
    assert [path.name for path in (job.base / "model").iterdir()] == ["xgboost-model"]


def test_base_score_is_the_versions_default(job: Job) -> None:
    job.channel("train", {"train.csv": "7,1,1\n7,1,1\n" * 10})
    job.run("1.7", objective="reg:squarederror", eta="0")
    old = job.booster().predict(xgboost.DMatrix(np.ones((1, 2))))
    job.run("3.2", objective="reg:squarederror", eta="0")
    new = job.booster().predict(xgboost.DMatrix(np.ones((1, 2))))
    assert (old[0], new[0]) == (0.5, 7.0)


def test_csv_has_the_label_first_and_missing_values(job: Job) -> None:
    job.channel("train", {"a.csv": "1;2;3\n0;;5\n", "deep/b.csv": "1;nan;6\n"})
    _, output = job.run(objective="binary:logistic")
    assert "Determined delimiter of CSV input is ';'" in output
    assert "Train matrix has 3 rows and 2 columns" in output


def test_second_column_may_be_the_weight(job: Job) -> None:
    job.channel("train", {"a.csv": "1,5,2,3\n0,1,4,5\n"})
    _, output = job.run(objective="binary:logistic", csv_weights="1")
    assert "Train matrix has 2 rows and 2 columns" in output


@pytest.mark.parametrize("content_type", [None, "text/libsvm", "text/x-libsvm"])
def test_libsvm_is_the_default(job: Job, content_type: str | None) -> None:
    job.channel("train", {"train": "1 0:0.5 2:1\n0 1:2\n"}, content_type)
    _, output = job.run(objective="binary:logistic")
    assert "Train matrix has 2 rows and 3 columns" in output


def test_parquet_has_the_label_first(job: Job, tmp_path: Path) -> None:
    pd.DataFrame({"label": [0.0, 1.0], "a": [1.0, 2.0], "b": [3.0, 4.0]}).to_parquet(tmp_path / "part.parquet")
    content = (tmp_path / "part.parquet").read_bytes()
    job.channel("train", {"part.parquet": content}, "application/x-parquet")
    _, output = job.run(objective="binary:logistic")
    assert "Train matrix has 2 rows and 2 columns" in output


def test_early_stopping_keeps_the_best_model(job: Job) -> None:
    noise = np.random.default_rng(0).integers(0, 2, 400)
    features = np.random.default_rng(1).random((400, 3))
    lines = [f"{label},{','.join(map(str, row))}\n" for label, row in zip(noise, features, strict=True)]
    job.channel("train", {"train.csv": "".join(lines[:200])})
    job.channel("validation", {"validation.csv": "".join(lines[200:])})

    _, output = job.run(objective="binary:logistic", eval_metric="logloss", num_round="200", early_stopping_rounds="3")

    printed = len(re.findall(r"^\[\d+\]#011", output, re.M))
    assert printed < 200
    assert job.booster().num_boosted_rounds() == printed - 3


def test_model_of_the_last_round_is_saved_for_a_job_that_is_stopped(job: Job) -> None:
    job.channel("train", {"train.csv": rows()})
    job.run(objective="binary:logistic", save_model_on_termination="true")
    assert job.booster().num_boosted_rounds() == 3


def test_tuned_metric_is_printed_too(job: Job) -> None:
    job.channel("train", {"train.csv": rows()})
    _, output = job.run(objective="binary:logistic", _tuning_objective_metric="validation:auc", eval_metric="error")
    assert re.search(r"\[0\]#011train-auc:\d\.\d+#011train-error:", output)


@pytest.mark.parametrize(
    ("hyperparameters", "reason"),
    [
        ({"depth": "1"}, "Extraneous hyperparameter found: depth"),
        ({"objective": "binary:logistic", "base_score": "2"}, "base_score must be in (0,1) for"),
        ({"objective": "multi:softmax", "num_class": "2", "eval_metric": "f1_binary"}, "No data in training channel"),
    ],
)
def test_failure_is_written_with_its_reason(job: Job, hyperparameters: dict[str, str], reason: str) -> None:
    job.channel("train", {"train.csv": "" if "No data" in reason else rows()})
    exit_code, output = job.run(**hyperparameters)
    assert exit_code == 1
    assert reason in job.failure()
    assert "Reporting training FAILURE" in output


@pytest.mark.parametrize(
    ("channels", "reason"),
    [
        ({}, "Missing required channel: train"),
        ({"train": {"a.csv": "1,2\n"}, "test": {"a.csv": "1,2\n"}}, "Extraneous channel found: test"),
        ({"train": {"a.csv": "1,2\n"}, "validation": {}}, "No data in validation channel path"),
        ({"train": {".a.csv": "1,2\n"}}, "Hidden file found in the data path!"),
        ({"train": {"a.csv": "7\n"}}, "Failed to load csv data with exception:"),
    ],
)
def test_unusable_channel_is_named(job: Job, channels: dict[str, dict[str, str]], reason: str) -> None:
    for name, files in channels.items():
        job.channel(name, files)
    exit_code, _ = job.run(objective="binary:logistic")
    assert exit_code == 1
    assert job.failure().startswith(reason)


@pytest.mark.parametrize(
    ("content_type", "content", "reason"),
    [
        ("text/csv; label_size=2", "1,2\n", "Channel configuration for 'train' channel is not supported"),
        ("application/json", "{}", "Channel configuration for 'train' channel is not supported"),
        ("libsvm", "1,2,3\n", "First line '1,2,3\n...' of file 'a' is not 'LIBSVM' format"),
        ("parquet", "PAR", "Failed to load parquet data with exception"),
    ],
)
def test_data_that_are_not_of_their_type_are_named(job: Job, content_type: str, content: str, reason: str) -> None:
    job.channel("train", {"a": content}, content_type)
    exit_code, _ = job.run(objective="binary:logistic")
    assert exit_code == 1
    assert job.failure().startswith(reason)


def test_label_out_of_range_is_the_users_fault(job: Job) -> None:
    job.channel("train", {"a.csv": "7,1,2\n8,2,3\n"})
    exit_code, _ = job.run(objective="binary:logistic")
    assert exit_code == 1
    assert "UserError: " in (job.base / "output" / "failure").read_text()


def test_folds_are_models_with_metrics_and_predictions_of_rows_they_do_not_know(job: Job) -> None:
    job.channel("train", {"train.csv": rows()})
    job.channel("validation", {"validation.csv": rows(100, seed=1)})

    exit_code, output = job.run("1.3", objective="binary:logistic", eval_metric="auc", _kfold="3", _num_cv_round="2")

    assert exit_code == 0, output
    models = sorted(path.name for path in (job.base / "model").iterdir())
    assert models == [f"xgboost-model-{fold}" for fold in range(6)]
    assert "Run 2-round of 3-fold cross validation with 300 rows" in output
    assert len(re.findall(r"^\[3\]\ttrain-auc:\d\.\d{5}\tvalidation-auc:\d\.\d{5}$", output, re.M)) == 3
    predictions = np.loadtxt(job.base / "output" / "data" / "predictions.csv", delimiter=",")
    assert predictions.shape == (300, 3), "label, probability, class"
    assert np.mean(predictions[:, 0] == predictions[:, 2]) > 0.9


def test_folds_of_a_regression_predict_numbers(job: Job) -> None:
    job.channel("train", {"train.csv": rows()})
    exit_code, output = job.run("1.7", objective="reg:squarederror", _kfold="2")
    assert exit_code == 0, output
    assert np.loadtxt(job.base / "output" / "data" / "predictions.csv", delimiter=",").shape == (200, 2)
    assert re.search(r"^\[3\]\ttrain-rmse:\d\.\d{5}$", output, re.M), "since 1.7 the channels' metrics, not the folds'"


@pytest.mark.parametrize(
    ("version", "hyperparameters", "reason"),
    [
        ("1.0", {"_kfold": "3"}, "Extraneous hyperparameter found: _kfold"),
        ("1.7", {"_kfold": "1", "objective": "reg:squarederror"}, "Hyperparameter _kfold: 1 is not in [2, +inf)"),
        ("1.7", {"_kfold": "x", "objective": "reg:squarederror"}, "Hyperparameter _kfold: could not parse value"),
        ("1.7", {"_kfold": "3"}, "XGB train call failed with exception:\n 'NoneType' object has no attribute"),
        ("1.7", {"_kfold": "999", "objective": "reg:squarederror"}, "XGB train call failed with exception:\n Cannot"),
    ],
)
def test_folds_that_cannot_be_made_are_refused(
    job: Job, version: str, hyperparameters: dict[str, str], reason: str
) -> None:
    job.channel("train", {"train.csv": rows()})
    assert job.run(version, **hyperparameters)[0] == 1
    assert job.failure().startswith(reason)


def test_training_goes_on_from_its_latest_checkpoint_and_keeps_five(job: Job) -> None:
    checkpoints = job.base / "checkpoints"
    config = job.base / "input" / "config"
    (config / "checkpointconfig.json").write_text(json.dumps({"LocalPath": str(checkpoints)}))
    job.channel("train", {"train.csv": rows()})

    first, _ = job.run(objective="binary:logistic", num_round="7")
    again, output = job.run(objective="binary:logistic", num_round="10")

    assert (first, again) == (0, 0), output
    assert "Resuming from iteration 7" in output
    assert re.findall(r"^\[(\d+)\]#011", output, re.M) == ["7", "8", "9"]
    assert job.booster().num_boosted_rounds() == 10
    assert sorted(path.name for path in checkpoints.iterdir()) == [
        f"xgboost-checkpoint.{number}" for number in range(5, 10)
    ]


def test_weights_of_the_second_column_count_for_both_channels_since_1_2(job: Job) -> None:
    weighted = "".join(f"{index % 2},{1 + index % 3},{index % 2}.5,{index % 7}\n" for index in range(60))
    job.channel("train", {"train.csv": weighted})
    job.channel("validation", {"validation.csv": weighted})
    exit_code, output = job.run("1.2", objective="binary:logistic", csv_weights="1")
    assert exit_code == 0, output
    assert "Train matrix has 60 rows and 2 columns" in output
    assert "#011validation-error:" in output


def test_damaged_records_fail_with_the_containers_words(job: Job) -> None:
    job.channel("train", {"train.pbr": b"1,2,3"}, "application/x-recordio-protobuf")
    assert job.run()[0] == 1
    assert job.failure().startswith("Failed to load recordio-protobuf data with exception:\nthe header of a record")
