"""The candidates of a job as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.records import Record
from local_aws.services.sagemaker.automl.objectives import LOG_LOSS
from local_aws.services.sagemaker.automl.progress import Trained

_OBJECTIVE = "FinalAutoMLJobObjectiveMetric"


def describe_candidate(trained: Trained, objective: str, container: Record | None = None) -> Record:
    """Return a candidate as an ``AutoMLCandidate``, without container while its model is not in S3 yet.

    Its steps are empty: a candidate is trained within the job, not by a job of its own.
    """
    ended = _timestamp(trained.ended)
    return {
        "CandidateName": trained.name,
        _OBJECTIVE: {
            "Type": "Maximize",
            "MetricName": objective,
            "StandardMetricName": objective,
            "Value": trained.metrics[objective],
        },
        "ObjectiveStatus": "Succeeded",
        "CandidateSteps": [],
        "CandidateStatus": "Completed",
        **({"InferenceContainers": [container]} if container else {}),
        "CreationTime": _timestamp(trained.started),
        "EndTime": ended,
        "LastModifiedTime": ended,
        "CandidateProperties": {"CandidateMetrics": [_metric(*item) for item in trained.metrics.items()]},
    }


def best_of(candidates: Sequence[Trained], objective: str) -> Trained:
    """Return the candidate with the best objective; of equal ones that with the least log loss, then the first."""
    return max(candidates, key=lambda trained: (trained.metrics[objective], -trained.metrics[LOG_LOSS]))


def list_candidates(candidates: Sequence[Record], request: Request) -> Answer:
    """Serve ListCandidatesForAutoMLJob for the candidates of a job."""
    matching = [
        candidate
        for candidate in candidates
        if request.get("StatusEquals", candidate["CandidateStatus"]) == candidate["CandidateStatus"]
        and request.get("CandidateNameEquals", candidate["CandidateName"]) == candidate["CandidateName"]
    ]
    key = _SORT_KEYS[request.get("SortBy", "CreationTime")]
    return {"Candidates": sorted(matching, key=key, reverse=request.get("SortOrder") == "Descending")}


_SORT_KEYS: dict[str, Any] = {
    "CreationTime": lambda candidate: candidate["CreationTime"],
    "Status": lambda candidate: candidate["CandidateStatus"],
    "FinalObjectiveMetricValue": lambda candidate: candidate[_OBJECTIVE]["Value"],
}


def _metric(name: str, value: float) -> dict[str, Any]:
    """Return a metric; log loss has a standard name only."""
    names = {"StandardMetricName": name} if name == LOG_LOSS else {"MetricName": name, "StandardMetricName": name}
    return {**names, "Value": value, "Set": "Validation"}


def _timestamp(seconds: float) -> datetime:
    timestamp = datetime.fromtimestamp(seconds, UTC)
    return timestamp.replace(microsecond=timestamp.microsecond // 1000 * 1000)
