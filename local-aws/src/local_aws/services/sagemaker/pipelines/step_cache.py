"""Which runs of steps can be used again."""

from __future__ import annotations

from datetime import timedelta

from local_aws.kernel.records import Records, now
from local_aws.services.sagemaker.pipelines.execution_records import ExecutionRecords
from local_aws.services.sagemaker.pipelines.step_type import Result

_KIND = "pipeline-step-cache"


class StepCache:
    """The last successful run of each step of each pipeline, by its cache key."""

    def __init__(self, records: Records, executions: ExecutionRecords) -> None:
        self._records = records
        self._executions = executions

    def offer(self, arn: str, name: str, key: str) -> None:
        """Offer a step that has succeeded to later executions of its pipeline."""
        self._records.put(_KIND, _entry(arn, name, key), {"PipelineExecutionArn": arn})

    def find(self, arn: str, name: str, key: str, most_age: timedelta) -> tuple[Result, str] | None:
        """Find a run to use again."""
        entry = self._records.get(_KIND, _entry(arn, name, key))
        if entry is None:
            return None
        source_arn = entry["PipelineExecutionArn"]
        step = self._executions.step(source_arn, name)
        if step is None or step["StepStatus"] != "Succeeded" or now() - step["EndTime"] >= most_age:
            return None
        return Result(step["Metadata"], step["_properties"]), source_arn


def _entry(arn: str, name: str, key: str) -> str:
    pipeline_arn = arn.rpartition("/execution/")[0]
    return f"{pipeline_arn}/{name}/{key}"
