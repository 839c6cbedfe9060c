"""What a tuning job tells of its training jobs: summaries, counters, and the best of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from local_aws.kernel.context import Request
from local_aws.kernel.records import Record, selected

_SUMMARY = (
    *("TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingStartTime", "TrainingEndTime"),
    *("TrainingJobStatus", "FailureReason"),
)
_ENDED = ("Completed", "Failed", "Stopped")
_SORT_MEMBERS = {"Name": "TrainingJobName", "CreationTime": "CreationTime", "Status": "TrainingJobStatus"}


def summarize(training_job: Record, tuned: dict[str, str], objective: Record, definition_name: str | None) -> Record:
    """Return the summary of a training job.

    Parameters
    ----------
    objective
        The tuning job's ``HyperParameterTuningJobObjective``.
    """
    summary = {**selected(training_job, _SUMMARY), "TunedHyperParameters": tuned}
    if definition_name is not None:
        summary["TrainingJobDefinitionName"] = definition_name
    value = _final_value(training_job, objective["MetricName"])
    if training_job["TrainingJobStatus"] not in _ENDED:
        summary["ObjectiveStatus"] = "Pending"
    elif training_job["TrainingJobStatus"] == "Completed" and value is not None:
        summary["ObjectiveStatus"] = "Succeeded"
        summary["FinalHyperParameterTuningJobObjectiveMetric"] = {**objective, "Value": value}
    else:
        summary["ObjectiveStatus"] = "Failed"
    return summary


def progress(summaries: Sequence[Record], objective: Record) -> Record:
    """Return the members of a tuning job's description that follow from its training jobs."""
    statuses, objectives = Counter(map(_status, summaries)), Counter(each["ObjectiveStatus"] for each in summaries)
    kinds = ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped")
    members: Record = {
        "TrainingJobStatusCounters": {kind: statuses[kind] for kind in kinds},
        "ObjectiveStatusCounters": {kind: objectives[kind] for kind in ("Succeeded", "Pending", "Failed")},
    }
    if best := ranked(summaries, objective):
        members["BestTrainingJob"] = best[0]
    return members


def ranked(summaries: Iterable[Record], objective: Record) -> list[Record]:
    """Return the training jobs that have an objective, the best first."""
    with_objective = [each for each in summaries if each["ObjectiveStatus"] == "Succeeded"]
    return sorted(with_objective, key=objective_value, reverse=objective["Type"] == "Maximize")


def objective_value(summary: Record) -> float:
    """Return the objective of a training job that has one."""
    return float(summary["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])


def listed(summaries: Sequence[Record], request: Request) -> list[Record]:
    """Return the training jobs that ListTrainingJobsForHyperParameterTuningJob asks for, in its order."""
    status = request.get("StatusEquals")
    chosen = [each for each in summaries if status in (None, each["TrainingJobStatus"])]
    descending = request.get("SortOrder") == "Descending"
    sort_by = request.get("SortBy", "Name")
    if sort_by == "FinalObjectiveMetricValue":
        chosen = [each for each in chosen if each["ObjectiveStatus"] == "Succeeded"]
        return sorted(chosen, key=objective_value, reverse=descending)
    return sorted(chosen, key=lambda each: each[_SORT_MEMBERS[sort_by]], reverse=descending)


def _status(summary: Record) -> str:
    """Return under which of ``TrainingJobStatusCounters`` a training job counts."""
    status = str(summary["TrainingJobStatus"])
    if status != "Failed":
        return "InProgress" if status == "Stopping" else status
    is_internal = str(summary.get("FailureReason", "")).startswith("InternalServerError")
    return "RetryableError" if is_internal else "NonRetryableError"


def _final_value(training_job: Record, metric: str) -> Any:
    values = {entry["MetricName"]: entry["Value"] for entry in training_job.get("FinalMetricDataList", ())}
    return values.get(metric)
