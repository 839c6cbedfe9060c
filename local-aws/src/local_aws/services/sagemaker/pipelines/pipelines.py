"""Pipelines: create, change, describe, list and delete them."""

from __future__ import annotations

from datetime import datetime

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Pages
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import Objects
from local_aws.kernel.records import Record, now, public, selected
from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.pipelines.definition import Definition, parse_definition
from local_aws.services.sagemaker.pipelines.errors import DefinitionError, ReferenceTypeError
from local_aws.services.sagemaker.pipelines.graph import build_graph
from local_aws.services.sagemaker.pipelines.records import RUNNING, ExecutionRecords
from local_aws.services.sagemaker.pipelines.steps import STEP_TYPES
from local_aws.services.sagemaker.pipelines.versions import PipelineVersions
from local_aws.services.sagemaker.resources import Kind, Resources, is_between, matching, name_of
from local_aws.services.sagemaker.tags import Tags

_KIND = Kind(
    resource="pipeline",
    member="Pipeline",
    summary=(
        "PipelineArn",
        "PipelineName",
        "PipelineDisplayName",
        "PipelineDescription",
        "RoleArn",
        "CreationTime",
        "LastModifiedTime",
    ),
    list_member="PipelineSummaries",
    taken=(
        "Pipeline names must be unique within an AWS account and region. Pipeline with name ({name}) already exists."
    ),
    missing="Pipeline '{arn}' does not exist.",
    missing_code="ResourceNotFound",
)
_DESCRIBING = ("PipelineDisplayName", "PipelineDescription", "RoleArn", "ParallelismConfiguration")
_UPDATE = (
    *(*_DESCRIBING, "PipelineName", "PipelineDefinition"),
    *("PipelineDefinitionS3Location.Bucket", "PipelineDefinitionS3Location.ObjectKey"),
)


class Pipelines(Resources):
    """The pipelines; requests name them by name or ARN."""

    def __init__(self, context: Context, executions: ExecutionRecords, tags: Tags) -> None:
        super().__init__(context, tags, _KIND)
        self._objects = context.objects
        self._executions = executions
        self._versions = PipelineVersions(context.records)

    def operations(self) -> dict[str, Operation]:
        """Return the contract."""
        return {
            "CreatePipeline": Operation(self.create_pipeline, Members((*_UPDATE, "ClientRequestToken", "Tags"))),
            "UpdatePipeline": Operation(self.update, Members(_UPDATE)),
            "DeletePipeline": Operation(self.delete),
            "DescribePipeline": Operation(self.describe, Members(("PipelineName", "PipelineVersionId"))),
            "ListPipelines": Operation(self.summaries, pages=Pages("PipelineSummaries")),
            "ListPipelineVersions": Operation(self.list_versions, pages=Pages("PipelineVersionSummaries")),
            "UpdatePipelineVersion": Operation(
                self._versions.update, Members(refused=("PipelineVersionAliasOperations",))
            ),
        }

    def recover(self) -> None:
        """Make the definition of a pipeline from before versions were kept its first version."""
        for record in self.list():
            if "_version" not in record:
                with self._records.together():
                    self.change(record["PipelineName"], lambda record: record.update(_version=1))
                    self._versions.add(record["PipelineArn"], 1, record["PipelineDefinition"])

    def get(self, key: str) -> Record:
        """Return a pipeline's record by its name or ARN."""
        return super().get(name_of(key))

    def create_pipeline(self, request: Request) -> Answer:
        """Serve CreatePipeline; the same token and definition again return the same pipeline."""
        name = request["PipelineName"]
        text = _definition_text(self._objects, request)
        read_definition(text)
        created = now()
        record = {
            "PipelineName": name,
            "PipelineDisplayName": name,
            "PipelineDefinition": text,
            "PipelineStatus": "Active",
            "CreationTime": created,
            "LastModifiedTime": created,
            "_token": request["ClientRequestToken"],
            "_version": 1,
            **selected(request, _DESCRIBING),
        }
        try:
            with self._records.together():
                self.create({**record, "Tags": request.get("Tags", ())})
                self._versions.add(self.arn(name), 1, text)
        except AwsError:
            existing = self.find(name)
            if existing is None or any(
                existing[member] != record[member] for member in ("_token", "PipelineDefinition")
            ):
                raise
        return {"PipelineArn": self.arn(name)}

    def update(self, request: Request) -> Answer:
        """Serve UpdatePipeline: another definition is a new version.

        Executions that run keep the definition that they were started with.
        """
        changes = {**selected(request, _DESCRIBING), "LastModifiedTime": now()}
        name = self.get(request["PipelineName"])["PipelineName"]
        if "PipelineDefinition" in request or "PipelineDefinitionS3Location" in request:
            changes["PipelineDefinition"] = _definition_text(self._objects, request)
            read_definition(changes["PipelineDefinition"])

        def change(record: Record) -> None:
            is_new = record["PipelineDefinition"] != changes.get("PipelineDefinition", record["PipelineDefinition"])
            record.update(changes, _version=record["_version"] + is_new)
            if is_new:
                self._versions.add(record["PipelineArn"], record["_version"], record["PipelineDefinition"])

        version = self.change(name, change)["_version"]
        return {"PipelineArn": self.arn(name), "PipelineVersionId": version}

    def describe(self, request: Request) -> Answer:
        """Serve DescribePipeline: the latest version, or another one."""
        record = self.get(request["PipelineName"])
        version = int(request.get("PipelineVersionId") or record["_version"])
        return {**public(record), **self._versions.described(record["PipelineArn"], version)}

    def version(self, record: Record, number: int | None) -> tuple[int, str]:
        """Return a version's number and definition; the latest one if no number is given."""
        number = number or int(record["_version"])
        return number, self._versions.definition(record["PipelineArn"], number)

    def has_run(self, name: str, version: int, started: datetime, execution_arn: str) -> None:
        """Record the last execution of a pipeline and of one of its versions."""
        record = self.change(name, lambda record: record.update(LastRunTime=started))
        self._versions.has_run(record["PipelineArn"], version, execution_arn)

    def list_versions(self, request: Request) -> Answer:
        """Serve ListPipelineVersions, newest first unless the request says otherwise."""
        arn = self.get(request["PipelineName"])["PipelineArn"]
        return {"PipelineVersionSummaries": self._versions.summaries(arn, request)}

    def delete(self, request: Request) -> Answer:
        """Serve DeletePipeline: its executions go with it, so none may be running."""
        record = self.get(request["PipelineName"])
        arn = record["PipelineArn"]
        for execution in self._executions.each({"PipelineArn": arn}):
            if execution["PipelineExecutionStatus"] in RUNNING:
                raise AwsError(
                    "ConflictException",
                    f"Pipeline '{arn}' has the running execution {execution['PipelineExecutionArn']}; stop it first.",
                )
        self._executions.delete_of_pipeline(arn)
        self._versions.forget(arn)
        self.remove(record["PipelineName"])
        return {"PipelineArn": arn}

    def summaries(self, request: Request) -> Answer:
        """Serve ListPipelines, newest first unless the request says otherwise."""
        records = matching(self, request, _is_listed, {"Name": "PipelineName"})
        return {"PipelineSummaries": map(_summary, records)}


def read_definition(text: str) -> Definition:
    """Read a definition and check it as a whole; a `DefinitionError` becomes a ``ValidationException``."""
    try:
        definition = parse_definition(text, STEP_TYPES)
        build_graph(definition)
    except ReferenceTypeError as error:
        raise invalid(str(error)) from error
    except DefinitionError as error:
        raise invalid(f"Unable to parse pipeline definition. {error}") from error
    return definition


def _definition_text(objects: Objects, request: Request) -> str:
    location = request.get("PipelineDefinitionS3Location")
    if (location is None) == ("PipelineDefinition" not in request):
        raise invalid("Specify either PipelineDefinition or PipelineDefinitionS3Location, and not both.")
    if location is None:
        return request["PipelineDefinition"]
    bucket, key = location["Bucket"], location["ObjectKey"]
    try:
        return objects.get(bucket, key).path.read_text(encoding="utf-8")
    except AwsError as error:
        message = f"Could not find the pipeline definition s3://{bucket}/{key}: {error.message}"
        raise AwsError("ResourceNotFound", message) from error
    except UnicodeDecodeError as error:
        raise invalid(f"s3://{bucket}/{key} is not UTF-8: {error}") from error


def _is_listed(record: Record, request: Request) -> bool:
    return (
        record["PipelineName"].startswith(request.get("PipelineNamePrefix", ""))
        and is_between(record, request, "CreationTime", prefix="Created")
        and request.get("ManagedBy") != "AWS"
    )


def _summary(record: Record) -> Record:
    last_run = {"LastExecutionTime": record["LastRunTime"]} if "LastRunTime" in record else {}
    return {**selected(record, _KIND.summary), **last_run}
