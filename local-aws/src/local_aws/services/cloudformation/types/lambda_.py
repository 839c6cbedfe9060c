"""Resources of Lambda."""

from __future__ import annotations

import io
import zipfile
from typing import Any, ClassVar

from local_aws.contracts.tags import TagForm
from local_aws.kernel.context import Context, Request
from local_aws.kernel.records import selected, without
from local_aws.services.cloudformation.resource_type import Properties
from local_aws.services.cloudformation.types.service_type import ServiceType

_NOT_CONFIGURATION = ("Architectures", "Code", "FunctionName", "PackageType", "ReservedConcurrentExecutions", "Tags")


class Function(ServiceType):
    """``AWS::Lambda::Function``."""

    name, service = "AWS::Lambda::Function", "lambda"
    creates, reads, deletes = "CreateFunction", "GetFunction", "DeleteFunction"
    key = name_property = "FunctionName"
    max_name = 64
    tag_form, arn_resource = TagForm("Resource", key=""), "function:{}"
    unset: ClassVar[Properties] = {
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

    def creation(self, context: Context, properties: Properties, name: str) -> Properties:
        members = super().creation(context, properties, name)
        return {**without(members, "ReservedConcurrentExecutions"), "Code": _code(properties)}

    def change(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        named = {"FunctionName": physical_id}
        if any(after.get(name) != before.get(name) for name in ("Code", "Architectures")):
            architectures = selected(after, ("Architectures",))
            self.send(context, "UpdateFunctionCode", {**named, **_code(after), **architectures})
        configuration = without(after, *_NOT_CONFIGURATION)
        if configuration != without(before, *_NOT_CONFIGURATION):
            members = {**named, **self.unset_of(before), **configuration}
            self.send(context, "UpdateFunctionConfiguration", members)

    def settle(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        member = "ReservedConcurrentExecutions"
        if after.get(member) == before.get(member):
            return
        if member in after:
            self.send(context, "PutFunctionConcurrency", {"FunctionName": physical_id, member: after[member]})
        else:
            self.send(context, "DeleteFunctionConcurrency", {"FunctionName": physical_id})

    def attributes(self, context: Context, physical_id: str) -> dict[str, Any]:
        configuration = self.send(context, self.reads, {"FunctionName": physical_id})["Configuration"]
        return {"Arn": configuration["FunctionArn"]}


class Permission(ServiceType):
    """``AWS::Lambda::Permission``; a change of any property replaces it."""

    name, service = "AWS::Lambda::Permission", "lambda"
    creates, deletes = "AddPermission", "RemovePermission"
    name_property, max_name, is_generated = "StatementId", 100, True
    id_attributes = ("Id",)

    def reference(self, context: Context, name: str, properties: Properties) -> Request:
        return {"FunctionName": properties["FunctionName"], "StatementId": name}


class EventSourceMapping(ServiceType):
    """``AWS::Lambda::EventSourceMapping``."""

    name, service = "AWS::Lambda::EventSourceMapping", "lambda"
    creates, updates, deletes = "CreateEventSourceMapping", "UpdateEventSourceMapping", "DeleteEventSourceMapping"
    key, name_property, id_path = "UUID", "", "UUID"
    tag_form, arn_resource = TagForm("Resource", key=""), "event-source-mapping:{}"
    id_attributes, arn_attributes = ("Id",), ("EventSourceMappingArn",)
    unset: ClassVar[Properties] = {
        "BatchSize": 10,
        "Enabled": True,
        "FunctionResponseTypes": [],
        "MaximumBatchingWindowInSeconds": 0,
        "ScalingConfig": {},
    }

    def modification(self, context: Context, physical_id: str, after: Properties, before: Properties) -> Properties:
        members = {**self.unset_of(before), **without(after, "Tags", "EventSourceArn")}
        return {**members, "UUID": physical_id}


def _code(properties: Properties) -> dict[str, Any]:
    """Return the code; source text in the template becomes an archive of one file, named ``index``."""
    code = dict(properties["Code"])
    if isinstance(code.get("ZipFile"), str):
        suffix = "js" if str(properties.get("Runtime", "")).startswith("nodejs") else "py"
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as members:
            # A fixed time, so that equal sources are equal code.
            members.writestr(zipfile.ZipInfo(f"index.{suffix}"), code["ZipFile"])
        code["ZipFile"] = archive.getvalue()
    return code
