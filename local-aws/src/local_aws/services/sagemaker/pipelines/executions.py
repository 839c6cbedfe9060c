"""Executions of pipelines: start, watch, stop and retry them."""

from __future__ import annotations

import secrets
import string
from typing import Any

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Pages
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, public, selected
from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.pipelines.definition import Definition
from local_aws.services.sagemaker.pipelines.graph import build_graph
from local_aws.services.sagemaker.pipelines.parameters import parameter_values, value_text
from local_aws.services.sagemaker.pipelines.pipelines import Pipelines, read_definition
from local_aws.services.sagemaker.pipelines.records import RUNNING, ExecutionRecords
from local_aws.services.sagemaker.pipelines.selection import check_source, selected_steps, steps_to_reuse
from local_aws.services.sagemaker.pipelines.work import ExecutionRunner
from local_aws.services.sagemaker.resources import is_between, matching

_STARTED_BY = "pipeline-execution-by-token"
_ID_CHARACTERS = string.ascii_lowercase + string.digits
_DESCRIBING = ("PipelineExecutionDisplayName", "PipelineExecutionDescription", "ParallelismConfiguration")
_STARTING = (*_DESCRIBING, "PipelineParameters", "PipelineVersionId", "SelectiveExecutionConfig")
_START_MEMBERS = (*_STARTING, "PipelineName", "ClientRequestToken")
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
        """Serve StartPipelineExecution; the same token returns the same execution."""
        pipeline = self._pipelines.get(request["PipelineName"])
        version, text = self._pipelines.version(pipeline, request.get("PipelineVersionId"))
        definition = read_definition(text)
        values = parameter_values(definition.parameters, request.get("PipelineParameters", []))
        reused = self._steps_to_reuse(pipeline, definition, request)
        started = now()
        execution_id = "".join(secrets.choice(_ID_CHARACTERS) for _ in range(12))
        arn = f"{pipeline['PipelineArn']}/execution/{execution_id}"
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
            "PipelineVersionId": version,
            **selected(pipeline, ("ParallelismConfiguration",)),
            **selected(request, (*_DESCRIBING, "SelectiveExecutionConfig")),
        }
        with self._records.together():
            earlier = self._claim_token(pipeline, request, arn)
            if earlier is not None:
                return {"PipelineExecutionArn": earlier}
            self._executions.start(record, text)
            self._executions.reuse_steps(arn, reused)
        self._pipelines.has_run(pipeline["PipelineName"], version, started, arn)
        self._runner.start(arn, self._executions.succeeded(arn))
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
        """Serve RetryPipelineExecution: the steps that had not succeeded run again, in the same execution.

        So do the steps that had run because of their failure.
        """
        arn = request["PipelineExecutionArn"]
        graph = build_graph(read_definition(self._executions.definition(arn)["PipelineDefinition"]))
        ended = self._executions.reopen(arn, graph)
        if "ParallelismConfiguration" in request:
            self._executions.describe_as(arn, selected(request, ("ParallelismConfiguration",)))
        self._runner.start(arn, ended)
        return {"PipelineExecutionArn": arn}

    def update(self, request: Request) -> Answer:
        """Serve UpdatePipelineExecution; a new parallelism applies from the next step on."""
        self._executions.describe_as(request["PipelineExecutionArn"], selected(request, _DESCRIBING))
        return {"PipelineExecutionArn": request["PipelineExecutionArn"]}

    def describe_definition(self, request: Request) -> Answer:
        """Serve DescribePipelineDefinitionForExecution."""
        return self._executions.definition(request["PipelineExecutionArn"])

    def list(self, request: Request) -> Answer:
        """Serve ListPipelineExecutions, newest first unless the request says otherwise."""
        where = {"PipelineArn": self._pipelines.get(request["PipelineName"])["PipelineArn"]}
        sort_members = {"PipelineExecutionArn": "PipelineExecutionArn"}
        records = matching(self._executions, request, _is_listed, sort_members, where=where)
        return {"PipelineExecutionSummaries": map(_summary, records)}

    def list_steps(self, request: Request) -> Answer:
        """Serve ListPipelineExecutionSteps, the step started last first unless the request says otherwise."""
        if "PipelineExecutionArn" not in request:
            raise invalid("PipelineExecutionArn is required.")
        steps = [public(step) for step in self._executions.steps(request["PipelineExecutionArn"])]
        return {"PipelineExecutionSteps": _ordered(steps, request, "Descending")}

    def list_parameters(self, request: Request) -> Answer:
        """Serve ListPipelineParametersForExecution: every parameter with its value."""
        values = self._get(request)["_parameters"]
        parameters = [{"Name": name, "Value": value_text(value)} for name, value in values.items()]
        return {"PipelineParameters": _ordered(parameters, request, "Ascending")}

    def _get(self, request: Request) -> Record:
        return self._executions.get(request["PipelineExecutionArn"])

    def _steps_to_reuse(self, pipeline: Record, definition: Definition, request: Request) -> tuple[Record, ...]:
        """Return the steps of an earlier execution that a selective one takes; see `selection`."""
        configuration = request.get("SelectiveExecutionConfig")
        if configuration is None:
            return ()
        graph, selection = build_graph(definition), selected_steps(configuration)
        source_arn = configuration.get("SourcePipelineExecutionArn")
        names = steps_to_reuse(graph, selection, source_arn)
        if source_arn is None:
            return ()
        source = self._executions.get(source_arn)
        if source["PipelineArn"] != pipeline["PipelineArn"] or source["PipelineExecutionStatus"] in RUNNING:
            raise invalid(
                f"Invalid SourcePipelineExecutionArn: {source_arn}. It must be an ended execution of "
                f"{pipeline['PipelineArn']}; it is one of {source['PipelineArn']} and "
                f"{source['PipelineExecutionStatus']}."
            )
        check_source(graph, selection, names, source_arn, self._executions.succeeded(source_arn))
        result = {"SelectiveExecutionResult": {"SourcePipelineExecutionArn": source_arn}}
        steps = tuple(
            step
            for step in self._executions.steps(source_arn)
            if step.get("IterationContext", {}).get("ParentStepName", step["StepName"]) in names
        )
        for step in steps:
            step.pop("CacheHitResult", None)
            step.update(result)
        return steps

    def _claim_token(self, pipeline: Record, request: Request, arn: str) -> str | None:
        """Claim a request's token for an execution; return the execution that has claimed it before."""
        key = f"{pipeline['PipelineArn']}/{request['ClientRequestToken']}"
        claim = {"PipelineExecutionArn": arn, "Request": selected(request, _STARTING)}
        earlier = self._records.get(_STARTED_BY, key)
        if earlier is None or self._executions.find(earlier["PipelineExecutionArn"]) is None:
            self._records.put(_STARTED_BY, key, claim)
            return None
        if earlier["Request"] != claim["Request"]:
            raise AwsError(
                "ConflictException",
                f"ClientRequestToken {request['ClientRequestToken']} was used for another request; use a new one.",
            )
        return str(earlier["PipelineExecutionArn"])


def _is_listed(record: Record, request: Request) -> bool:
    return is_between(record, request, "CreationTime", prefix="Created")


def _summary(record: Record) -> Record:
    summary = {**selected(record, _SUMMARY), "StartTime": record["CreationTime"]}
    if "FailureReason" in record:
        summary["PipelineExecutionFailureReason"] = record["FailureReason"]
    return summary


def _ordered(items: list[Any], request: Request, default_order: str) -> list[Any]:
    """Return items, which are in ascending order, in the order of the request."""
    return items[::-1] if request.get("SortOrder", default_order) == "Descending" else items
