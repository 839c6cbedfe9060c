"""A template with its parameters' values: what a stack shall become."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from local_aws.services.cloudformation.errors import invalid, unsupported
from local_aws.services.cloudformation.property_checks import with_types
from local_aws.services.cloudformation.resource_type import PhysicalResource, Properties, ResourceType
from local_aws.services.cloudformation.schemas import Schema, schema_of
from local_aws.services.cloudformation.templates.evaluation import KNOWN_AFTER_APPLY, NO_VALUE, Evaluation
from local_aws.services.cloudformation.templates.expressions import Reference, references
from local_aws.services.cloudformation.templates.parameters import as_text, typed
from local_aws.services.cloudformation.templates.template import Template, depends_on

ResourceValues = Callable[[str], PhysicalResource | None]
"""Returns a resource that exists; None for one that is yet to be created."""


class Blueprint:
    """What a stack shall become; unknown or unsupported types, unresolved names and cycles are errors."""

    def __init__(
        self,
        template: Template,
        values: Mapping[str, str],
        pseudo: Mapping[str, Any],
        tags: Sequence[Mapping[str, str]],
        types: Mapping[str, ResourceType],
        import_value: Callable[[str], str],
    ) -> None:
        check_types(template, types, pseudo["AWS::Region"])
        self.template = template
        self.values = values
        self._tags = tags
        self._region = pseudo["AWS::Region"]
        self._import_value = import_value
        named = {name: typed(template.parameters[name], value) for name, value in values.items()}
        self._names = {**named, **pseudo}
        self._conditions = self._evaluation(_no_resources)
        for condition in template.section("Conditions"):
            self._conditions.holds(condition)
        self.resources: dict[str, dict[str, Any]] = {
            logical_id: resource
            for logical_id, resource in template.resources.items()
            if "Condition" not in resource or self._conditions.holds(resource["Condition"])
        }
        self.dependencies = {logical_id: self._dependencies(logical_id) for logical_id in self.resources}
        self._outputs = {
            key: output
            for key, output in template.outputs.items()
            if "Condition" not in output or self._conditions.holds(output["Condition"])
        }
        for output in self._outputs.values():
            self._resources_of(output, "Outputs")

    @cached_property
    def order(self) -> list[str]:
        """The logical ids, each after those it depends on."""
        ordered: dict[str, None] = {}
        while len(ordered) < len(self.resources):
            ready = [
                name for name in self.resources if name not in ordered and self.dependencies[name] <= ordered.keys()
            ]
            if not ready:
                circle = sorted(self.resources.keys() - ordered.keys())
                raise invalid(f"Circular dependency between resources: [{', '.join(circle)}]")
            ordered.update(dict.fromkeys(ready))
        return list(ordered)

    def schema(self, logical_id: str) -> Schema:
        """Return the schema of a resource's type."""
        schema = schema_of(self.resources[logical_id]["Type"], self._region)
        assert schema is not None  # noqa: S101 (the constructor has checked)
        return schema

    def properties(self, logical_id: str, resources: ResourceValues) -> Properties:
        """Return a resource's properties, evaluated, typed, and with the stack's tags."""
        schema = self.schema(logical_id)
        properties = self._evaluation(resources).value(self.resources[logical_id].get("Properties") or {})
        return with_types(schema, self._tagged(schema, properties))

    def outputs(self, resources: ResourceValues) -> Iterator[dict[str, str]]:
        """Yield the outputs whose condition holds, in DescribeStacks' form."""
        evaluation = self._evaluation(resources)
        for key, output in self._outputs.items():
            value = evaluation.value(output["Value"])
            if value is NO_VALUE or value is None or isinstance(value, dict | list):
                raise invalid(
                    f"Template format error: Output {key} is malformed. The Value field of every Outputs member must "
                    "evaluate to a String."
                )
            described = {"OutputKey": key, "OutputValue": as_text(value)}
            if "Description" in output:
                described["Description"] = as_text(output["Description"])
            export_name = evaluation.value((output.get("Export") or {}).get("Name"))
            if export_name is not None and export_name is not NO_VALUE:
                described["ExportName"] = as_text(export_name)
            yield described

    def references_of(self, node: Any) -> list[Reference]:
        """Return what an expression refers to, in those branches whose conditions hold."""
        return list(references(node, self._conditions.holds))

    def _evaluation(self, resources: ResourceValues) -> Evaluation:
        def ref(logical_id: str) -> str:
            physical = resources(logical_id)
            return KNOWN_AFTER_APPLY if physical is None else physical.physical_id

        def attribute(logical_id: str, name: str) -> Any:
            if name not in self.schema(logical_id).attributes:
                raise invalid(
                    f"Template error: resource {logical_id} does not support attribute type {name} in Fn::GetAtt"
                )
            physical = resources(logical_id)
            if physical is None:
                return KNOWN_AFTER_APPLY
            if name not in physical.attributes:
                raise unsupported(f"the attribute {name}", f"resource {logical_id}")
            return physical.attributes[name]

        return Evaluation(self._names, self.template, ref, attribute, self._import_value)

    def _dependencies(self, logical_id: str) -> set[str]:
        resource = self.resources[logical_id]
        referenced = self._resources_of(resource.get("Properties"), "Resources")
        return referenced | {name for name in depends_on(resource) if name in self.resources}

    def _resources_of(self, node: Any, section: str) -> set[str]:
        """Return the resources that an expression of a section refers to; all of them must be declared."""
        names = set()
        for reference in self.references_of(node):
            if reference.name in self._names or reference.name == "AWS::NoValue":
                continue
            if reference.name not in self.resources:
                # AWS leaves the beginning out for outputs.
                where = "" if section == "Outputs" else "Template format error: "
                raise invalid(
                    f"{where}Unresolved resource dependencies [{reference.name}] in the {section} block of the template"
                )
            names.add(reference.name)
        return names

    def _tagged(self, schema: Schema, properties: Properties) -> Properties:
        """Add the stack's tags, where the type has tags; the resource's own win."""
        if not self._tags or schema.tags is None:
            return properties
        name, form = schema.tags
        own = properties.get(name) or ({} if form == "map" else [])
        if form == "map":
            if not isinstance(own, dict):
                raise invalid(f"{name} of a resource of type {schema.name} must be an object")
            return {**properties, name: {**{tag["Key"]: tag["Value"] for tag in self._tags}, **own}}
        if not isinstance(own, list):
            raise invalid(f"{name} of a resource of type {schema.name} must be a list")
        keys = [tag.get("Key") for tag in own if isinstance(tag, dict)]
        inherited = [dict(tag) for tag in self._tags if tag["Key"] not in keys]
        return {**properties, name: [*own, *inherited]}


def _no_resources(logical_id: str) -> PhysicalResource | None:
    raise invalid(f"Template format error: conditions cannot refer to the resource {logical_id}")


def check_types(template: Template, types: Mapping[str, ResourceType], region: str) -> None:
    """Check that every resource's type exists and is supported here."""
    declared = {logical_id: resource["Type"] for logical_id, resource in template.resources.items()}
    unknown = sorted(name for name in set(declared.values()) if schema_of(name, region) is None)
    if unknown:
        raise invalid(f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]")
    others = [f"{logical_id} ({name})" for logical_id, name in declared.items() if name not in types]
    if others:
        raise unsupported(f"the resources {', '.join(others)}", "the template")
