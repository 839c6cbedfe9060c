"""What the demo shows at its end, for a person and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3

from console.names import Names
from console.pipeline_run import Execution, read_output, step_seconds
from console.progress import Progress
from console.scoring import Scores

_FEATURE_KEYS = (
    "set",
    "train_rows",
    "validation_rows",
    "test_rows",
    "unlabelled_rows",
    "scored_rows",
    "columns",
)
_METRIC_KEYS = ("accuracy", "balanced_accuracy", "roc_auc", "majority_accuracy", "rule_accuracy")
_SHOWN_ROWS = 10


def summarise(
    session: boto3.session.Session, names: Names, execution: Execution, scores: Scores, progress: Progress
) -> dict[str, Any]:
    """Gather the figures of a run: the schema of ``playgrounds demo --json``.

    Parameters
    ----------
    session, names
        The AWS that the run was on.
    execution
        The pipeline execution.
    scores
        What SQL gave.
    progress
        The times of the phases.
    """
    features = read_output(session, execution, "EngineerFeatures", "report", "features.json")
    evaluation = read_output(session, execution, "EvaluateXGBoost", "evaluation", "evaluation.json")
    return {
        "etl": {"joined_rows": features["joined_rows"], "lab_rows": features["lab_rows"]},
        "features": {key: features[key] for key in _FEATURE_KEYS},
        "metrics": {"xgboost": {key: evaluation[key] for key in _METRIC_KEYS}},
        "champion": "xgboost",
        "model_package_arn": execution.resource_arn("RegisterXGBoost"),
        "endpoint_name": names.pipeline,
        "sql": {"rows": len(scores.rows), "test_accuracy": scores.test_accuracy},
        "execution": {
            "arn": execution.arn,
            "status": execution.status,
            "steps": [
                {"name": step["StepName"], "status": step["StepStatus"], "seconds": round(step_seconds(step), 3)}
                for step in execution.steps
            ],
        },
        "seconds": {"total": round(progress.total_seconds, 2), **progress.seconds},
    }


def render(summary: Mapping[str, Any], scores: Scores, data_dir: Path, environment: Mapping[str, str] | None) -> str:
    """Lay the summary out for a terminal.

    Parameters
    ----------
    environment
        The variables that reach the server, when it was left up.
    """
    features, metrics = summary["features"], summary["metrics"]["xgboost"]
    lines = [
        "",
        "Rows",
        f"  joined by Glue    {summary['etl']['joined_rows']:>6}   (the lab's own join: {summary['etl']['lab_rows']})",
        f"  playgrounds       {features['scored_rows']:>6}   train {features['train_rows']}, "
        f"validation {features['validation_rows']}, test {features['test_rows']}, "
        f"label unknown {features['unlabelled_rows']}",
        "",
        "Test rows               accuracy",
        f"  XGBoost                 {metrics['accuracy']:.3f}   "
        f"balanced {metrics['balanced_accuracy']:.3f}, ROC AUC {metrics['roc_auc']:.3f}",
        f"  best one-feature rule   {metrics['rule_accuracy']:.3f}",
        f"  majority class          {metrics['majority_accuracy']:.3f}",
        "",
        "Model",
        f"  package    {summary['model_package_arn']}",
        f"  endpoint   {summary['endpoint_name']}",
        f"  SQL        {summary['sql']['rows']} playgrounds scored, "
        f"accuracy of the test rows {summary['sql']['test_accuracy']:.3f}",
        "",
        f"{_SHOWN_ROWS} of the test rows, from the lowest score to the highest "
        "(score: the predicted probability that the level is 4)",
        f"  {'playground':<42} {'borough':<14} {'level':<6} score",
    ]
    lines += [_scored_line(row) for row in _spread(scores.test_rows)]
    lines += ["", f"Time        {summary['seconds']['total']:.1f} s"]
    lines += [
        f"Data        {data_dir}  (objects: s3/buckets, jobs and their logs: jobs, server log: server.log)",
        "",
        *_next_steps(data_dir, environment),
    ]
    return "\n".join(lines)


def _spread(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Pick rows at even distances from the lowest to the highest score."""
    ranked = sorted(rows, key=lambda row: row["score"])
    last = min(_SHOWN_ROWS, len(ranked)) - 1
    return [ranked[round(index * (len(ranked) - 1) / max(last, 1))] for index in range(last + 1)]


def _scored_line(row: Mapping[str, Any]) -> str:
    level = row["level"] or "-"
    return f"  {row['name'][:42]:<42} {row['borough']:<14} {level:<6} {row['score']:.3f}"


def _next_steps(data_dir: Path, environment: Mapping[str, str] | None) -> list[str]:
    if environment is None:
        return [
            "Next: playgrounds demo --keep leaves the server up for any AWS client; "
            "playgrounds demo --source DIR takes real feeds"
        ]
    return [
        "The server is up. To reach it:",
        *(f"  export {name}={value}" for name, value in environment.items()),
        f"To stop it: playgrounds down --data-dir {data_dir}",
    ]
