"""Staged features and a trained model for tests of what comes after them."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

import xgboost as xgb

from processing import engineer_features
from tests.processing.processed_tables import generated_table, write_partition
from training.train import Hyperparameters, read_channel, save_model, train


@dataclass(frozen=True)
class StagedRun:
    """One run: feature engineering's outputs, model folder and archive, the booster, and the rounds before its cut."""

    features: Path
    model: Path
    archive: Path
    booster: xgb.Booster
    rounds: int


def stage_features(folder: Path, feature_set: str = "playground") -> Path:
    """Run feature engineering on a generated table; return its output folder."""
    write_partition(generated_table(), folder / "processed")
    output = folder / "features"
    arguments = ["--input-dir", str(folder / "processed"), "--output-dir", str(output), "--feature-set", feature_set]
    assert engineer_features.main(arguments) == 0
    return output


def stage_run(folder: Path, feature_set: str = "playground") -> StagedRun:
    """Stage features and train on them with the default hyperparameters."""
    features = stage_features(folder, feature_set)
    model = train(
        Hyperparameters(), read_channel(features / "train"), read_channel(features / "validation"), log_every=0
    )
    file = save_model(model.booster, folder / "model")
    return StagedRun(
        features=features,
        model=file.parent,
        archive=write_archive(folder / "archive", {file.name: file.read_bytes()}),
        booster=model.booster,
        rounds=len(model.learning_curve["validation"]["logloss"]),
    )


def write_archive(folder: Path, files: dict[str, bytes]) -> Path:
    """Write ``model.tar.gz`` with the given files into a folder; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / "model.tar.gz", "w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return folder
