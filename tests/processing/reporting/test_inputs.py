from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from processing.exit_message import ProcessingError
from processing.reporting.inputs import ReportInputs, Thresholds, read_inputs
from processing.serving import ServingInputs
from tests.processing.staging import EvaluatedRun


def read(run: EvaluatedRun) -> ReportInputs:
    return read_inputs(
        run.features / "report",
        run.features / "scoring",
        {"XGBoost": run.evaluation, "AutoML": run.automl_evaluation},
        run.candidates,
        Thresholds(0.8, 0.05, 50),
        ServingInputs("none", "nothing serves", "none", Path(), Path(), Path()),
    )


@pytest.fixture
def copied_run(evaluated_run: EvaluatedRun, tmp_path: Path) -> EvaluatedRun:
    names = ("features", "evaluation", "automl_evaluation", "candidates")
    return EvaluatedRun(**{name: shutil.copytree(getattr(evaluated_run, name), tmp_path / name) for name in names})


def change_json(file: Path, **changes: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def change_rows(folder: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    file = folder / "predictions.csv"
    change(pd.read_csv(file)).to_csv(file, index=False)


def test_everything_of_a_run_is_read(evaluated_run):
    inputs = read(evaluated_run)
    assert [one.name for one in inputs.evaluations] == ["XGBoost", "AutoML"]
    assert len(inputs.rows) == inputs.engineering["scored_rows"]
    assert inputs.leaderboard is not None and len(inputs.leaderboard["candidates"]) == 3


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda run: (run.features / "report" / "features.json").unlink(), "Cannot read .*features.json"),
        (lambda run: (run.evaluation / "evaluation.json").write_text("{"), "Cannot read .*evaluation.json"),
        (
            lambda run: change_json(run.features / "report" / "features.json", set="parks"),
            "Unknown feature set 'parks'",
        ),
        (lambda run: change_json(run.evaluation / "evaluation.json", feature_set="lab"), "is of the feature set lab"),
        (lambda run: change_json(run.evaluation / "evaluation.json", accuracy=0.5), "predictions.csv gives"),
        (lambda run: change_json(run.features / "report" / "features.json", test_rows=3), "counts 3. Pass the outputs"),
        (lambda run: change_rows(run.automl_evaluation, lambda rows: rows[::-1]), "not of the same test rows"),
        (lambda run: (run.candidates / "candidates.json").unlink(), "output of the step ListCandidates"),
        (lambda run: (run.candidates / "candidates.json").write_text("[]"), "output of the step ListCandidates"),
        (lambda run: (run.candidates / "candidates.json").write_text("{}"), "lacks candidates, chosen, job, reason"),
        (lambda run: (run.evaluation / "model_quality.json").unlink(), "Cannot read .*model_quality.json"),
    ],
)
def test_what_does_not_belong_together_is_refused(copied_run, spoil, complaint):
    spoil(copied_run)
    with pytest.raises(ProcessingError, match=complaint):
        read(copied_run)


def test_the_first_evaluation_must_be_of_a_model(evaluated_run):
    swapped = EvaluatedRun(
        evaluated_run.features, evaluated_run.automl_evaluation, evaluated_run.evaluation, evaluated_run.candidates
    )
    with pytest.raises(ProcessingError, match="must be one of an archived model"):
        read(swapped)
