"""Lambda step ``ResolveServing``: what serves now, for a comparison with what has just been trained.

A job's inputs must exist, so each output that is an S3 prefix is the fallback's if there is nothing to compare with,
and ``Reason`` says why. What was recorded of the serving model at its registration is enough to compare it, whatever
kind of model it is: its scores of its own test rows, and which rows it was trained on.
"""

from __future__ import annotations

from typing import Any

import boto3

from lambda_functions.endpoint_records import SERVING, describe_if_exists, packages_of

NONE = "none"
_REASON_CHARACTERS = 250  # a job's argument holds 256


def handler(event: dict[str, str], _context: object) -> dict[str, str]:
    """Find the package that an endpoint serves, and what is recorded of it.

    Parameters
    ----------
    event
        ``EndpointName``, ``FeatureSet``, and ``FallbackUrl``, an S3 prefix that holds something.

    Returns
    -------
    dict
        ``Package`` (an ARN, or `NONE`), ``Reason`` (why there is none, or `NONE`), ``Algorithm`` of the package, and
        the prefixes ``EvaluationUrl``, ``ScoringUrl`` and ``ModelUrl``.
    """
    sagemaker = boto3.client("sagemaker")
    fallback = dict.fromkeys(("EvaluationUrl", "ScoringUrl", "ModelUrl"), event["FallbackUrl"])
    nothing = {"Package": NONE, "Algorithm": NONE, **fallback}
    arn, reason = _serving_package(sagemaker, event["EndpointName"])
    if reason:
        return nothing | {"Reason": reason[:_REASON_CHARACTERS]}
    package = describe_if_exists(sagemaker.describe_model_package, ModelPackageName=arn)
    properties = package.get("CustomerMetadataProperties", {})
    version = arn.rpartition("/")[2]
    if not package:
        reason = f"version {version} serves, but its package has been deleted"
    elif properties.get("FeatureSet") != event["FeatureSet"]:
        reason = f"version {version} serves another feature set: {properties.get('FeatureSet', NONE)}"
    else:
        urls = {
            "EvaluationUrl": properties.get("EvaluationReportUrl", "").rpartition("/")[0],
            "ScoringUrl": properties.get("ScoringRowsUrl", ""),
            "ModelUrl": package["InferenceSpecification"]["Containers"][0].get("ModelDataUrl", ""),
        }
        s3 = boto3.client("s3")
        lost = [name for name, url in urls.items() if not _exists(s3, url)]
        if not {"EvaluationUrl", "ScoringUrl"} & set(lost):
            kept = {name: url for name, url in urls.items() if name not in lost}
            algorithm = properties.get("Algorithm", NONE) if "ModelUrl" not in lost else NONE
            return fallback | kept | {"Package": arn, "Reason": NONE, "Algorithm": algorithm}
        reason = f"version {version} serves, but its {' and '.join(lost)} of S3 are gone"
    return nothing | {"Reason": reason[:_REASON_CHARACTERS]}


def _serving_package(sagemaker: Any, endpoint_name: str) -> tuple[str, str]:
    """Return the one package that an endpoint serves, or why there is none."""
    endpoint = describe_if_exists(sagemaker.describe_endpoint, EndpointName=endpoint_name)
    if endpoint.get("EndpointStatus") not in SERVING:
        return "", f"nothing serves at endpoint {endpoint_name}"
    packages = sorted(packages_of(sagemaker, endpoint["EndpointConfigName"]))
    if len(packages) != 1:
        return "", f"endpoint {endpoint_name} serves {len(packages)} model packages, not one"
    return packages[0], ""


def _exists(s3: Any, url: str) -> bool:
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    return bool(prefix) and bool(s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1).get("Contents"))
