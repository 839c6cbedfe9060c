"""Step caching: which runs of a step count as the same, and which of them can be used again.

Source: the developer guide's "Caching pipeline steps" and "Default cache key attributes by pipeline step type". The
key is made of the arguments, URIs included; the objects behind the URIs are not looked at. A run whose outputs a
Cleanup step has deleted is not used again.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from local_aws.kernel.records import Records, now
from local_aws.services.sagemaker.pipelines.records import ExecutionRecords
from local_aws.services.sagemaker.pipelines.step_type import Result

_KIND = "pipeline-step-cache"


class StepCache:
    """The last successful run of each step of each pipeline, by its cache key."""

    def __init__(self, records: Records, executions: ExecutionRecords) -> None:
        self._records = records
        self._executions = executions

    def put(self, arn: str, name: str, key: str) -> None:
        """Let later executions of a pipeline use a step that has succeeded."""
        self._records.put(_KIND, _entry(arn, name, key), {"PipelineExecutionArn": arn})

    def find(self, arn: str, name: str, key: str, max_age: timedelta) -> tuple[Result, str] | None:
        """Return the result of a run that an execution can use again, and the execution that it was in."""
        entry = self._records.get(_KIND, _entry(arn, name, key))
        if entry is None:
            return None
        source_arn = entry["PipelineExecutionArn"]
        step = self._executions.step(source_arn, name)
        if step is None or step["StepStatus"] != "Succeeded" or now() - step["EndTime"] >= max_age:
            return None
        if step.get("_cleaned"):
            return None
        return Result(step["Metadata"], step["_properties"]), source_arn


def cache_key(step_type: str, attributes: tuple[str, ...], arguments: dict[str, Any]) -> str:
    """Return the digest of those arguments that make two runs of a step the same.

    `attributes` are paths of members in the resolved arguments, e.g. ``("AppSpecification", "AutoMLJobConfig.Mode")``.
    """
    chosen = {attribute: _member(arguments, attribute) for attribute in attributes}
    canonical = json.dumps([step_type, chosen], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _entry(arn: str, name: str, key: str) -> str:
    pipeline_arn = arn.rpartition("/execution/")[0]
    return f"{pipeline_arn}/{name}/{key}"


def _member(arguments: dict[str, Any], path: str) -> Any:
    value: Any = arguments
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
