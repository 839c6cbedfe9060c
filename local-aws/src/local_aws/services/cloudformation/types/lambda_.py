"""Resources of Lambda."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from local_aws.services.cloudformation.resource_type import Call, Declared, Made, Properties, ResourceType
from local_aws.services.cloudformation.types.fitting import but, fitted
from local_aws.services.cloudformation.types.steps import TagChange, begin, missing_is_fine, tag_map, undone_by

_MISSING = "ResourceNotFoundException"
_NOT_CONFIGURATION = ("Architectures", "Code", "FunctionName", "PackageType", "ReservedConcurrentExecutions", "Tags")
_UNSET = {
    "Description": "",
    "Environment": {"Variables": {}},
    "Timeout": 3,
    "MemorySize": 128,
    "Layers": [],
    "DeadLetterConfig": {},
    "EphemeralStorage": {"Size": 512},
    "TracingConfig": {"Mode": "PassThrough"},
    "KMSKeyArn": "",
}
"""What a function is given for properties that a template has no more."""


class Function(ResourceType):
    """``AWS::Lambda::Function``."""

    name = "AWS::Lambda::Function"

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the function."""
        properties = declared.properties
        function = properties.get("FunctionName") or declared.generated_name(64)
        members = {
            **but(properties, "ReservedConcurrentExecutions"),
            "FunctionName": function,
            "Code": _code(properties),
        }
        if "Tags" in properties:
            members["Tags"] = tag_map(properties["Tags"])
        begin(call, declared, function, ("lambda", "GetFunction", {"FunctionName": function}), _MISSING)
        made = call("lambda", "CreateFunction", fitted("lambda", "CreateFunction", members, self.name))
        with undone_by(lambda: self.delete(call, function, properties)):
            self._reserve(call, function, properties, {})
        return Made(function, {"Arn": made["FunctionArn"]})

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Change code and configuration where they differ."""
        after, named = declared.properties, {"FunctionName": physical_id}
        compiled = {name: after[name] for name in ("Architectures",) if name in after}
        if after["Code"] != before["Code"] or after.get("Architectures") != before.get("Architectures"):
            members = {**named, **_code(after), **compiled}
            call("lambda", "UpdateFunctionCode", fitted("lambda", "UpdateFunctionCode", members, self.name))
        configuration = but(after, *_NOT_CONFIGURATION)
        if configuration != but(before, *_NOT_CONFIGURATION):
            removed = {name: value for name, value in _UNSET.items() if name in before and name not in after}
            members = {**named, **removed, **configuration}
            request = fitted("lambda", "UpdateFunctionConfiguration", members, self.name)
            call("lambda", "UpdateFunctionConfiguration", request)
        self._reserve(call, physical_id, after, before)
        arn = call("lambda", "GetFunction", named)["Configuration"]["FunctionArn"]
        tags = TagChange.of(before, after)
        if tags.put:
            call("lambda", "TagResource", {"Resource": arn, "Tags": tags.put})
        if tags.removed:
            call("lambda", "UntagResource", {"Resource": arn, "TagKeys": tags.removed})
        return Made(physical_id, {"Arn": arn})

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Delete the function."""
        with missing_is_fine(_MISSING):
            call("lambda", "DeleteFunction", {"FunctionName": physical_id})

    def _reserve(self, call: Call, function: str, after: Properties, before: Properties) -> None:
        member = "ReservedConcurrentExecutions"
        if after.get(member) == before.get(member):
            return
        if member in after:
            request = {"FunctionName": function, "ReservedConcurrentExecutions": int(after[member])}
            call("lambda", "PutFunctionConcurrency", request)
        else:
            call("lambda", "DeleteFunctionConcurrency", {"FunctionName": function})


class Permission(ResourceType):
    """``AWS::Lambda::Permission``."""

    name = "AWS::Lambda::Permission"

    def create(self, call: Call, declared: Declared) -> Made:
        """Add the statement to the function's policy."""
        statement = declared.generated_name(100)
        declared.begins(statement, None)
        members = {**declared.properties, "StatementId": statement}
        call("lambda", "AddPermission", fitted("lambda", "AddPermission", members, self.name))
        return Made(statement, {"Id": statement})

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Change nothing: every property makes a new statement."""
        return Made(physical_id, {"Id": physical_id})

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Remove the statement."""
        with missing_is_fine(_MISSING):
            function = properties["FunctionName"]
            call("lambda", "RemovePermission", {"FunctionName": function, "StatementId": physical_id})


def _code(properties: Properties) -> dict[str, Any]:
    """Return the code; source text that stands in the template becomes an archive of one file, named ``index``."""
    code = dict(properties["Code"])
    if isinstance(code.get("ZipFile"), str):
        suffix = "js" if str(properties.get("Runtime", "")).startswith("nodejs") else "py"
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as members:
            # A fixed time, so that equal sources are equal code.
            members.writestr(zipfile.ZipInfo(f"index.{suffix}"), code["ZipFile"])
        code["ZipFile"] = archive.getvalue()
    return code
