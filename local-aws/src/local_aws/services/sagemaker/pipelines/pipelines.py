"""Pipelines: create, change, describe, list and delete them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from local_aws.contracts.honoured import only
from local_aws.contracts.paging import page
from local_aws.kernel.context import Answer, Context, Handler, Request
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
_CREATE_MEMBERS = (
    *_DESCRIBING,
    "PipelineName",
    "PipelineDefinition",
    "PipelineDefinitionS3Location",
    "ClientRequestToken",
    "Tags",
)


class Pipelines:
    """The pipelines, by name."""

    def __init__(self, context: Context, executions: ExecutionRecords, tags: Tags) -> None:
        self._context = context
        self._records = context.records
        self._executions = executions
        self._tags = tags
        tags.know(PIPELINE, lambda arn: self._records.get(PIPELINE, pipeline_name(arn)) is not None)

    @property
    def operations(self) -> dict[tuple[str, str], Handler]:
        """The operations that this part owns."""
        return {
            ("sagemaker", "CreatePipeline"): self.create,
            ("sagemaker", "UpdatePipeline"): self.update,
            ("sagemaker", "DeletePipeline"): self.delete,
            ("sagemaker", "DescribePipeline"): self.describe,
            ("sagemaker", "ListPipelines"): self.list,
        }

    def get(self, name_or_arn: str) -> Record:
        """Return a pipeline's record."""
        name = pipeline_name(name_or_arn)
        record = self._records.get(PIPELINE, name)
        if record is None:
            arn = pipeline_arn(self._context.settings, name)
            raise AwsError("ResourceNotFound", f"Pipeline '{arn}' does not exist.")
        return record

    def create(self, request: Request) -> Answer:
        """Serve CreatePipeline; the definition is checked as a whole."""
        only(request, _CREATE_MEMBERS, "CreatePipeline")
        name = request["PipelineName"]
        arn = pipeline_arn(self._context.settings, name)
        text = self._definition_text(request)
        read_definition(text)
        moment = now()
        record = {
            "PipelineArn": arn,
            "PipelineName": name,
            "PipelineDisplayName": name,
            "PipelineDefinition": text,
            "PipelineStatus": "Active",
            "CreationTime": moment,
            "LastModifiedTime": moment,
            "_token": request["ClientRequestToken"],
            **{member: request[member] for member in _DESCRIBING if member in request},
        }
        try:
            self._records.insert(PIPELINE, name, record)
        except KeyError:
            existing = self.get(name)
            if existing["_token"] == record["_token"] and existing["PipelineDefinition"] == text:
                return {"PipelineArn": arn}
            raise AwsError(
                "ValidationException",
                "Pipeline names must be unique within an AWS account and region. "
                f"Pipeline with name ({name}) already exists.",
            ) from None
        self._tags.put(arn, request.get("Tags", ()))
        return {"PipelineArn": arn}

    def update(self, request: Request) -> Answer:
        """Serve UpdatePipeline; executions that run keep the definition that they were started with."""
        only(
            request,
            (*_DESCRIBING, "PipelineName", "PipelineDefinition", "PipelineDefinitionS3Location"),
            "UpdatePipeline",
        )
        changes = {member: request[member] for member in _DESCRIBING if member in request}
        name = self.get(request["PipelineName"])["PipelineName"]
        if "PipelineDefinition" in request or "PipelineDefinitionS3Location" in request:
            changes["PipelineDefinition"] = self._definition_text(request)
            read_definition(changes["PipelineDefinition"])
        self._change(name, {**changes, "LastModifiedTime": now()})
        return {"PipelineArn": pipeline_arn(self._context.settings, name)}

    def has_run(self, name: str, moment: datetime) -> None:
        """Note the time of a pipeline's last execution."""
        self._change(name, {"LastRunTime": moment})

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
        self._records.delete(PIPELINE, record["PipelineName"])
        self._tags.forget(arn)
        return {"PipelineArn": arn}

    def describe(self, request: Request) -> Answer:
        """Serve DescribePipeline."""
        only(request, ("PipelineName",), "DescribePipeline")
        return public(self.get(request["PipelineName"]))

    def list(self, request: Request) -> Answer:
        """Serve ListPipelines, newest first unless the request says otherwise."""
        newest_first = request.get("SortOrder") != "Ascending"
        records = self._records.each(PIPELINE, newest_first=newest_first)
        listed: Iterable[Record] = (record for record in records if _matches(record, request))
        if request.get("SortBy") == "Name":
            listed = sorted(listed, key=lambda record: record["PipelineName"], reverse=newest_first)
        items, token = page(listed, request)
        return {"PipelineSummaries": [_summary(item) for item in items], **({"NextToken": token} if token else {})}

    def _definition_text(self, request: Request) -> str:
        location = request.get("PipelineDefinitionS3Location")
        if (location is None) == ("PipelineDefinition" not in request):
            raise AwsError(
                "ValidationException", "Give either PipelineDefinition or PipelineDefinitionS3Location, and not both."
            )
        if location is None:
            return request["PipelineDefinition"]
        only(location, ("Bucket", "ObjectKey"), "PipelineDefinitionS3Location")
        bucket, key = location["Bucket"], location["ObjectKey"]
        try:
            return self._context.objects.get(bucket, key).path.read_text(encoding="utf-8")
        except AwsError as error:
            message = f"Could not find the pipeline definition s3://{bucket}/{key}: {error.message}"
            raise AwsError("ResourceNotFound", message) from error
        except UnicodeDecodeError as error:
            raise AwsError("ValidationException", f"s3://{bucket}/{key} is not UTF-8: {error}") from error

    def _change(self, name: str, members: Record) -> None:
        self._records.update(PIPELINE, name, lambda record: record.update(members))


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
