"""Resources of CodeBuild."""

from __future__ import annotations

from typing import ClassVar

from local_aws.kernel.context import Context, Request
from local_aws.services.cloudformation.resource_type import Properties
from local_aws.services.cloudformation.types.service_type import ServiceType

_UNSET: Properties = {
    "Description": "",
    "SourceVersion": "",
    "SecondarySources": [],
    "SecondaryArtifacts": [],
    "SecondarySourceVersions": [],
    "TimeoutInMinutes": 60,
    "QueuedTimeoutInMinutes": 480,
    "Cache": {"type": "NO_CACHE"},
    "LogsConfig": {},
    "VpcConfig": {},
    "BuildBatchConfig": {},
    "FileSystemLocations": [],
    "Tags": [],
}


class Project(ServiceType):
    """``AWS::CodeBuild::Project``."""

    name, service = "AWS::CodeBuild::Project", "codebuild"
    creates, reads, updates, deletes = "CreateProject", "BatchGetProjects", "UpdateProject", "DeleteProject"
    listed = "projects"
    max_name = 150
    arn_resource, arn_attributes, id_attributes = "project/{}", ("Arn",), ("Id",)
    unset: ClassVar[Properties] = _UNSET
    honoured = (
        *("Artifacts", "AutoRetryLimit", "BadgeEnabled", "ConcurrentBuildLimit", "EncryptionKey", "Environment"),
        *("Name", "ServiceRole", "Source", *_UNSET),
    )

    def reference(self, context: Context, name: str, properties: Properties) -> Request:
        return {"names": [name]}

    def modification(self, context: Context, physical_id: str, after: Properties, before: Properties) -> Properties:
        return {**self.unset_of(before), **after, "Name": physical_id}

    def deletion(self, context: Context, physical_id: str, properties: Properties) -> Properties:
        return {"name": physical_id}
