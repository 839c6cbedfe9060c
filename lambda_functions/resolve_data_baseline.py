"""Lambda step ``ResolveDataBaseline``: whether there is a baseline to compare the processed table with.

A QualityCheck step fails without one, so a first execution could never pass. The baseline is looked for as the step
itself does: in the ``DriftCheckBaselines`` of the latest approved version of the group.
"""

from __future__ import annotations

from typing import Any

import boto3

from lambda_functions.endpoint_records import describe_if_exists

_FILES = {"Statistics", "Constraints"}


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Resolve the baseline.

    Parameters
    ----------
    event
        ``ModelPackageGroupName``, and ``SkipDataQualityCheck``: whether the data are accepted as they are.

    Returns
    -------
    dict
        ``SkipCheck``, a boolean; ``Baseline``: ARN of the package whose data are the baseline, or empty.
    """
    package = {} if _is_true(event["SkipDataQualityCheck"]) else latest_approved(event["ModelPackageGroupName"])
    files = package.get("DriftCheckBaselines", {}).get("ModelDataQuality", {})
    is_there = files.keys() >= _FILES
    return {"SkipCheck": not is_there, "Baseline": package["ModelPackageArn"] if is_there else ""}


def latest_approved(group: str) -> dict[str, Any]:
    """Describe the latest approved version of a group; empty if there is none, or no such group."""
    sagemaker = boto3.client("sagemaker")
    listing = describe_if_exists(
        sagemaker.list_model_packages,
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=1,
    )
    for summary in listing.get("ModelPackageSummaryList", []):
        return describe_if_exists(sagemaker.describe_model_package, ModelPackageName=summary["ModelPackageArn"])
    return {}


def _is_true(value: Any) -> bool:
    """Read a boolean parameter, which may arrive as text."""
    return str(value).lower() == "true"
