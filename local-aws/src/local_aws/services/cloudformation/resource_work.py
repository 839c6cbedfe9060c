"""The work on one resource: make it, change it, replace it, remove it, each step recorded before and after."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.cloudformation.blueprint import Blueprint
from local_aws.services.cloudformation.comparison import Comparison, kept_name
from local_aws.services.cloudformation.failures import invalid
from local_aws.services.cloudformation.names import generated_name
from local_aws.services.cloudformation.property_checks import check_properties
from local_aws.services.cloudformation.resource_type import Declared, Look, Made, Properties, ResourceType
from local_aws.services.cloudformation.schemas import Schema
from local_aws.services.cloudformation.stacks import Stacks

_log = logging.getLogger(__name__)
_REPLACES = "Requested update requires the creation of a new physical resource; hence creating one."
Result = TypeVar("Result")


class ResourceFailedError(Exception):
    """Raised when the work on a resource failed; the resource's record says why."""

    def __init__(self, logical_id: str, reason: str) -> None:
        super().__init__(f"{logical_id}: {reason}")
        self.logical_id = logical_id
        self.reason = reason


class ResourceWork:
    """Works on resources, one at a time."""

    def __init__(self, context: Context, stacks: Stacks, types: Mapping[str, ResourceType]) -> None:
        self._call = context.call
        self._stacks = stacks
        self._types = types

    def create(self, stack: Record, blueprint: Blueprint, logical_id: str) -> None:
        """Make a resource.

        Raises
        ------
        ResourceFailedError
            When it cannot be made.
        """
        resource = self._begun(blueprint, logical_id, {})

        def make() -> Record:
            properties = self._evaluated(stack, blueprint, logical_id)
            begun = self._stacks.enter_resource(stack, {**resource, "_Properties": properties}, "CREATE_IN_PROGRESS")
            schema = blueprint.schema(logical_id)
            check_properties(schema, properties)

            def record(name: str, look: Look | None) -> None:
                self._stacks.put_resource(stack["StackId"], {**begun, "_Begun": name, "_Look": look})

            declared = self._declared(stack, begun, schema, record)
            return _as_made(begun, blueprint.type_of(logical_id).create(self._call, declared))

        made = self._attempt(stack, logical_id, resource, "CREATE_FAILED", make)
        self._stacks.enter_resource(stack, made, "CREATE_COMPLETE")

    def bring(self, stack: Record, blueprint: Blueprint, logical_id: str) -> None:
        """Bring a resource of an update to what it is to become: make, change or replace it, or leave it.

        What would have to be undone is in the journal first.

        Raises
        ------
        ResourceFailedError
            When it cannot be brought there.
        """
        stack_id = stack["StackId"]
        before = self._stacks.resource(stack_id, logical_id)
        if before is not None and before["ResourceStatus"] == "CREATE_FAILED":
            # It may be there in part, or not at all.
            self.delete(stack, before, is_kept=False)
            before = None
        if before is None or "PhysicalResourceId" not in before:
            self._stacks.note(stack_id, {"Action": "create", "LogicalResourceId": logical_id})
            self.create(stack, blueprint, logical_id)
            return
        schema = blueprint.schema(logical_id)
        resource = self._begun(blueprint, logical_id, before)

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

        # Until here nothing is done, so nothing is noted: what is refused needs no undoing.
        wanted, comparison = self._attempt(stack, logical_id, before, "UPDATE_FAILED", compare)
        if not comparison.changed and not before["ResourceStatus"].endswith("_FAILED"):
            self._stacks.put_resource(stack_id, resource)
        elif comparison.replaces:
            self._replace(stack, before, wanted, schema)
        else:
            self._change(stack, before, wanted, schema)

    def _change(self, stack: Record, before: Record, wanted: Record, schema: Schema) -> None:
        """Change a resource in place."""
        entry = {"Action": "update", "Before": before, "After": wanted["_Properties"]}
        self._stacks.note(stack["StackId"], entry)
        self._stacks.enter_resource(stack, before, "UPDATE_IN_PROGRESS")

        def work() -> Record:
            return _as_made(wanted, self._changed(stack, wanted, schema, before["_Properties"]))

        changed = self._attempt(stack, wanted["LogicalResourceId"], before, "UPDATE_FAILED", work)
        self._stacks.enter_resource(stack, changed, "UPDATE_COMPLETE")

    def _replace(self, stack: Record, before: Record, wanted: Record, schema: Schema) -> None:
        """Make a resource beside the one that it replaces, which stays until the update is made."""
        stack_id = stack["StackId"]
        entry = self._stacks.note(stack_id, {"Action": "replace", "Before": before})
        self._stacks.enter_resource(stack, before, "UPDATE_IN_PROGRESS", _REPLACES)
        new = {name: value for name, value in wanted.items() if name != "PhysicalResourceId"}

        def record(name: str, look: Look | None) -> None:
            self._stacks.note(stack_id, {**entry, "New": {**new, "PhysicalResourceId": name}})

        def work() -> Record:
            declared = self._declared(stack, new, schema, record)
            try:
                made = _as_made(new, self._types[new["ResourceType"]].create(self._call, declared))
            except AwsError:
                # What was refused is not there, or it is somebody else's.
                self._stacks.note(stack_id, entry)
                raise
            self._stacks.note(stack_id, {**entry, "New": made})
            return made

        made = self._attempt(stack, new["LogicalResourceId"], before, "UPDATE_FAILED", work)
        self._stacks.enter_resource(stack, made, "UPDATE_COMPLETE")

    def take_back(self, stack: Record, entry: Record, schema: Schema) -> None:
        """Undo a change in place that an update made or tried.

        Raises
        ------
        ResourceFailedError
            When it cannot be undone.
        """
        before = entry["Before"]
        self._stacks.enter_resource(stack, {**before, "_Properties": entry["After"]}, "UPDATE_IN_PROGRESS")

        def work() -> Record:
            return _as_made(before, self._changed(stack, before, schema, entry["After"]))

        failed = {**before, "_Properties": entry["After"]}
        changed = self._attempt(stack, before["LogicalResourceId"], failed, "UPDATE_FAILED", work)
        self._stacks.enter_resource(stack, changed, "UPDATE_COMPLETE")

    def delete(self, stack: Record, resource: Record, *, is_kept: bool, drops: bool = True) -> None:
        """Remove a resource, or leave it in the account as its policy says.

        Parameters
        ----------
        drops
            Whether the stack's record of the name goes too; not so for one that was replaced.

        Raises
        ------
        ResourceFailedError
            When it cannot be removed.
        """
        logical_id, stack_id = resource["LogicalResourceId"], stack["StackId"]
        tell: Callable[..., Any] = self._stacks.enter_resource if drops else self._stacks.resource_happened
        if is_kept:
            tell(stack, resource, "DELETE_SKIPPED")
        elif "PhysicalResourceId" in resource:
            tell(stack, resource, "DELETE_IN_PROGRESS")
            try:
                self._attempt(
                    stack, logical_id, resource, "DELETE_FAILED" if drops else None, lambda: self._removed(resource)
                )
            except ResourceFailedError as error:
                if not drops:
                    tell(stack, resource, "DELETE_FAILED", error.reason)
                raise
            tell(stack, resource, "DELETE_COMPLETE")
        if drops:
            self._stacks.drop_resource(stack_id, logical_id)

    def _removed(self, resource: Record) -> None:
        resource_type = self._types.get(resource["ResourceType"])
        if resource_type is None:
            raise invalid(f"local_aws does not make resources of type {resource['ResourceType']} any more")
        resource_type.delete(self._call, resource["PhysicalResourceId"], resource["_Properties"])

    def _changed(self, stack: Record, wanted: Record, schema: Schema, before: Properties) -> Made:
        declared = self._declared(stack, wanted, schema, lambda name, look: None)
        resource_type = self._types[wanted["ResourceType"]]
        return resource_type.update(self._call, wanted["PhysicalResourceId"], declared, before)

    def _evaluated(self, stack: Record, blueprint: Blueprint, logical_id: str) -> Properties:
        return blueprint.properties(logical_id, lambda name: self._stacks.made(stack["StackId"], name))

    def _begun(self, blueprint: Blueprint, logical_id: str, before: Record) -> Record:
        """Return a resource's record with what the template says beside its properties."""
        declaration = blueprint.resources[logical_id]
        found = {
            "_Properties": {},
            "_Attributes": {},
            **before,
            "LogicalResourceId": logical_id,
            "ResourceType": declaration["Type"],
            "_DependsOn": sorted(blueprint.dependencies[logical_id]),
            "_DeletionPolicy": declaration.get("DeletionPolicy", "Delete"),
            "_UpdateReplacePolicy": declaration.get("UpdateReplacePolicy", "Delete"),
        }
        return {**found, "_Metadata": declaration.get("Metadata")}

    def _declared(
        self, stack: Record, resource: Record, schema: Schema, begins: Callable[[str, Look | None], None]
    ) -> Declared:
        def name(most: int) -> str:
            return generated_name(stack["StackName"], resource["LogicalResourceId"], schema, most)

        return Declared(resource["LogicalResourceId"], resource["_Properties"], name, begins)

    def _attempt(
        self, stack: Record, logical_id: str, resource: Record, failed: str | None, work: Callable[[], Result]
    ) -> Result:
        """Do some work; a failure goes into the resource's record, in state `failed`."""
        try:
            return work()
        except AwsError as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001 (the boundary: a broken type fails its resource, not the operation)
            _log.exception("resource %s of %s", logical_id, stack["StackName"])
            reason = f"local_aws could not do this: {error!r}"
        if failed is not None:
            self._stacks.enter_resource(stack, resource, failed, reason)
        raise ResourceFailedError(logical_id, reason)


def _as_made(resource: Record, made: Made) -> Record:
    return {**resource, "PhysicalResourceId": made.physical_id, "_Attributes": dict(made.attributes)}
