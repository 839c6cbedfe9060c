"""Resources of CodeBuild."""

from __future__ import annotations

from typing import Any

from local_aws.kernel.principals import SERVICE, acting_as
from local_aws.services.cloudformation.resource_type import Call, Declared, Made, Properties, ResourceType
from local_aws.services.cloudformation.types.fitting import fitted, only
from local_aws.services.cloudformation.types.steps import already_exists

_UNSET: dict[str, Any] = {
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
"""What UpdateProject is given for properties that a template has no more: it keeps what it is not given."""


class Project(ResourceType):
    """``AWS::CodeBuild::Project``."""

    name = "AWS::CodeBuild::Project"
    _honoured = frozenset(
        {
            *("Artifacts", "AutoRetryLimit", "BadgeEnabled", "ConcurrentBuildLimit", "EncryptionKey", "Environment"),
            *("Name", "ServiceRole", "Source", *_UNSET),
        }
    )

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the project."""
        only(declared.properties, self._honoured, self.name)
        project = declared.properties.get("Name") or declared.generated_name(150)
        with acting_as(SERVICE):
            if call("codebuild", "BatchGetProjects", {"names": [project]})["projects"]:
                raise already_exists({"Name": project})
        if "Name" not in declared.properties:
            declared.begins(project, None)
        return self._put(call, "CreateProject", {**declared.properties, "Name": project})

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Put the new definition in place of the old one."""
        only(declared.properties, self._honoured, self.name)
        removed = {name: value for name, value in _UNSET.items() if name in before}
        return self._put(call, "UpdateProject", {**removed, **declared.properties, "Name": physical_id})

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Delete the project."""
        call("codebuild", "DeleteProject", {"name": physical_id})

    def _put(self, call: Call, operation: str, properties: Properties) -> Made:
        project = call("codebuild", operation, fitted("codebuild", operation, properties, self.name))["project"]
        return Made(project["name"], {"Arn": project["arn"], "Id": project["name"]})
