"""Executions of pipelines: start, watch, stop and retry them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Pages
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, public
from local_aws.services.sagemaker.pipelines.execution_records import RUNNING, ExecutionRecords
from local_aws.services.sagemaker.pipelines.execution_runner import ExecutionRunner
from local_aws.services.sagemaker.pipelines.naming import execution_id
from local_aws.services.sagemaker.pipelines.parameters import parameter_values, value_text
from local_aws.services.sagemaker.pipelines.pipelines import Pipelines, read_definition

_STARTED_BY = "pipeline-execution-by-token"
_DESCRIBING = ("PipelineExecutionDisplayName", "PipelineExecutionDescription", "ParallelismConfiguration")
_START_MEMBERS = (*_DESCRIBING, "PipelineName", "PipelineParameters", "ClientRequestToken")

_LISTING = (*("PipelineName", "NextToken", "MaxResults", "SortOrder", "CreatedAfter", "CreatedBefore", "SortBy"),)
_SUMMARY = (
    "PipelineExecutionArn",
    "PipelineExecutionStatus",
    "PipelineExecutionDescription",
    "PipelineExecutionDisplayName",
)


class Executions:
    """Serves what concerns executions."""

    def __init__(
        self, context: Context, pipelines: Pipelines, executions: ExecutionRecords, runner: ExecutionRunner
    ) -> None:
        self._records = context.records
        self._pipelines = pipelines
        self._executions = executions
        self._runner = runner

    def operations(self) -> dict[str, Operation]:
        """Return the contract."""
        return {
            "StartPipelineExecution": Operation(self.start, Members(_START_MEMBERS)),
            "StopPipelineExecution": Operation(self.stop),
            "RetryPipelineExecution": Operation(self.retry),
            "UpdatePipelineExecution": Operation(self.update),
            "DescribePipelineExecution": Operation(lambda request: public(self._get(request))),
            "DescribePipelineDefinitionForExecution": Operation(self.describe_definition),
            "ListPipelineExecutions": Operation(
                self.list, Members(_LISTING), pages=Pages("PipelineExecutionSummaries")
            ),
            "ListPipelineExecutionSteps": Operation(self.list_steps, pages=Pages("PipelineExecutionSteps")),
            "ListPipelineParametersForExecution": Operation(self.list_parameters, pages=Pages("PipelineParameters")),
        }

    def start(self, request: Request) -> Answer:
        """Serve StartPipelineExecution; the same token gives the same execution."""
        pipeline = self._pipelines.get(request["PipelineName"])
        text = pipeline["PipelineDefinition"]
        values = parameter_values(read_definition(text).parameters, request.get("PipelineParameters", []))
        started = now()
        arn = f"{pipeline['PipelineArn']}/execution/{execution_id()}"
        record = {
            "PipelineArn": pipeline["PipelineArn"],
            "PipelineExecutionArn": arn,
            "PipelineExecutionDisplayName": f"execution-{int(started.timestamp() * 1000)}",
            "PipelineExecutionStatus": "Executing",
            "CreationTime": started,
            "LastModifiedTime": started,
            "_pipeline": pipeline["PipelineName"],
            "_role": pipeline["RoleArn"],
            "_parameters": values,
        }
        if "ParallelismConfiguration" in pipeline:
            record["ParallelismConfiguration"] = pipeline["ParallelismConfiguration"]
        record.update({member: request[member] for member in _DESCRIBING if member in request})
        earlier = self._claim_token(pipeline, request, arn)
        if earlier is not None:
            return {"PipelineExecutionArn": earlier}
        self._executions.add(record, text)
        self._pipelines.has_run(pipeline["PipelineName"], started)
        self._runner.start(arn)
        return {"PipelineExecutionArn": arn}

    def stop(self, request: Request) -> Answer:
        """Serve StopPipelineExecution; stopping one that is being stopped does nothing more."""
        execution = self._get(request)
        arn, status = execution["PipelineExecutionArn"], execution["PipelineExecutionStatus"]
        if status not in RUNNING:
            raise AwsError(
                "ConflictException",
                f"Pipeline execution {arn} cannot be stopped: its status is {status}, and only Executing ones can.",
            )
        self._runner.stop(arn)
        return {"PipelineExecutionArn": arn}

    def retry(self, request: Request) -> Answer:
        """Serve RetryPipelineExecution: the steps that had not succeeded run again, in the same execution."""
        arn = self._get(request)["PipelineExecutionArn"]
        ended = self._executions.reopen(arn)
        if "ParallelismConfiguration" in request:
            self._executions.describe_as(arn, ParallelismConfiguration=request["ParallelismConfiguration"])
        self._runner.start(arn, ended)
        return {"PipelineExecutionArn": arn}

    def update(self, request: Request) -> Answer:
        """Serve UpdatePipelineExecution; a new parallelism counts from the next step on."""
        arn = self._get(request)["PipelineExecutionArn"]
        self._executions.describe_as(arn, **{member: request[member] for member in _DESCRIBING if member in request})
        return {"PipelineExecutionArn": arn}

    def describe_definition(self, request: Request) -> Answer:
        """Serve DescribePipelineDefinitionForExecution."""
        return self._executions.definition(self._get(request)["PipelineExecutionArn"])

    def list(self, request: Request) -> Answer:
        """Serve ListPipelineExecutions, newest first unless the request says otherwise."""
        arn = self._pipelines.get(request["PipelineName"])["PipelineArn"]
        newest_first = request.get("SortOrder", "Descending") == "Descending"
        executions = self._executions.of_pipeline(arn, newest_first=newest_first)
        listed: Iterable[Record] = (record for record in executions if _is_between(record, request))
        if request.get("SortBy") == "PipelineExecutionArn":
            listed = sorted(listed, key=lambda record: record["PipelineExecutionArn"], reverse=newest_first)
        return {"PipelineExecutionSummaries": map(_summary, listed)}

    def list_steps(self, request: Request) -> Answer:
        """Serve ListPipelineExecutionSteps, the step started last first unless the request says otherwise."""
        if "PipelineExecutionArn" not in request:
            raise AwsError("ValidationException", "PipelineExecutionArn is required.")
        arn = self._get(request)["PipelineExecutionArn"]
        steps = [public(step) for step in self._executions.steps(arn)]
        return {"PipelineExecutionSteps": _ordered(steps, request, "Descending")}

    def list_parameters(self, request: Request) -> Answer:
        """Serve ListPipelineParametersForExecution: every parameter with the value that it has."""
        values = self._get(request)["_parameters"]
        parameters = [{"Name": name, "Value": value_text(value)} for name, value in values.items()]
        return {"PipelineParameters": _ordered(parameters, request, "Ascending")}

    def _get(self, request: Request) -> Record:
        return self._executions.get(request["PipelineExecutionArn"])

    def _claim_token(self, pipeline: Record, request: Request, arn: str) -> str | None:
        """Take a request's token for an execution; return the execution that it was taken for before."""
        key = f"{pipeline['PipelineArn']}/{request['ClientRequestToken']}"
        asked = {member: request[member] for member in (*_DESCRIBING, "PipelineParameters") if member in request}
        try:
            self._records.insert(_STARTED_BY, key, {"PipelineExecutionArn": arn, "Request": asked})
        except KeyError:
            earlier = self._records.get(_STARTED_BY, key) or {}
            if not self._executions.exists(earlier.get("PipelineExecutionArn", "")):
                self._records.put(_STARTED_BY, key, {"PipelineExecutionArn": arn, "Request": asked})
                return None
            if earlier["Request"] != asked:
                raise AwsError(
                    "ConflictException",
                    f"ClientRequestToken {request['ClientRequestToken']} was used for another request; use a new one.",
                ) from None
            return str(earlier["PipelineExecutionArn"])
        return None


def _summary(record: Record) -> dict[str, Any]:
    summary = {member: record[member] for member in _SUMMARY if member in record}
    summary["StartTime"] = record["CreationTime"]
    if "FailureReason" in record:
        summary["PipelineExecutionFailureReason"] = record["FailureReason"]
    return summary


def _is_between(record: Record, request: Request) -> bool:
    created = record["CreationTime"]
    after, before = request.get("CreatedAfter"), request.get("CreatedBefore")
    return (after is None or created > after) and (before is None or created < before)


def _ordered(items: list[Any], request: Request, default_order: str) -> list[Any]:
    """Return items, which are in ascending order, in the order of the request."""
    return items[::-1] if request.get("SortOrder", default_order) == "Descending" else items
