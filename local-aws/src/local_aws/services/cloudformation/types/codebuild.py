"""Resources of CodeBuild."""

from __future__ import annotations

from typing import Any, ClassVar

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
    unset: ClassVar[Properties] = _UNSET
    honoured = (
        *("Artifacts", "AutoRetryLimit", "BadgeEnabled", "ConcurrentBuildLimit", "EncryptionKey", "Environment"),
        *("Name", "ServiceRole", "Source", *_UNSET),
    )

    def reference(self, context: Context, name: str, properties: Properties) -> Request:
        return {"names": [name]}

    def modification(self, context: Context, physical_id: str, after: Properties, before: Properties) -> Properties:
        return {**self.unset_of(before), **after, "Name": physical_id}

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete the project."""
        self.send(context, self.deletes, {"name": physical_id})

    def attributes(self, context: Context, physical_id: str) -> dict[str, Any]:
        return {"Arn": context.settings.arn("codebuild", f"project/{physical_id}"), "Id": physical_id}
