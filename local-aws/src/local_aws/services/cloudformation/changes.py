"""What an update would change, computed without changing anything."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local_aws.kernel.records import Record, selected
from local_aws.services.cloudformation.blueprint import Blueprint
from local_aws.services.cloudformation.errors import invalid
from local_aws.services.cloudformation.resource_type import PhysicalResource, Properties
from local_aws.services.cloudformation.schemas import Comparison
from local_aws.services.cloudformation.templates.evaluation import KNOWN_AFTER_APPLY

_ATTRIBUTES = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete", "Metadata": None}
"""The attributes of a resource whose changes are shown, with their defaults; records keep them with an underscore."""


@dataclass
class Preview:
    """What would change if a stack became what a blueprint declares."""

    blueprint: Blueprint
    resources: Sequence[Record]
    values_before: Mapping[str, str]
    _unknown: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._before = {resource["LogicalResourceId"]: resource for resource in self.resources}
        other_type = [
            logical_id
            for logical_id, declaration in self.blueprint.resources.items()
            if logical_id in self._before and self._before[logical_id]["ResourceType"] != declaration["Type"]
        ]
        if other_type:
            raise invalid(
                "Update of resource type is not permitted. The new template modifies resource type of the following "
                f"resources: [{', '.join(other_type)}]"
            )

    def changes(self) -> list[Record]:
        """Return the changes in ``ResourceChange``'s form, in the order in which they would be made."""
        changes = [change for logical_id in self.blueprint.order for change in self._of(logical_id)]
        dropped = [resource for name, resource in self._before.items() if name not in self.blueprint.resources]
        return changes + [_removal(resource) for resource in reversed(dropped)]

    def physical_resource(self, logical_id: str) -> PhysicalResource | None:
        """Return a resource as far as it is known before the update; for outputs, after `changes`."""
        before = self._before.get(logical_id)
        if before is None or logical_id in self._unknown or "PhysicalResourceId" not in before:
            return None
        return PhysicalResource(before["PhysicalResourceId"], before["_Attributes"])

    def _of(self, logical_id: str) -> Iterator[Record]:
        declaration = self.blueprint.resources[logical_id]
        properties = self.blueprint.properties(logical_id, self.physical_resource)
        before = self._before.get(logical_id)
        change = {"LogicalResourceId": logical_id, "ResourceType": declaration["Type"]}
        after_context = json.dumps(_context(properties, declaration))
        if before is None or "PhysicalResourceId" not in before or before["ResourceStatus"] == "CREATE_FAILED":
            self._unknown.add(logical_id)
            yield {**change, "Action": "Add", "Scope": [], "Details": [], "AfterContext": after_context}
            return
        schema = self.blueprint.schema(logical_id)
        comparison = Comparison.of(schema, before["_Properties"], properties)
        attributes = {
            name: (before.get(f"_{name}"), declaration.get(name, default))
            for name, default in _ATTRIBUTES.items()
            if before.get(f"_{name}") != declaration.get(name, default)
        }
        if not comparison.changed and not attributes and not before["ResourceStatus"].endswith("_FAILED"):
            return
        if comparison.replaces:
            self._unknown.add(logical_id)
        replaced = declaration.get("UpdateReplacePolicy", _ATTRIBUTES["UpdateReplacePolicy"])
        tag_name = schema.tags[0] if schema.tags else None
        details = [
            self._detail(logical_id, name, comparison, before["_Properties"], properties, is_tags=name == tag_name)
            for name in comparison.changed
        ]
        details += [_attribute_detail(name, *values) for name, values in attributes.items()]
        certain = [
            detail
            for detail in details
            if detail["Target"]["RequiresRecreation"] == "Always" and detail["Evaluation"] == "Static"
        ]
        yield {
            **change,
            "Action": "Modify",
            "PhysicalResourceId": before["PhysicalResourceId"],
            "Replacement": "True" if certain else "Conditional" if comparison.replaces else "False",
            "Scope": list(dict.fromkeys(detail["Target"]["Attribute"] for detail in details)),
            "Details": details,
            "BeforeContext": json.dumps(_context(before["_Properties"], before)),
            "AfterContext": after_context,
            **({"PolicyAction": f"ReplaceAnd{replaced}"} if comparison.replaces else {}),
        }

    def _detail(
        self,
        logical_id: str,
        name: str,
        comparison: Comparison,
        before: Properties,
        after: Properties,
        *,
        is_tags: bool,
    ) -> Record:
        expression = (self.blueprint.resources[logical_id].get("Properties") or {}).get(name)
        source, cause = self._source(expression)
        target: Record = {
            "Attribute": "Tags" if is_tags else "Properties",
            "RequiresRecreation": _recreation(name, comparison),
            "Path": f"/Properties/{name}",
            "AttributeChangeType": "Add" if name not in before else "Remove" if name not in after else "Modify",
        }
        if not is_tags:
            target["Name"] = name
        if name in before:
            target["BeforeValue"] = _shown(before[name])
        if name in after:
            target["AfterValue"] = _shown(after[name])
        is_dynamic = KNOWN_AFTER_APPLY in json.dumps(after.get(name))
        return {
            "Target": target,
            "Evaluation": "Dynamic" if is_dynamic else "Static",
            "ChangeSource": source,
            **({"CausingEntity": cause} if cause else {}),
        }

    def _source(self, expression: Any) -> tuple[str, str | None]:
        """Return why a property changes: by a parameter, by another resource, or by the template."""
        for reference in self.blueprint.references_of(expression):
            if reference.name in self._unknown and reference.attribute is None:
                return "ResourceReference", reference.name
            if reference.name in self._unknown:
                return "ResourceAttribute", f"{reference.name}.{reference.attribute}"
            if self.blueprint.values.get(reference.name) != self.values_before.get(reference.name):
                return "ParameterReference", reference.name
        return "DirectModification", None


def _removal(resource: Record) -> Record:
    is_kept = resource["_DeletionPolicy"] in ("Retain", "RetainExceptOnCreate")
    members: Record = selected(resource, ("LogicalResourceId", "PhysicalResourceId", "ResourceType"))
    return {
        **members,
        "Action": "Remove",
        "PolicyAction": "Retain" if is_kept else "Delete",
        "Scope": [],
        "Details": [],
        "BeforeContext": json.dumps(_context(resource["_Properties"], resource)),
    }


def _recreation(name: str, comparison: Comparison) -> str:
    for pointers, word in ((comparison.replacing, "Always"), (comparison.perhaps_replacing, "Conditionally")):
        if any(pointer.split("/")[2] == name for pointer in pointers):
            return word
    return "Never"


def _attribute_detail(name: str, before: Any, after: Any) -> Record:
    target = {
        "Attribute": name,
        "RequiresRecreation": "Never",
        "BeforeValue": _shown(before),
        "AfterValue": _shown(after),
    }
    return {"Target": target, "Evaluation": "Static", "ChangeSource": "DirectModification"}


def _context(properties: Properties, declaration: Mapping[str, Any]) -> Record:
    metadata = declaration.get("Metadata", declaration.get("_Metadata"))
    return {"Properties": properties, **({"Metadata": metadata} if metadata else {})}


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
