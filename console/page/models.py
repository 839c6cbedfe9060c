"""The registry: versions of the model package group, where they come from, and decisions on them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from console.approvals import Status, decide
from console.errors import CommandError
from console.executions import parameters_of, running_execution
from console.page.deployment import Deployment
from console.page.metrics import numbers_in
from console.page.pipelines import executions
from console.page.places import read
from console.registry import Package, package_version, packages, serving

_SEARCHED = 20
DECISIONS: tuple[Status, ...] = ("Approved", "Rejected")


def versions(deployment: Deployment) -> list[dict[str, Any]]:
    """Return the versions, newest first, each with the metrics that were registered with it."""
    client = deployment.client("sagemaker")
    registered, now = deployment.together(
        lambda: packages(client, deployment.names.pipeline), lambda: serving(client, deployment.names.pipeline)
    )
    metrics = deployment.together(*((lambda p=package: metrics_of(deployment, p)) for package in registered))
    return [
        {
            **_summary(package),
            "serves": now is not None and package.arn == now.package_arn,
            "moving": now is not None and package.arn == now.moving_to,
            "metrics": figures,
        }
        for package, figures in zip(registered, metrics, strict=True)
    ]


def version(deployment: Deployment, number: str) -> dict[str, Any]:
    """Return a version with its model card and its lineage back to execution, data and code."""
    client = deployment.client("sagemaker")
    package = package_version(client, deployment.names.pipeline, number)
    described = client.describe_model_package(ModelPackageName=package.arn)
    containers = described.get("InferenceSpecification", {}).get("Containers", [])
    return {
        **_summary(package),
        "description": described.get("ModelPackageDescription", ""),
        "containers": [
            {"image": container["Image"], "model": container.get("ModelDataUrl", "")} for container in containers
        ],
        "metrics": metrics_of(deployment, package),
        "documents": _documents(described),
        "card": _card(described),
        "report": package.properties.get("ReportUrl", ""),
        "properties": dict(package.properties),
        "lineage": _lineage(deployment, package, containers),
        "deployment": _deployment_of(deployment, package),
    }


def decide_on(deployment: Deployment, number: str, decision: str, note: str) -> None:
    """Approve or reject a version; an approval starts its deployment.

    Raises
    ------
    CommandError
        The version does not exist, the decision is neither of the two, or the version serves or is on its way there.
    """
    status = next((status for status in DECISIONS if status == decision), None)
    if status is None:
        raise CommandError("decision", f"it must be one of {', '.join(DECISIONS)}; got {decision!r}")
    client = deployment.client("sagemaker")
    package = package_version(client, deployment.names.pipeline, number)
    if status == package.approval == "Approved":
        now = serving(client, deployment.names.pipeline)
        if now and package.arn == (now.moving_to or now.package_arn):
            raise CommandError(f"version {package.version}", "is approved, and serves already or is on its way there")
        if running_execution(client, deployment.names.deploy_pipeline, {"ModelPackageArn": package.arn}):
            raise CommandError(f"version {package.version}", "is being deployed already: see the deploy pipeline")
    decide(client, package, status, note)


def _summary(package: Package) -> dict[str, Any]:
    return {
        "arn": package.arn,
        "version": package.version,
        "approval": package.approval,
        "registered": package.registered,
        "note": package.note,
        "algorithm": package.properties.get("Algorithm", ""),
        "execution": package.execution_arn,
    }


def metrics_of(deployment: Deployment, package: Package) -> dict[str, float]:
    """Return the figures of a version's evaluation; empty if it has none that can be read."""
    uri = package.properties.get("EvaluationReportUrl", "")
    if uri and uri not in deployment.figures:
        with contextlib.suppress(ClientError, CommandError, ValueError):
            deployment.figures[uri] = numbers_in(json.loads(read(deployment, uri)))
    return deployment.figures.get(uri, {})


def _documents(described: Mapping[str, Any]) -> dict[str, str]:
    """Return the documents registered with a version, by what they are: ``ModelQuality Statistics`` and the like."""
    documents = {}
    for section in ("ModelMetrics", "DriftCheckBaselines"):
        for kind, members in described.get(section, {}).items():
            for name, source in members.items():
                documents[f"{kind} {name}" if section == "ModelMetrics" else f"Baseline {kind} {name}"] = source[
                    "S3Uri"
                ]
    return documents


def _card(described: Mapping[str, Any]) -> Any:
    """Return the content of a version's model card; None if it has none."""
    content = described.get("ModelCard", {}).get("ModelCardContent")
    try:
        return json.loads(content) if content else None
    except ValueError:
        return {"content": content}


def _lineage(deployment: Deployment, package: Package, containers: list[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return what a version was made from, nearest first; what has been removed since is left out."""
    client = deployment.client("sagemaker")
    origins = [{"kind": "model", "value": container.get("ModelDataUrl", "")} for container in containers]
    arn = package.execution_arn
    if arn:
        origins.append({"kind": "execution", "value": arn})
        with contextlib.suppress(ClientError):
            parameters = parameters_of(client, arn)
            origins.append({"kind": "data", "value": parameters.get("InputDataUrl", "")})
            definition = client.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
            code = _code_of(json.loads(definition["PipelineDefinition"]), deployment.names.code_bucket)
            origins.extend({"kind": "code", "value": uri} for uri in sorted(code))
    if version := package.properties.get("DataVersion"):
        origins.append({"kind": "data version", "value": version})
    return [origin for origin in origins if origin["value"]]


def _deployment_of(deployment: Deployment, package: Package) -> dict[str, Any] | None:
    """Return the latest execution that was to deploy a version, among the newest of the deploy pipeline."""
    client = deployment.client("sagemaker")
    for execution in executions(deployment, deployment.names.deploy_pipeline)["executions"][:_SEARCHED]:
        if parameters_of(client, execution["arn"]).get("ModelPackageArn") == package.arn:
            return {key: execution[key] for key in ("arn", "id", "status", "started", "reason")}
    return None


def _code_of(value: Any, bucket: str) -> set[str]:
    """Return the URIs in a definition that are in the bucket of the code."""
    if isinstance(value, Mapping):
        return set().union(*(_code_of(member, bucket) for member in value.values()))
    if isinstance(value, list):
        return set().union(*(_code_of(member, bucket) for member in value))
    return {value} if isinstance(value, str) and value.startswith(f"s3://{bucket}/") else set()
