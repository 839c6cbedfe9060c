"""A template: its sections, checked, and the resources that it declares."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.services.cloudformation.errors import invalid, unsupported
from local_aws.services.cloudformation.templates.expressions import references
from local_aws.services.cloudformation.templates.parameters import check_declarations
from local_aws.services.cloudformation.templates.text import read_template

PSEUDO_PARAMETERS = frozenset(
    {
        *("AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region"),
        *("AWS::StackId", "AWS::StackName", "AWS::URLSuffix"),
    }
)
_SECTIONS = frozenset(
    {
        *("AWSTemplateFormatVersion", "Conditions", "Description", "Mappings", "Metadata", "Outputs", "Parameters"),
        *("Resources",),
    }
)
_UNSUPPORTED_SECTIONS = ("Hooks", "Rules", "Transform")
_ATTRIBUTES = frozenset(
    {"Condition", "DeletionPolicy", "DependsOn", "Metadata", "Properties", "Type", "UpdateReplacePolicy"}
)
_UNSUPPORTED_ATTRIBUTES = ("CreationPolicy", "UpdatePolicy")
_POLICIES = {
    "DeletionPolicy": ("Delete", "Retain", "RetainExceptOnCreate"),
    "UpdateReplacePolicy": ("Delete", "Retain"),
}
_LOGICAL_ID = re.compile(r"[A-Za-z0-9]+", re.ASCII)
_MAX_RESOURCES = 500
_MAX_DESCRIPTION = 1024


@dataclass(frozen=True)
class Template:
    """A template that is well-formed."""

    text: str
    document: Mapping[str, Any]

    @classmethod
    def of(cls, text: str) -> Template:
        """Read and check a template."""
        template = cls(text, read_template(text))
        template._check_sections()
        check_declarations(template.parameters)
        for logical_id, resource in template.resources.items():
            _check_resource(logical_id, resource)
        template._check_names()
        return template

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters' declarations."""
        return self.section("Parameters")

    @property
    def resources(self) -> dict[str, Any]:
        """The resources, by logical id, those whose condition does not hold among them."""
        return self.section("Resources")

    @property
    def outputs(self) -> dict[str, Any]:
        """The outputs."""
        return self.section("Outputs")

    def section(self, name: str) -> dict[str, Any]:
        """Return a section; empty when the template has none."""
        return self.document.get(name) or {}

    def _check_sections(self) -> None:
        for name in self.document:
            if name in _UNSUPPORTED_SECTIONS:
                raise unsupported(f"the section {name}", "a template")
            if name not in _SECTIONS:
                raise invalid(f"Invalid template property or properties [{name}]")
        others = _SECTIONS - {"AWSTemplateFormatVersion", "Description", "Resources"}
        for name in ("Resources", *sorted(others)):
            section = self.document.get(name)
            if section is not None and not isinstance(section, dict):
                what = "Any Resources member" if name == "Resources" else name
                raise invalid(f"Template format error: {what} must be an object.")
        version = self.document.get("AWSTemplateFormatVersion", "2010-09-09")
        if version != "2010-09-09":
            raise invalid(f"Template format error: unsupported value for AWSTemplateFormatVersion: {version}")
        for where, holder in (("the template", self.document), *self.outputs.items(), *self.parameters.items()):
            described = holder.get("Description", "-") if isinstance(holder, dict) else "-"
            if not isinstance(described, str) or not 1 <= len(described) <= _MAX_DESCRIPTION:
                raise invalid(f"Template format error: Description of {where} must be text of at most 1024 characters")
        if not self.resources:
            raise invalid("Template format error: At least one Resources member must be defined.")
        if len(self.resources) > _MAX_RESOURCES:
            raise invalid(
                f"Template format error: Number of resources, {len(self.resources)}, is greater than maximum allowed, "
                f"{_MAX_RESOURCES}"
            )
        for name, output in self.outputs.items():
            if isinstance(output, dict) and "Value" in output and output["Value"] is None:
                raise invalid(f"[/Outputs/{name}/Value] 'null' values are not allowed in templates")
            if not isinstance(output, dict) or "Value" not in output:
                raise invalid(f"Template format error: Every Outputs member must contain a Value object ({name})")
            unknown = sorted(output.keys() - {"Condition", "Description", "Export", "Value"})
            if unknown:
                raise invalid(f"Invalid template output property '{unknown[0]}' ({name})")
            _check_condition(name, output)
            export = output.get("Export", {"Name": ""})
            if not isinstance(export, dict) or export.keys() != {"Name"}:
                raise invalid(f"Template format error: Export of output {name} must be an object with a Name")

    def _check_names(self) -> None:
        """Check that every name that is referred to is declared."""
        values = {*self.parameters, *PSEUDO_PARAMETERS}
        for section in ("Conditions", "Resources", "Outputs"):
            resources = set() if section == "Conditions" else set(self.resources)
            missing = {
                reference.name
                for reference in references(self.section(section))
                if reference.name not in resources and (reference.name not in values or reference.attribute is not None)
            }
            if section == "Resources":
                missing |= {name for item in self.resources.values() for name in depends_on(item)} - resources
            if missing:
                raise invalid(
                    f"Template format error: Unresolved resource dependencies [{', '.join(sorted(missing))}] in the "
                    f"{section} block of the template"
                )
        conditions = {
            item["Condition"] for item in (*self.resources.values(), *self.outputs.values()) if "Condition" in item
        }
        for name in sorted(conditions - self.section("Conditions").keys()):
            raise invalid(f"Template format error: Unresolved condition dependency {name}")
        _check_mappings(self.section("Mappings"))


def depends_on(resource: Mapping[str, Any]) -> list[str]:
    """Return the logical ids in a resource's DependsOn."""
    named = resource.get("DependsOn", [])
    return [named] if isinstance(named, str) else list(named)


def _check_mappings(mappings: Mapping[str, Any]) -> None:
    """Check that mappings have keys, and these attributes."""
    for mapping in mappings.values():
        if not isinstance(mapping, dict):
            raise invalid("Template format error: Every Mappings object must be a map")
        for key, attributes in mapping.items():
            if not isinstance(attributes, dict):
                raise invalid(f"Template format error: Every Mappings member {key} must be a map")
            if any(isinstance(value, dict) for value in attributes.values()):
                raise invalid("Template format error: Every Mappings attribute must be a String or a List.")


def _check_condition(name: str, holder: Mapping[str, Any]) -> None:
    if not isinstance(holder.get("Condition", ""), str):
        raise invalid(f"Template format error: Condition of {name} must be the name of a condition")


def _check_resource(logical_id: str, resource: Any) -> None:
    if not _LOGICAL_ID.fullmatch(logical_id):
        raise invalid(f"Template format error: Resource name {logical_id} is non alphanumeric.")
    if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
        raise invalid(
            f"Template format error: [/Resources/{logical_id}] Every Resources object must contain a Type member."
        )
    for name in _UNSUPPORTED_ATTRIBUTES:
        if name in resource:
            raise unsupported(name, f"resource {logical_id}")
    unknown = sorted(resource.keys() - _ATTRIBUTES)
    if unknown:
        raise invalid(f"Invalid template resource property '{unknown[0]}'")
    _check_condition(logical_id, resource)
    if not isinstance(resource.get("Properties") or {}, dict):
        raise invalid(f"Template format error: [/Resources/{logical_id}/Properties] must be an object")
    for name, allowed in _POLICIES.items():
        if name in resource and resource[name] not in allowed:
            what = f"{name} {resource[name]!r} (supported: {', '.join(allowed)})"
            raise unsupported(what, f"resource {logical_id}")
    named = resource.get("DependsOn", [])
    if not isinstance(named, str | list) or not all(isinstance(name, str) for name in named):
        raise invalid(f"Template format error: DependsOn of {logical_id} must be a string or a list of strings")
