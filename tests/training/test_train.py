from __future__ import annotations

import gzip
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from tests.processing.staging import StagedRun
from training import train as script
from training.hyperparameters import Hyperparameters
from training.train import TrainingError, read_channel, train

Channel = tuple[np.ndarray, np.ndarray]


def write_channel(folder: Path, **files: str) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def channels(staged_run: StagedRun) -> tuple[Channel, Channel]:
    return read_channel(staged_run.features / "train"), read_channel(staged_run.features / "validation")


def test_a_channel_is_read_from_all_its_visible_files_with_missing_values(tmp_path):
    folder = write_channel(
        tmp_path / "train", b="0,,2.5\n", a="1,0.30000001192092896,nan\n", **{".hidden": "not,a,number\n"}
    )
    features, labels = read_channel(folder)
    assert labels.tolist() == [1, 0]
    np.testing.assert_array_equal(features, np.array([[0.3, np.nan], [np.nan, 2.5]], dtype=np.float32))


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({}, "holds no file"),
        ({"a": ""}, "not headerless numeric CSV"),
        ({"a": "label,x\n1,2\n"}, "not headerless numeric CSV"),
        ({"a": "1,2\n0,3\n", "b": "1,2,3\n"}, "different numbers of columns"),
        ({"a": "1\n0\n"}, "needs a label and features"),
        ({"a": "1,2\n1,3\n"}, r"holds \[1.0\]; it must be the label, with both 0 and 1"),
        ({"a": "0.5,2\n1,3\n0,1\n"}, "it must be the label"),
        ({"a": ",2\n1,3\n0,1\n"}, "it must be the label"),
    ],
)
def test_a_channel_that_cannot_be_trained_on_is_refused_in_words(tmp_path, files, complaint):
    with pytest.raises(TrainingError, match=complaint):
        read_channel(write_channel(tmp_path / "train", **files))


def test_the_booster_is_cut_at_the_round_of_the_lowest_validation_loss(staged_run):
    model = train(Hyperparameters(), *channels(staged_run), log_every=0)
    losses = model.learning_curve["validation"]["logloss"]
    best = int(np.argmin(losses))
    assert model.booster.num_boosted_rounds() == best + 1 < len(losses) < Hyperparameters().num_round
    assert model.metrics["validation:logloss"] == losses[best]


def test_reported_metrics_are_those_of_the_saved_trees(staged_run):
    training, validation = channels(staged_run)
    model = train(Hyperparameters(), training, validation, log_every=0)
    scores = model.booster.inplace_predict(validation[0])
    assert model.metrics["validation:error"] == pytest.approx(((scores > 0.5) != validation[1]).mean())


def test_without_early_stopping_every_round_is_kept(staged_run):
    hyperparameters = Hyperparameters(num_round=30, early_stopping_rounds=0)
    model = train(hyperparameters, *channels(staged_run), log_every=0)
    assert model.booster.num_boosted_rounds() == 30


def test_the_seed_decides_the_model_and_the_number_of_threads_does_not(staged_run):
    def model(seed: int, threads: int) -> bytes:
        with xgb.config_context(nthread=threads):
            booster = train(Hyperparameters(seed=seed), *channels(staged_run), log_every=0).booster
        return b"".join(tree.encode() for tree in booster.get_dump(with_stats=True))

    assert model(1, threads=1) == model(1, threads=2)
    assert model(1, threads=1) != model(2, threads=1)


def test_channels_with_different_features_are_refused(staged_run):
    training, (features, labels) = channels(staged_run)
    columns = features.shape[1]
    with pytest.raises(TrainingError, match=f"{columns} features, the validation channel {columns - 1}"):
        train(Hyperparameters(), training, (features[:, 1:], labels))


def test_a_hyperparameter_out_of_range_is_refused_by_xgboost_in_one_line(staged_run):
    with pytest.raises(TrainingError, match=r"^XGBoost refuses to train: .*subsample[^\n]*$"):
        train(replace(Hyperparameters(), subsample=7.0), *channels(staged_run))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("1,2,3\n0,1\n", r"2 field\(s\) in line 2, and 3 in the first"),
        ("1,2,3\n0,1,2,3\n", r"4 field\(s\) in line 2, and 3 in the first"),
        ("1,2,3\n\n0,1,inf\n", r"infinity.*in 1 field\(s\), the first in row 2, column 3"),
        ("1,2,3\n0,1,1e39\n", "too large for XGBoost"),
        ("1,2,3\r0,1,x\r", "not headerless numeric CSV"),
        ("1,2,\ud83d\n", "not headerless numeric CSV"),
        ("1,2,3\n0,\x00,4\n", "not headerless numeric CSV"),
    ],
)
def test_a_channel_that_is_cut_or_not_finite_is_refused_in_one_sentence(tmp_path, content, complaint):
    (tmp_path / "train.csv").write_bytes(content.encode("utf-8", errors="surrogatepass"))
    with pytest.raises(TrainingError, match=complaint) as failure:
        script.read_channel(tmp_path)
    assert "\n" not in str(failure.value)


def test_a_channels_file_is_read_by_its_content_whatever_its_name_ends_in(tmp_path):
    (tmp_path / "train.csv.gz").write_text("1,2,3\n0,1,2\n")
    features, labels = script.read_channel(tmp_path)
    assert (features.tolist(), labels.tolist()) == ([[2.0, 3.0], [1.0, 2.0]], [1.0, 0.0])
    (tmp_path / "train.csv.gz").write_bytes(gzip.compress(b"1,2,3\n0,1,2\n"))
    with pytest.raises(TrainingError, match="not headerless numeric CSV"):
        script.read_channel(tmp_path)


def test_failure_is_written_where_sagemaker_looks_for_it(tmp_path, monkeypatch):
    monkeypatch.setenv("SM_OUTPUT_DIR", str(tmp_path))
    assert script.main(["--train", "/nonexistent"]) == 1
    assert "holds no file" in (tmp_path / "failure").read_text()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--eta", "fast"], "invalid float value: 'fast'"),
        (["--learning_rate", "0.1"], "unrecognized arguments: --learning_rate"),
        (["--objective", "reg:squarederror"], "scores must be probabilities"),
        (["--num_round", "0"], "num_round must be at least 1"),
        (["--train", "/nonexistent"], "holds no file"),
    ],
)
def test_failure_is_stated_on_the_last_line_of_the_log(capsys, arguments, reason):
    assert script.main(arguments) == 1
    assert reason in capsys.readouterr().err.splitlines()[-1]


def test_the_learning_curve_is_an_artefact_of_the_job(tmp_path, staged_run):
    folders = ["--model-dir", str(tmp_path / "model"), "--output-data-dir", str(tmp_path / "data")]
    inputs = ["--train", str(staged_run.features / "train"), "--validation", str(staged_run.features / "validation")]
    assert script.main([*folders, *inputs]) == 0
    curve = json.loads((tmp_path / "data" / "learning_curve.json").read_text())
    assert all(math.isfinite(loss) for loss in curve["validation"]["logloss"])
