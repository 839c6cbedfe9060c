"""The work on one resource: create, update, replace or delete it, each step recorded before and after."""

from __future__ import annotations

import logging
import secrets
import string
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, without
from local_aws.services.cloudformation.blueprint import Blueprint
from local_aws.services.cloudformation.errors import invalid
from local_aws.services.cloudformation.property_checks import check_properties
from local_aws.services.cloudformation.records import Stacks
from local_aws.services.cloudformation.resource_type import (
    Declaration,
    PhysicalResource,
    Properties,
    ReadRequest,
    ResourceType,
)
from local_aws.services.cloudformation.schemas import Comparison, Schema, kept_name, schema_of

_log = logging.getLogger(__name__)
_REPLACES = "Requested update requires the creation of a new physical resource; hence creating one."
_RANDOM_CHARACTERS = 12
Result = TypeVar("Result")
_RecordStart = Callable[[str, ReadRequest | None], None]


class ResourceFailedError(Exception):
    """Raised when the work on a resource failed; the resource's record says why."""

    def __init__(self, logical_id: str, reason: str) -> None:
        super().__init__(f"{logical_id}: {reason}")
        self.logical_id = logical_id
        self.reason = reason


class ResourceWork:
    """Works on resources, one at a time; each public method raises `ResourceFailedError` when that fails."""

    def __init__(self, context: Context, stacks: Stacks, types: Mapping[str, ResourceType]) -> None:
        self._context = context
        self._stacks = stacks
        self._types = types

    def create(self, stack: Record, blueprint: Blueprint, logical_id: str) -> None:
        """Create a resource."""
        resource = _record(blueprint, logical_id, {})

        def create() -> Record:
            properties = self._evaluated(stack, blueprint, logical_id)
            started = self._stacks.enter_resource(stack, {**resource, "_Properties": properties}, "CREATE_IN_PROGRESS")
            check_properties(blueprint.schema(logical_id), properties)

            def record_start(name: str, read: ReadRequest | None) -> None:
                self._stacks.put_resource(stack["StackId"], {**started, "_Begun": name, "_Look": read})

            return self._created(stack, started, record_start)

        created = self._attempt(stack, resource, "CREATE_FAILED", create)
        self._stacks.enter_resource(stack, created, "CREATE_COMPLETE")

    def update(self, stack: Record, blueprint: Blueprint, logical_id: str) -> None:
        """Make a resource what an update declares: create, change or replace it, or leave it.

        What would have to be undone is in the journal first.
        """
        stack_id = stack["StackId"]
        before = self._stacks.resource(stack_id, logical_id)
        if before is not None and before["ResourceStatus"] == "CREATE_FAILED":
            # It may exist in part, or not at all.
            self.delete(stack, before, is_kept=False)
            before = None
        if before is None or "PhysicalResourceId" not in before:
            self._stacks.write_entry(stack_id, {"Action": "create", "LogicalResourceId": logical_id})
            self.create(stack, blueprint, logical_id)
            return
        schema = blueprint.schema(logical_id)
        resource = _record(blueprint, logical_id, before)

        def compare() -> tuple[Record, Comparison]:
            properties = self._evaluated(stack, blueprint, logical_id)
            check_properties(schema, properties)
            comparison = Comparison.of(schema, before["_Properties"], properties)
            name = kept_name(schema, before["_Properties"], properties)
            if comparison.replaces and name is not None:
                raise invalid(
                    "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                    f"Rename {name} and update the stack again."
                )
            return {**resource, "_Properties": properties}, comparison

        # Nothing has been done so far, so nothing is in the journal: what is refused needs no undoing.
        after, comparison = self._attempt(stack, before, "UPDATE_FAILED", compare)
        if not comparison.changed and not before["ResourceStatus"].endswith("_FAILED"):
            self._stacks.put_resource(stack_id, resource)
        elif comparison.replaces:
            self._replace(stack, before, after)
        else:
            self._stacks.write_entry(stack_id, {"Action": "update", "Before": before, "After": after["_Properties"]})
            self._change(stack, before, after)

    def restore(self, stack: Record, entry: Record) -> None:
        """Undo a change in place that an update made or tried, from its entry in the journal."""
        self._change(stack, {**entry["Before"], "_Properties": entry["After"]}, entry["Before"])

    def delete(self, stack: Record, resource: Record, *, is_kept: bool, drops_record: bool = True) -> None:
        """Delete a resource, or leave it in the account as its policy says.

        Parameters
        ----------
        drops_record
            Whether the stack's record of the logical id goes too; not so for a resource that was replaced.
        """
        enter: Callable[..., Any] = self._stacks.enter_resource if drops_record else self._stacks.add_resource_event
        if is_kept:
            enter(stack, resource, "DELETE_SKIPPED")
        elif "PhysicalResourceId" in resource:
            enter(stack, resource, "DELETE_IN_PROGRESS")
            self._attempt(stack, resource, "DELETE_FAILED", lambda: self._deleted(resource), enter)
            enter(stack, resource, "DELETE_COMPLETE")
        if drops_record:
            self._stacks.remove_resource(stack["StackId"], resource["LogicalResourceId"])

    def _change(self, stack: Record, before: Record, after: Record) -> None:
        """Change a resource in place."""
        self._stacks.enter_resource(stack, before, "UPDATE_IN_PROGRESS")

        def change() -> Record:
            declaration = self._declaration(stack, after, lambda name, read: None)
            resource_type = self._types[after["ResourceType"]]
            physical_id = after["PhysicalResourceId"]
            changed = resource_type.update(self._context, physical_id, declaration, before["_Properties"])
            return _with_physical(after, changed)

        changed = self._attempt(stack, before, "UPDATE_FAILED", change)
        self._stacks.enter_resource(stack, changed, "UPDATE_COMPLETE")

    def _replace(self, stack: Record, before: Record, after: Record) -> None:
        """Create a resource beside the one that it replaces, which stays until the update is complete."""
        stack_id = stack["StackId"]
        entry = self._stacks.write_entry(stack_id, {"Action": "replace", "Before": before})
        self._stacks.enter_resource(stack, before, "UPDATE_IN_PROGRESS", _REPLACES)
        new = without(after, "PhysicalResourceId")

        def record_start(name: str, read: ReadRequest | None) -> None:
            self._stacks.write_entry(stack_id, {**entry, "New": {**new, "PhysicalResourceId": name}})

        def create() -> Record:
            try:
                created = self._created(stack, new, record_start)
            except AwsError:
                # What was refused does not exist, or it is somebody else's.
                self._stacks.write_entry(stack_id, entry)
                raise
            self._stacks.write_entry(stack_id, {**entry, "New": created})
            return created

        created = self._attempt(stack, before, "UPDATE_FAILED", create)
        self._stacks.enter_resource(stack, created, "UPDATE_COMPLETE")

    def _created(self, stack: Record, resource: Record, record_start: _RecordStart) -> Record:
        declaration = self._declaration(stack, resource, record_start)
        return _with_physical(resource, self._types[resource["ResourceType"]].create(self._context, declaration))

    def _deleted(self, resource: Record) -> None:
        resource_type = self._types.get(resource["ResourceType"])
        if resource_type is None:
            raise invalid(f"local_aws does not support resources of type {resource['ResourceType']} any more")
        resource_type.delete(self._context, resource["PhysicalResourceId"], resource["_Properties"])

    def _evaluated(self, stack: Record, blueprint: Blueprint, logical_id: str) -> Properties:
        return blueprint.properties(logical_id, lambda name: self._stacks.physical_resource(stack["StackId"], name))

    def _declaration(self, stack: Record, resource: Record, record_start: _RecordStart) -> Declaration:
        logical_id = resource["LogicalResourceId"]
        schema = schema_of(resource["ResourceType"], self._context.settings.region)
        assert schema is not None  # noqa: S101 (the blueprint was checked)

        def name(maximum: int) -> str:
            return generated_name(stack["StackName"], logical_id, schema, maximum)

        return Declaration(logical_id, resource["_Properties"], name, record_start)

    def _attempt(
        self,
        stack: Record,
        resource: Record,
        failed: str,
        work: Callable[[], Result],
        enter: Callable[..., Any] | None = None,
    ) -> Result:
        """Do some work; its failure becomes the resource's status, and the reason of it."""
        try:
            return work()
        except AwsError as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001 (the boundary: a broken type fails its resource, not the operation)
            _log.exception("resource %s of %s", resource["LogicalResourceId"], stack["StackName"])
            reason = f"local_aws could not do this: {error!r}"
        (enter or self._stacks.enter_resource)(stack, resource, failed, reason)
        raise ResourceFailedError(resource["LogicalResourceId"], reason)


def generated_name(stack_name: str, logical_id: str, schema: Schema, maximum: int) -> str:
    """Return a name of stack name, logical id and a random part, in lower case where the type's allows no capitals."""
    random = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(_RANDOM_CHARACTERS))
    room = maximum - _RANDOM_CHARACTERS - 1
    head = f"{stack_name}-{logical_id}"
    if len(head) > room:
        # Both parts are cut, so that the name still tells stack and resource.
        half = room // 2
        head = f"{stack_name[:half]}-{logical_id[: room - half - 1]}"
    name = f"{head[: max(room, 0)].strip('-')}-{random}"
    return schema.in_allowed_case(name)


def _record(blueprint: Blueprint, logical_id: str, before: Record) -> Record:
    """Return a resource's record with what the template says beside its properties."""
    declaration = blueprint.resources[logical_id]
    return {
        "_Properties": {},
        "_Attributes": {},
        **before,
        "LogicalResourceId": logical_id,
        "ResourceType": declaration["Type"],
        "_DependsOn": sorted(blueprint.dependencies[logical_id]),
        "_DeletionPolicy": declaration.get("DeletionPolicy", "Delete"),
        "_UpdateReplacePolicy": declaration.get("UpdateReplacePolicy", "Delete"),
        "_Metadata": declaration.get("Metadata"),
    }


def _with_physical(resource: Record, physical: PhysicalResource) -> Record:
    return {**resource, "PhysicalResourceId": physical.physical_id, "_Attributes": dict(physical.attributes)}
