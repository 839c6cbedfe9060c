"""Lambda step ``RequireDataQuality``: stop an execution whose data are worse than the latest approved model's.

Model Monitor's step would fail with the address of a report alone. This step fails with what the report says, and what
to do. If nothing is wrong, it writes the constraints that later data are checked against, once the model is approved.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import boto3

from lambda_functions import s3_json

_VIOLATIONS_FILE = "constraint_violations.json"
_MESSAGE_CHARACTERS = 800  # a step's FailureReason has 1,024, in which SageMaker names the function


class DataQualityError(Exception):
    """Raised when Model Monitor has found that the data violate the baseline's constraints."""


def handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Require that there is no violation.

    Parameters
    ----------
    event
        ``StatisticsUrl`` and ``ConstraintsUrl``: what Model Monitor has calculated. ``Baseline``: ARN of the package
        whose data they were compared with. ``Tolerance``: see `relaxed`. ``ResultUrl``: S3 prefix for the result.

    Returns
    -------
    dict
        ``ConstraintsUrl``, of the constraints for later data.

    Raises
    ------
    DataQualityError
        There are violations.
    """
    s3 = boto3.client("s3")
    report = f"{event['StatisticsUrl'].rpartition('/')[0]}/{_VIOLATIONS_FILE}"
    if violations := s3_json.read_if_exists(s3, report).get("violations"):
        raise DataQualityError(describe(violations, event["Baseline"], report))
    constraints = json.loads(s3_json.read_text(s3, event["ConstraintsUrl"]))
    url = f"{event['ResultUrl']}/constraints.json"
    s3_json.write(s3, url, relaxed(constraints, float(event["Tolerance"])))
    return {"ConstraintsUrl": url}


def describe(violations: Sequence[Mapping[str, str]], baseline: str, report: str) -> str:
    """Return what is wrong, with as many of Model Monitor's figures as fit, and what to do."""
    head = f"The data violate {len(violations)} constraint(s) of the data of {baseline}: "
    tail = (
        ". Correct the feeds and run the Glue workflow again; if the change is right, start the pipeline with "
        f"SkipDataQualityCheck=true, which makes these data the new baseline. Report: {report}"
    )
    figures = "; ".join(
        f"{violation['feature_name']} ({violation['constraint_check_type']}) {violation['description'].strip(' .!')}"
        for violation in violations
    )
    room = _MESSAGE_CHARACTERS - len(head) - len(tail)
    return head + (figures if len(figures) <= room else f"{figures[: room - 1]}…") + tail


def relaxed(constraints: Mapping[str, Any], tolerance: float) -> dict[str, Any]:
    """Let a later table have a somewhat smaller share of values.

    Model Monitor suggests the share that it has seen, so that one more playground without a level would be a violation.

    Parameters
    ----------
    tolerance
        By how much each column's share of values may fall, a fraction of the rows.
    """
    features = [
        {**feature, "completeness": max(0.0, feature["completeness"] - tolerance)}
        for feature in constraints["features"]
    ]
    return {**constraints, "features": features}
