"""The demo's summary, for a person and as JSON."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

from console.contest import MODELS, Model, champion, compared
from console.executions import Execution, step_seconds
from console.local_server import down_command
from console.progress import Progress
from console.run import Run
from console.scoring import Scores
from console.step_outputs import read_output
from infrastructure.names import Names
from processing.feature_contract import PREDICTED_LABEL, SCORE, TEST
from processing.feed_dates import UNKNOWN

_FEATURE_KEYS = (
    "set",
    "train_rows",
    "validation_rows",
    "test_rows",
    "unlabelled_rows",
    "scored_rows",
    "columns",
)
_METRIC_KEYS = (
    *("accuracy", "balanced_accuracy", "roc_auc", "log_loss"),
    *("majority_accuracy", "rule_accuracy", "rule_roc_auc", "table_accuracy", "table_roc_auc"),
)
_SHOWN_ROWS = 10
_GENERATED = (
    "The feeds are generated: these figures say how the system works,\nand nothing about New York's playgrounds."
)
_ANSWERS = {
    SCORE: "the predicted probability that the level is 4",
    PREDICTED_LABEL: "1 if the level is predicted to be 4",
}


def summarise(
    session: boto3.session.Session,
    names: Names,
    run: Run,
    deployment: Execution,
    scores: Scores,
    report: Path,
    progress: Progress,
    *,
    generated: bool,
) -> dict[str, Any]:
    """Collect the figures of a run: the schema of ``playgrounds demo --json``; `generated` is of the feeds."""
    execution = run.execution
    features = read_output(session, execution, "EngineerFeatures", "report", "features.json")
    best = champion(execution)
    decision = read_output(session, execution, "WriteReport", "report", "decision.json")
    return {
        "etl": {"joined_rows": features["joined_rows"], "lab_rows": features["lab_rows"]},
        "features": {key: features[key] for key in _FEATURE_KEYS},
        "metrics": {model.key: _metrics(session, execution, model) for model in compared(execution)},
        "champion": best.key,
        "model_package_arn": run.package.arn,
        "endpoint_name": names.pipeline,
        "sql": {"rows": len(scores.rows), "test_accuracy": scores.test_accuracy},
        "execution": _execution_summary(execution),
        "deployment": _execution_summary(deployment),
        "seconds": {"total": round(progress.total_seconds, 2), **progress.seconds},
        "report": str(report),
        "generated": generated,
        "feeds": decision["feeds"],
    }


def render(summary: Mapping[str, Any], scores: Scores, data_dir: Path, exports: str | None) -> str:
    """Format the summary for a terminal; `exports` are the shell commands for a server that was left up."""
    features = summary["features"]
    lines = [
        "",
        "Rows",
        f"  joined by Glue    {summary['etl']['joined_rows']:>6}   (the lab's own join: {summary['etl']['lab_rows']})",
        f"  playgrounds       {features['scored_rows']:>6}   train {features['train_rows']}, "
        f"validation {features['validation_rows']}, test {features['test_rows']}",
        f"  label unknown     {features['unlabelled_rows']:>6}",
        *_feeds(summary["feeds"]),
        "",
        *_comparison(summary),
        "",
        *([_GENERATED, ""] if summary["generated"] else []),
        "Champion, by the log loss of the validation rows",
        f"  package    {summary['model_package_arn']}",
        f"  endpoint   {summary['endpoint_name']}",
        f"  SQL        {summary['sql']['rows']} playgrounds scored, "
        f"accuracy of the test rows {summary['sql']['test_accuracy']:.3f}",
        "",
        f"{_SHOWN_ROWS} of the test rows, from the lowest {scores.answer} to the highest",
        f"({_ANSWERS[scores.answer]})",
        f"  {'playground':<42} {'borough':<14} {'level':<6} {scores.answer}",
        *(_scored_line(row, scores.answer) for row in scores.spread(_SHOWN_ROWS, TEST)),
        "",
        f"Report      {Path(summary['report']).as_uri()}",
        f"Time        {summary['seconds']['total']:.1f} s",
        f"Data        {data_dir}",
        "            objects: s3/buckets, jobs and their logs: jobs, server: server.log",
        "",
        *_next_steps(data_dir, exports),
    ]
    return "\n".join(lines)


def _metrics(session: boto3.session.Session, execution: Execution, model: Model) -> dict[str, float]:
    evaluation = read_output(session, execution, model.evaluate_step, "evaluation", "evaluation.json")
    return {key: evaluation[key] for key in _METRIC_KEYS} | {
        "validation_log_loss": evaluation["validation"]["log_loss"]
    }


def _execution_summary(execution: Execution) -> dict[str, Any]:
    """Describe an execution and its steps; the starts, in seconds after the first, show which ran side by side."""
    start = execution.steps[0]["StartTime"]
    steps = [
        {
            "name": step["StepName"],
            "status": step["StepStatus"],
            "start": round((step["StartTime"] - start).total_seconds(), 3),
            "seconds": round(step_seconds(step), 3),
        }
        for step in execution.steps
    ]
    return {"arn": execution.arn, "status": execution.status, "steps": steps}


def _feeds(feeds: Mapping[str, Any]) -> list[str]:
    """Format when the feeds were made."""
    income = f"income of tax year {feeds['tax_year'] or UNKNOWN}"
    if feeds["generated"]:
        return [f"  feeds             generated, without a date; {income}"]
    dates = [f"{name} as of {feeds[name]['date'] or f'an {UNKNOWN} date'}" for name in ("playgrounds", "parks")]
    return [f"  {'feeds' if index == 0 else '':<17} {text}" for index, text in enumerate([*dates, income])]


def _comparison(summary: Mapping[str, Any]) -> list[str]:
    """Format the models' figures above the baselines, which are the same for all: the rows are."""
    lines = ["Test rows               accuracy"]
    for model in MODELS:
        if model.key in summary["metrics"]:
            metrics = summary["metrics"][model.key]
            mark = "   <- champion" if model.key == summary["champion"] else ""
            lines.append(
                f"  {model.name:<23} {metrics['accuracy']:.3f}   "
                f"balanced {metrics['balanced_accuracy']:.3f}, ROC AUC {metrics['roc_auc']:.3f}{mark}"
            )
    baselines = summary["metrics"][summary["champion"]]
    lines.append(
        f"  {'best one-feature rule':<23} {baselines['rule_accuracy']:.3f}   "
        f"{'':14} ROC AUC {baselines['rule_roc_auc']:.3f}"
    )
    if baselines["table_accuracy"] is not None:
        lines.append(
            f"  {'best table of two flags':<23} {baselines['table_accuracy']:.3f}   "
            f"{'':14} ROC AUC {baselines['table_roc_auc']:.3f}"
        )
    lines.append(f"  {'majority class':<23} {baselines['majority_accuracy']:.3f}")
    return lines


def _scored_line(row: Mapping[str, Any], answer: str) -> str:
    level = row["level"] or "-"
    return f"  {row['name'][:42]:<42} {row['borough']:<14} {level:<6} {_number(row[answer], answer)}"


def _number(value: float, answer: str) -> str:
    return f"{value:.3f}" if answer == SCORE else f"{value:.0f}"


def _next_steps(data_dir: Path, exports: str | None) -> list[str]:
    if exports is None:
        return [
            "Next" if shutil.which("playgrounds") else "Next, after 'source .venv/bin/activate'",
            "  playgrounds demo --keep        leaves the server up, for page and clients",
            "  playgrounds demo --source DIR  takes real feeds",
        ]
    return [
        "The server is up. To reach it:",
        *(f"  {line}" for line in exports.splitlines()),
        "To see it: playgrounds console",
        f"To stop it: {down_command(data_dir)}",
    ]
