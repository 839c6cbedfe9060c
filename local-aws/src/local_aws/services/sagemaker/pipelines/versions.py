"""Versions of pipelines: each definition that a pipeline has had, counted from 1."""

from __future__ import annotations

from collections.abc import Iterator

from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, Records, now, selected
from local_aws.services.sagemaker.resources import is_between, matching

_DESCRIBING = ("PipelineVersionDisplayName", "PipelineVersionDescription")
_SUMMARY = (*_DESCRIBING, "PipelineArn", "PipelineVersionId", "CreationTime", "LastExecutionPipelineExecutionArn")


class PipelineVersions:
    """The versions of all pipelines."""

    def __init__(self, records: Records) -> None:
        self._versions = Collection(records, "pipeline-version", _missing)

    def add(self, arn: str, number: int, definition: str) -> None:
        """Add a pipeline's next version."""
        version = {"PipelineArn": arn, "PipelineVersionId": number, "CreationTime": now(), "_definition": definition}
        self._versions.add(_key(arn, number), version)

    def definition(self, arn: str, number: int) -> str:
        """Return the definition of a version, or raise the error for a number that the pipeline does not have."""
        return str(self._versions.get(_key(arn, number))["_definition"])

    def described(self, arn: str, number: int) -> Record:
        """Return what DescribePipeline shows of a version."""
        version = self._versions.get(_key(arn, number))
        return {"PipelineDefinition": version["_definition"], **selected(version, _DESCRIBING)}

    def has_run(self, arn: str, number: int, execution_arn: str) -> None:
        """Record a version's last execution."""
        change = {"LastExecutionPipelineExecutionArn": execution_arn}
        self._versions.change(_key(arn, number), lambda version: version.update(change))

    def update(self, request: Request) -> Answer:
        """Serve UpdatePipelineVersion."""
        identity = {member: request[member] for member in ("PipelineArn", "PipelineVersionId")}
        change = selected(request, _DESCRIBING)
        self._versions.change(_key(*identity.values()), lambda version: version.update(change))
        return identity

    def summaries(self, arn: str, request: Request) -> Iterator[Record]:
        """Return a pipeline's versions as a listing shows them, newest first unless the request says otherwise."""
        for version in matching(self._versions, request, _is_listed, {}, where={"PipelineArn": arn}):
            yield selected(version, _SUMMARY)

    def forget(self, arn: str) -> None:
        """Remove the versions of a pipeline."""
        for version in self._versions.list({"PipelineArn": arn}):
            self._versions.discard(_key(arn, version["PipelineVersionId"]))


def _key(arn: str, number: int) -> str:
    return f"{arn}/version/{number}"


def _is_listed(version: Record, request: Request) -> bool:
    return is_between(version, request, "CreationTime", prefix="Created")


def _missing(key: str) -> AwsError:
    arn, _, number = key.partition("/version/")
    return AwsError("ResourceNotFound", f"Version {number} of pipeline '{arn}' does not exist.")
