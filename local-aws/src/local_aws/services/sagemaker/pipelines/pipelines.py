"""Pipelines: create, change, describe, list and delete them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Pages
from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, public
from local_aws.services.sagemaker.pipelines.definition import Definition, parse_definition
from local_aws.services.sagemaker.pipelines.execution_records import RUNNING, ExecutionRecords
from local_aws.services.sagemaker.pipelines.faults import DefinitionError
from local_aws.services.sagemaker.pipelines.graph import build_graph
from local_aws.services.sagemaker.pipelines.naming import pipeline_arn, pipeline_name
from local_aws.services.sagemaker.pipelines.steps import STEP_TYPES
from local_aws.services.sagemaker.tags import Tags

PIPELINE = "pipeline"

_DESCRIBING = ("PipelineDisplayName", "PipelineDescription", "RoleArn", "ParallelismConfiguration")
_SUMMARY = (
    "PipelineArn",
    "PipelineName",
    "PipelineDisplayName",
    "PipelineDescription",
    "RoleArn",
    "CreationTime",
    "LastModifiedTime",
)
_UPDATE = (
    *(*_DESCRIBING, "PipelineName", "PipelineDefinition"),
    *("PipelineDefinitionS3Location.Bucket", "PipelineDefinitionS3Location.ObjectKey"),
)


class Pipelines:
    """The pipelines, by name."""

    def __init__(self, context: Context, executions: ExecutionRecords, tags: Tags) -> None:
        self._context = context
        self._executions = executions
        self._tags = tags
        self._pipelines = Collection(context.records, PIPELINE, self._missing, self._taken)
        tags.accept(PIPELINE, lambda arn: self._pipelines.find(pipeline_name(arn)) is not None)

    def operations(self) -> dict[str, Operation]:
        """Return the contract."""
        return {
            "CreatePipeline": Operation(self.create, Members((*_UPDATE, "ClientRequestToken", "Tags"))),
            "UpdatePipeline": Operation(self.update, Members(_UPDATE)),
            "DeletePipeline": Operation(self.delete),
            "DescribePipeline": Operation(self.describe, Members(("PipelineName",))),
            "ListPipelines": Operation(self.list, pages=Pages("PipelineSummaries")),
        }

    def get(self, name_or_arn: str) -> Record:
        """Return a pipeline's record, or raise ``ResourceNotFound``."""
        return self._pipelines.get(pipeline_name(name_or_arn))

    def create(self, request: Request) -> Answer:
        """Serve CreatePipeline; the definition is checked as a whole."""
        name = request["PipelineName"]
        arn = pipeline_arn(self._context.settings, name)
        text = self._definition_text(request)
        read_definition(text)
        created = now()
        record = {
            "PipelineArn": arn,
            "PipelineName": name,
            "PipelineDisplayName": name,
            "PipelineDefinition": text,
            "PipelineStatus": "Active",
            "CreationTime": created,
            "LastModifiedTime": created,
            "_token": request["ClientRequestToken"],
            **{member: request[member] for member in _DESCRIBING if member in request},
        }
        existing = self._pipelines.find(name)
        if existing and existing["_token"] == record["_token"] and existing["PipelineDefinition"] == text:
            return {"PipelineArn": arn}
        self._pipelines.add(name, record)
        self._tags.put(arn, request.get("Tags", ()))
        return {"PipelineArn": arn}

    def update(self, request: Request) -> Answer:
        """Serve UpdatePipeline; executions that run keep the definition that they were started with."""
        changes = {member: request[member] for member in _DESCRIBING if member in request}
        name = self.get(request["PipelineName"])["PipelineName"]
        if "PipelineDefinition" in request or "PipelineDefinitionS3Location" in request:
            changes["PipelineDefinition"] = self._definition_text(request)
            read_definition(changes["PipelineDefinition"])
        self._change(name, {**changes, "LastModifiedTime": now()})
        return {"PipelineArn": pipeline_arn(self._context.settings, name)}

    def has_run(self, name: str, started: datetime) -> None:
        """Note the time of a pipeline's last execution."""
        self._change(name, {"LastRunTime": started})

    def delete(self, request: Request) -> Answer:
        """Serve DeletePipeline: its executions go with it, so none may be running."""
        record = self.get(request["PipelineName"])
        arn = record["PipelineArn"]
        for execution in self._executions.of_pipeline(arn):
            if execution["PipelineExecutionStatus"] in RUNNING:
                raise AwsError(
                    "ConflictException",
                    f"Pipeline '{arn}' has the running execution {execution['PipelineExecutionArn']}; stop it first.",
                )
        self._executions.delete_of_pipeline(arn)
        self._pipelines.remove(record["PipelineName"])
        self._tags.forget(arn)
        return {"PipelineArn": arn}

    def describe(self, request: Request) -> Answer:
        """Serve DescribePipeline."""
        return public(self.get(request["PipelineName"]))

    def list(self, request: Request) -> Answer:
        """Serve ListPipelines, newest first unless the request says otherwise."""
        newest_first = request.get("SortOrder") != "Ascending"
        records = self._pipelines.each(newest_first=newest_first)
        listed: Iterable[Record] = (record for record in records if _matches(record, request))
        if request.get("SortBy") == "Name":
            listed = sorted(listed, key=lambda record: record["PipelineName"], reverse=newest_first)
        return {"PipelineSummaries": map(_summary, listed)}

    def _definition_text(self, request: Request) -> str:
        location = request.get("PipelineDefinitionS3Location")
        if (location is None) == ("PipelineDefinition" not in request):
            raise AwsError(
                "ValidationException", "Give either PipelineDefinition or PipelineDefinitionS3Location, and not both."
            )
        if location is None:
            return request["PipelineDefinition"]
        bucket, key = location["Bucket"], location["ObjectKey"]
        try:
            return self._context.objects.get(bucket, key).path.read_text(encoding="utf-8")
        except AwsError as error:
            message = f"Could not find the pipeline definition s3://{bucket}/{key}: {error.message}"
            raise AwsError("ResourceNotFound", message) from error
        except UnicodeDecodeError as error:
            raise AwsError("ValidationException", f"s3://{bucket}/{key} is not UTF-8: {error}") from error

    def _change(self, name: str, members: Record) -> None:
        self._pipelines.change(name, lambda record: record.update(members))

    def _missing(self, name: str) -> AwsError:
        return AwsError("ResourceNotFound", f"Pipeline '{pipeline_arn(self._context.settings, name)}' does not exist.")

    def _taken(self, name: str) -> AwsError:
        return AwsError(
            "ValidationException",
            "Pipeline names must be unique within an AWS account and region. "
            f"Pipeline with name ({name}) already exists.",
        )


def read_definition(text: str) -> Definition:
    """Read a definition and check it as a whole.

    Raises
    ------
    AwsError
        ``ValidationException`` in the words that `DefinitionError` has.
    """
    try:
        definition = parse_definition(text, STEP_TYPES)
        build_graph(definition)
    except DefinitionError as error:
        raise AwsError("ValidationException", f"Unable to parse pipeline definition. {error}") from error
    return definition


def _matches(record: Record, request: Request) -> bool:
    created = record["CreationTime"]
    return (
        record["PipelineName"].startswith(request.get("PipelineNamePrefix", ""))
        and created > request.get("CreatedAfter", created.min.replace(tzinfo=created.tzinfo))
        and created < request.get("CreatedBefore", created.max.replace(tzinfo=created.tzinfo))
        and request.get("ManagedBy") != "AWS"
    )


def _summary(record: Record) -> dict[str, Any]:
    summary = {member: record[member] for member in _SUMMARY if member in record}
    if "LastRunTime" in record:
        summary["LastExecutionTime"] = record["LastRunTime"]
    return summary
