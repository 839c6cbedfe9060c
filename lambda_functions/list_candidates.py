"""Lambda step ``ListCandidates``: what an AutoML job has tried, for the report's leaderboard.

AutoML's artifacts have no list of its candidates; the service is asked for it. The file's place is named by its
contents, so that the step cache of the report that reads it holds as long as the list does. A list that cannot be had
does not end the run: the report says why.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError

from lambda_functions import s3_json

FILE = "candidates.json"
_VALIDATION = "Validation"


def handler(event: dict[str, str], _context: object) -> dict[str, str]:
    """Write the candidates of a job, from the best by the job's objective to the worst, then those without one.

    Parameters
    ----------
    event
        ``AutoMLJobName``; ``Chosen``: name of the candidate that the job chose; ``ResultUrl``: S3 prefix for the file.

    Returns
    -------
    dict
        ``CandidatesUrl``, the S3 prefix of `FILE`, which has the members ``job``, ``chosen``, ``reason`` (why there is
        no list, or null) and ``candidates``.
    """
    job = event["AutoMLJobName"]
    candidates, reason = [], None
    try:
        candidates = sorted(map(describe, _candidates(job)), key=_rank)
    except ClientError as error:
        reason = f"ListCandidatesForAutoMLJob of {job}: {error.response['Error']['Message']}"
    content = {"job": job, "chosen": event["Chosen"], "reason": reason, "candidates": candidates}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
    url = f"{event['ResultUrl'].rstrip('/')}/{digest}"
    s3_json.write(boto3.client("s3"), f"{url}/{FILE}", content)
    return {"CandidatesUrl": url}


def describe(candidate: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a reader compares candidates by; null for what the service does not say, as of one that failed."""
    objective = candidate.get("FinalAutoMLJobObjectiveMetric")
    metrics = candidate.get("CandidateProperties", {}).get("CandidateMetrics", [])
    started, ended = candidate.get("CreationTime"), candidate.get("EndTime")
    return {
        "name": candidate["CandidateName"],
        "status": candidate["CandidateStatus"],
        "objective": objective
        and {
            "name": objective["MetricName"],
            "value": objective["Value"],
            "minimize": objective.get("Type") == "Minimize",
        },
        "validation": {
            metric.get("StandardMetricName") or metric["MetricName"]: metric["Value"]
            for metric in metrics
            if metric.get("Set") == _VALIDATION
        },
        "seconds": round((ended - started).total_seconds(), 1) if started and ended else None,
        "failure": candidate.get("FailureReason"),
    }


def _candidates(job: str) -> Iterator[dict[str, Any]]:
    for page in boto3.client("sagemaker").get_paginator("list_candidates_for_auto_ml_job").paginate(AutoMLJobName=job):
        yield from page["Candidates"]


def _rank(candidate: Mapping[str, Any]) -> tuple[bool, float, str]:
    objective = candidate["objective"]
    if objective is None:
        return True, 0.0, candidate["name"]
    return False, objective["value"] * (1 if objective["minimize"] else -1), candidate["name"]
