"""Staged features and a trained model for tests of what comes after them."""

from __future__ import annotations

import io
import json
import pickle
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import xgboost as xgb
from sklearn.ensemble import HistGradientBoostingClassifier

from processing import engineer_features, evaluate
from tests.once import made_once
from tests.processing.processed_tables import generated_table, write_partition
from training.hyperparameters import Hyperparameters
from training.train import read_channel, save_model, train


@dataclass(frozen=True)
class StagedRun:
    """One run: feature engineering's outputs, model folder and archive, the booster, and the rounds before its cut."""

    features: Path
    model: Path
    archive: Path
    booster: xgb.Booster
    rounds: int


def stage_features(folder: Path, feature_set: str = "playground", table: pd.DataFrame | None = None) -> Path:
    """Run feature engineering on a table, by default a generated one; return its output folder."""
    write_partition(generated_table() if table is None else table, folder / "processed")
    output = folder / "features"
    arguments = ["--input-dir", str(folder / "processed"), "--output-dir", str(output), "--feature-set", feature_set]
    assert engineer_features.main(arguments) == 0
    return output


def stage_run(folder: Path, feature_set: str = "playground", table: pd.DataFrame | None = None) -> StagedRun:
    """Stage features and train on them with the default hyperparameters."""
    features = stage_features(folder, feature_set, table)
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


def staged_once(session_folder: Path) -> StagedRun:
    """Return the run on a generated table that a test session stages once, for all of its processes."""
    with made_once(session_folder / "staged") as (folder, missing):
        if missing:
            (folder / "run.pkl").write_bytes(pickle.dumps(stage_run(folder)))
    staged: StagedRun = pickle.loads((folder / "run.pkl").read_bytes())
    return staged


def write_archive(folder: Path, files: dict[str, bytes]) -> Path:
    """Write ``model.tar.gz`` with the given files into a folder; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / "model.tar.gz", "w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return folder


def answer_like_automl(features: Path, folder: Path) -> Path:
    """Train another kind of model on the AutoML channel and leave its answers as a transform job does."""
    channel = pd.read_csv(features / "automl" / "train.csv")
    model = HistGradientBoostingClassifier(max_iter=30, random_state=0)
    model.fit(channel.drop(columns="label").to_numpy(), channel["label"])
    folder.mkdir(parents=True, exist_ok=True)
    for file in (features / "held_out").iterdir():
        rows = pd.read_csv(file, header=None).to_numpy()
        labels, probabilities = model.predict(rows), model.predict_proba(rows).max(axis=1)
        lines = [f"{label},{float(probability)!r}\n" for label, probability in zip(labels, probabilities, strict=True)]
        (folder / f"{file.name}.out").write_text("".join(lines))
    return folder


def evaluate_model(staged: StagedRun, output: Path, feature_set: str = "playground") -> Path:
    """Evaluate the trained model; return the output folder."""
    scoring = ["--scoring-dir", str(staged.features / "scoring"), "--feature-set", feature_set]
    assert evaluate.main(["--model-dir", str(staged.archive), *scoring, "--output-dir", str(output)]) == 0
    return output


@dataclass(frozen=True)
class EvaluatedRun:
    """One run after its evaluations: feature engineering's outputs, both evaluations, and AutoML's candidates."""

    features: Path
    evaluation: Path
    automl_evaluation: Path
    candidates: Path

    def report_arguments(self, output: Path, *, automl: bool = True, accuracy_threshold: float = 0.8) -> list[str]:
        """Command line of the report of this run."""
        arguments = [
            *("--features-dir", str(self.features / "report"), "--scoring-dir", str(self.features / "scoring")),
            *("--evaluation-dir", str(self.evaluation), "--accuracy-threshold", str(accuracy_threshold)),
            *(
                "--gate-margin",
                "0.2",
                "--minimum-test-rows",
                "50",
                "--output-dir",
                str(output),
                "--message-file",
                str(output.parent / "message"),
            ),
        ]
        if automl:
            arguments += ["--automl-evaluation-dir", str(self.automl_evaluation)]
            arguments += ["--candidates-dir", str(self.candidates)]
        return arguments


def evaluate_run(staged: StagedRun, folder: Path) -> EvaluatedRun:
    """Evaluate the trained model, and another one by its answers alone."""
    xgboost = evaluate_model(staged, folder / "evaluation")
    scores, automl = answer_like_automl(staged.features, folder / "scores"), folder / "automl_evaluation"
    scoring = ["--scoring-dir", str(staged.features / "scoring")]
    assert evaluate.main(["--scores-dir", str(scores), *scoring, "--output-dir", str(automl)]) == 0
    (folder / "candidates").mkdir()
    write_candidates(folder / "candidates", chosen="WeightedEnsemble-L2-t3")
    return EvaluatedRun(staged.features, xgboost, automl, folder / "candidates")


def write_candidates(folder: Path, *, chosen: str, **members: Any) -> None:
    """Write what ``ListCandidates`` leaves: two candidates, and one that failed."""
    whole: dict[str, Any] = {"status": "Completed", "failure": None, "seconds": 12.3}
    candidates: list[dict[str, Any]] = [
        whole
        | {
            "name": name,
            "objective": {"name": "Accuracy", "value": value, "minimize": False},
            "validation": {"Accuracy": value, "AUC": 0.85, "LogLoss": loss},
        }
        for name, value, loss in (("<GBM> & co", 0.861, 0.41), ("WeightedEnsemble-L2-t3", 0.861, 0.39))
    ]
    failed: dict[str, Any] = {"name": "NeuralNet-t4", "status": "Failed", "failure": "out of memory", "objective": None}
    candidates.append(failed | {"validation": {}, "seconds": None})
    board = {"job": "AutoML-1", "chosen": chosen, "reason": None, "candidates": candidates} | members
    (folder / "candidates.json").write_text(json.dumps(board))


def evaluated_once(staged: StagedRun, session_folder: Path) -> EvaluatedRun:
    """Return the evaluations of the session's run, made once as it is."""
    with made_once(session_folder / "evaluated") as (folder, missing):
        if missing:
            (folder / "run.pkl").write_bytes(pickle.dumps(evaluate_run(staged, folder)))
    evaluated: EvaluatedRun = pickle.loads((folder / "run.pkl").read_bytes())
    return evaluated
