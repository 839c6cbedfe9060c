"""An interrupted training that goes on from its checkpoints gives the model of one that was not interrupted."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from tests.processing.staging import StagedRun
from tests.training.container import contract_environment, make_job_folder, unpack_code
from training.checkpoints import Checkpoints, Progress
from training.hyperparameters import Hyperparameters
from training.train import TrainedModel, read_channel, train

Channel = tuple[np.ndarray, np.ndarray]

ROUNDS = 45
STEADY = Hyperparameters(num_round=ROUNDS, early_stopping_rounds=0, gamma=0.1, min_child_weight=1.0)


@pytest.fixture(scope="module")
def channels(staged_run: StagedRun) -> tuple[Channel, Channel]:
    return read_channel(staged_run.features / "train"), read_channel(staged_run.features / "validation")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    with xgb.config_context(nthread=1):
        yield


def train_in(folder: Path, channels: tuple[Channel, Channel], hyperparameters: Hyperparameters = STEADY) -> bytes:
    model = trained_in(folder, channels, hyperparameters)
    return bytes(model.booster.save_raw(raw_format="ubj"))


def trained_in(folder: Path, channels: tuple[Channel, Channel], hyperparameters: Hyperparameters) -> TrainedModel:
    training, validation = channels
    checkpoints = Checkpoints.of(folder, hyperparameters, *training, *validation)
    return train(hyperparameters, training, validation, log_every=0, checkpoints=checkpoints)


@pytest.mark.parametrize("kept", [0, 1, 2, 4])
def test_training_resumed_from_any_checkpoint_gives_the_same_bytes(tmp_path, channels, capsys, kept):
    whole = train_in(tmp_path, channels)
    files = sorted(tmp_path.iterdir())
    assert [int(file.stem.rpartition("-")[2]) for file in files] == [10, 20, 30, 40]
    for file in files[kept:]:
        file.unlink()

    assert train_in(tmp_path, channels) == whole
    assert (f"Resumed after {10 * kept} rounds" in capsys.readouterr().out) == (kept > 0)


def test_early_stopping_counts_the_rounds_before_the_interruption(tmp_path, channels):
    hyperparameters = Hyperparameters(early_stopping_rounds=12)
    whole = trained_in(tmp_path, channels, hyperparameters)
    rounds = len(whole.learning_curve["validation"]["logloss"])
    assert rounds < hyperparameters.num_round

    for _ in range(len(list(tmp_path.iterdir()))):
        resumed = trained_in(tmp_path, channels, hyperparameters)
        assert resumed.learning_curve == whole.learning_curve
        assert resumed.booster.save_raw() == whole.booster.save_raw()
        max(tmp_path.iterdir()).unlink()
    assert rounds > 10, "no checkpoint was resumed"


def test_early_stopping_ends_where_that_of_xgboost_does(tmp_path, channels):
    training, validation = channels
    hyperparameters = Hyperparameters(subsample=1.0, early_stopping_rounds=12)
    stretches = trained_in(tmp_path, channels, hyperparameters)
    at_once = train(hyperparameters, training, validation, log_every=0)

    assert list(tmp_path.iterdir())
    assert stretches.learning_curve == at_once.learning_curve
    assert stretches.booster.get_dump() == at_once.booster.get_dump()


@pytest.mark.parametrize("other", ["hyperparameters", "data"])
def test_checkpoints_of_another_training_are_not_resumed(tmp_path, channels, other):
    training, validation = channels
    train_in(tmp_path, channels)
    if other == "data":
        training = (training[0], 1 - training[1])
    hyperparameters = replace(STEADY, eta=0.1) if other == "hyperparameters" else STEADY

    assert train_in(tmp_path, (training, validation), hyperparameters) == train_in(
        tmp_path / "empty", (training, validation), hyperparameters
    )


@pytest.mark.parametrize(
    "damage", [b"", b"{", b'{"model": "AAAA", "sha256": "0", "learning_curve": {}}', b"[]", b"\xff"]
)
def test_damaged_checkpoint_is_passed_over_for_the_one_before(tmp_path, channels, capsys, damage):
    whole = train_in(tmp_path, channels)
    max(tmp_path.iterdir()).write_bytes(damage)

    assert train_in(tmp_path, channels) == whole
    assert "Passed over" in (log := capsys.readouterr().out)
    assert "Resumed after 30 rounds" in log


def test_file_that_is_being_written_is_not_copied_to_s3_and_not_resumed(tmp_path, monkeypatch):
    checkpoints = Checkpoints(tmp_path, "identity", every=10)
    monkeypatch.setattr(Path, "replace", lambda *_: None)
    checkpoints.save(Progress(b"model", {"train": {"error": [0.5]}}))

    assert [file.name for file in tmp_path.iterdir()] == ["identity-000001.json.sagemaker-ignore"]
    assert checkpoints.latest() == Progress()


def test_killed_job_goes_on_where_it_was_and_gives_the_same_model(staged_run, tmp_path):
    arguments = ["--num_round", "400", "--early_stopping_rounds", "0", "--gamma", "0", "--min_child_weight", "0"]
    jobs = {name: make_job_folder(tmp_path / name, staged_run.features) for name in ("whole", "killed")}
    command = [sys.executable, str(unpack_code(tmp_path / "code")), *arguments]

    def start(name: str) -> subprocess.Popen[str]:
        job = jobs[name]
        folders = ["--checkpoint-dir", str(job / "checkpoints")]
        return subprocess.Popen(
            [*command, *folders],
            cwd=job,
            env=contract_environment(job) | {"OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )

    killed = start("killed")
    deadline = time.monotonic() + 60
    while len(list(jobs["killed"].glob("checkpoints/*.json"))) < 3:
        assert killed.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    killed.kill()
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    assert list((jobs["killed"] / "model").iterdir()) == []

    logs = {}
    for name in jobs:
        process = start(name)
        logs[name], _ = process.communicate()
        assert process.returncode == 0

    assert "Resumed" not in logs["whole"]
    assert "Resumed after" in logs["killed"]
    models = [(job / "model" / "xgboost-model").read_bytes() for job in jobs.values()]
    assert models[0] == models[1]
    assert xgb.Booster(model_file=bytearray(models[0])).num_boosted_rounds() == 400
