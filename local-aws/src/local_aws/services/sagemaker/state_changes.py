"""The events that SageMaker sends to EventBridge.

Their shapes are those of the developer guide's "Events that Amazon SageMaker AI sends to Amazon EventBridge". There are
none of AutoML jobs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from local_aws.kernel.events import Event
from local_aws.kernel.records import Record, public

SOURCE = "aws.sagemaker"

_RESOURCES = {
    "training-job": "SageMaker Training Job State Change",
    "processing-job": "SageMaker Processing Job State Change",
    "transform-job": "SageMaker Transform Job State Change",
    "hyper-parameter-tuning-job": "SageMaker HyperParameter Tuning Job State Change",
    "endpoint": "SageMaker Endpoint State Change",
}
_DEPLOYMENT = "SageMaker Endpoint Deployment State Change"
_PACKAGE = "SageMaker Model Package State Change"
_EXECUTION = "SageMaker Model Building Pipeline Execution Status Change"
_STEP = "SageMaker Model Building Pipeline Execution Step Status Change"

_IN_ISO_8601 = frozenset({"transform-job"})
"""The resources whose events have times as text; the others have milliseconds."""
_EXECUTION_ENDS = frozenset({"Succeeded", "Failed", "Stopped", "CompletedWithFailures"})


def resource_changes(
    resource: str,
    status_key: str,
    before: Record | None,
    after: Record,
    arn: str,
    tags: Sequence[Mapping[str, str]],
) -> Iterator[Event]:
    """Yield the events of a change of a resource, e.g. of a ``"training-job"``: none when its status is the same.

    `before` is None for a new resource.
    """
    detail_type = _RESOURCES.get(resource)
    if detail_type is None:
        return
    write = _iso if resource in _IN_ISO_8601 else _milliseconds
    detail = {**_json(public(after), write), "Tags": {tag["Key"]: tag["Value"] for tag in tags}}
    if resource == "endpoint":
        detail["EndpointStatus"] = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", after["EndpointStatus"]).upper()
    # A training job also has events for changes of its secondary status.
    if before is None or any(before.get(key) != after.get(key) for key in (status_key, "SecondaryStatus")):
        yield Event(SOURCE, detail_type, detail, [arn])
    elif _deployment(before) != _deployment(after):
        yield Event(SOURCE, _DEPLOYMENT, detail, [arn])


def package_change(package: Record, updated: Sequence[str] = ()) -> Event:
    """Return the event of a model package that was created, or whose `updated` members were changed."""
    detail = _json(public(package), _milliseconds)
    # Of a versioned package, group and version.
    detail["ModelPackageName"] = package["ModelPackageArn"].partition(":model-package/")[2]
    if updated:
        detail["UpdatedModelPackageFields"] = list(updated)
    return Event(SOURCE, _PACKAGE, detail, [package["ModelPackageArn"]])


def execution_change(execution: Record, previous: str | None) -> Event:
    """Return the event of a pipeline execution that has a new status; `previous` is None for its first."""
    status, pipeline, arn = (
        execution[member] for member in ("PipelineExecutionStatus", "PipelineArn", "PipelineExecutionArn")
    )
    detail = {
        "pipelineExecutionDisplayName": execution.get("PipelineExecutionDisplayName"),
        "pipelineExecutionDescription": execution.get("PipelineExecutionDescription"),
        "currentPipelineExecutionStatus": status,
        "previousPipelineExecutionStatus": previous,
        "executionStartTime": _iso(execution["CreationTime"]),
        "executionEndTime": _iso(execution["LastModifiedTime"]) if status in _EXECUTION_ENDS else None,
        "pipelineArn": pipeline,
        "pipelineExecutionArn": arn,
    }
    return Event(SOURCE, _EXECUTION, _present(detail), [pipeline, arn])


def step_change(execution_arn: str, step: Record, previous: str | None) -> Event:
    """Return the event of a step that has a new status; `previous` is None for its first."""
    pipeline = execution_arn.rpartition("/execution/")[0]
    detail = {
        "metadata": _lower_camel(step["Metadata"]),
        "stepStartTime": _iso(step["StartTime"]),
        "stepEndTime": _iso(step["EndTime"]) if "EndTime" in step else None,
        "stepName": step["StepName"],
        "stepType": step["_type"],
        "previousStepStatus": previous,
        "currentStepStatus": step["StepStatus"],
        "failureReason": step.get("FailureReason"),
        "cacheHitResult": _lower_camel(step["CacheHitResult"]) if "CacheHitResult" in step else None,
        "pipelineArn": pipeline,
        "pipelineExecutionArn": execution_arn,
    }
    return Event(SOURCE, _STEP, _present(detail), [pipeline, execution_arn])


def _deployment(record: Record) -> list[Any]:
    """Return the statuses of an endpoint's variants, those in service and those that replace them."""
    variants = [*record.get("ProductionVariants", ())]
    variants += record.get("PendingDeploymentSummary", {}).get("ProductionVariants", ())
    return [[status["Status"] for status in variant.get("VariantStatus", ())] for variant in variants]


def _present(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in detail.items() if value is not None}


def _json(value: Any, write: Callable[[datetime], Any]) -> Any:
    if isinstance(value, datetime):
        return write(value)
    if isinstance(value, dict):
        return {key: _json(item, write) for key, item in value.items()}
    return [_json(item, write) for item in value] if isinstance(value, list) else value


def _lower_camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _lower_camel(item) for key, item in value.items()}
    return [_lower_camel(item) for item in value] if isinstance(value, list) else value


def _iso(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _milliseconds(time: datetime) -> int:
    return int(time.timestamp() * 1000)
