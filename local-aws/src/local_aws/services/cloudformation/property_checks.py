"""Checks a resource's properties against its type's schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local_aws.kernel.nested_json import read_json
from local_aws.kernel.regular_expressions import Allowance, Expression, MatchTimeoutError
from local_aws.services.cloudformation.errors import invalid
from local_aws.services.cloudformation.resource_type import Properties
from local_aws.services.cloudformation.schemas import Schema, types_of
from local_aws.services.cloudformation.templates.parameters import as_text

_MAX_FAULTS = 5


def with_types(schema: Schema, properties: Properties) -> Properties:
    """Return properties with their scalars in the types that the schema asks for.

    Templates have text where the schema wants numbers and booleans, as every parameter is text, and numbers where it
    wants text; CloudFormation takes both.
    """
    shapes = schema.document["properties"]
    return {name: _typed(schema, shapes.get(name, {}), value) for name, value in properties.items()}


def check_properties(schema: Schema, properties: Properties) -> None:
    """Raise an error that names what the schema does not allow."""
    settable = {name for name in properties if f"/properties/{name}" not in schema.read_only}
    faults = [f"#/{name}: is read-only" for name in properties if name not in settable]
    document = {**schema.document, "type": "object"}
    for fault in _validator(document).iter_errors(properties):
        place = "/".join(str(part) for part in fault.absolute_path)
        message = fault.message if len(fault.message) <= 300 else f"{fault.message[:300]}…"
        faults.append(f"#/{place}: {message}" if place else f"#: {message}")
    if faults:
        shown = "; ".join(faults[:_MAX_FAULTS])
        raise invalid(f"Properties validation failed for a resource of type {schema.name}: {shown}")


def _validator(document: Mapping[str, Any]) -> Any:
    """Return a validator whose patterns share one allowance of time."""
    # Only stacks pay for this import, not the start of the server.
    from jsonschema import Draft7Validator, ValidationError, validators

    allowance = Allowance()

    def pattern(_: Any, text: str, value: Any, __: Any) -> Iterator[ValidationError]:
        try:
            if isinstance(value, str) and not Expression(text).found_in(value, allowance):
                yield ValidationError(f"{value!r} does not match {text!r}")
        except MatchTimeoutError as error:
            yield ValidationError(f"cannot be checked: {error}")

    return validators.extend(Draft7Validator, {"pattern": pattern})(document)


def _typed(schema: Schema, shape: Mapping[str, Any], value: Any) -> Any:
    shape = schema.resolved(shape)
    allowed = types_of(shape)
    if isinstance(value, dict):
        members, patterns = shape.get("properties", {}), list(shape.get("patternProperties", {}).values())
        other = shape.get("additionalProperties")
        default = patterns[0] if len(patterns) == 1 else other if isinstance(other, dict) else {}
        return {key: _typed(schema, members.get(key, default), child) for key, child in value.items()}
    if isinstance(value, list):
        items = shape.get("items", {})
        return [_typed(schema, items if isinstance(items, dict) else {}, child) for child in value]
    if isinstance(value, str):
        return _from_text(allowed, value, shape.get("format") == "json")
    if isinstance(value, int | float) and allowed == ["string"]:
        return as_text(value)
    return value


def _from_text(allowed: list[str], text: str, is_json: bool) -> Any:
    if is_json and "object" in allowed and text.lstrip().startswith("{"):
        try:
            return read_json(text)
        except ValueError:
            return text
    if "string" in allowed or not allowed:
        return text
    try:
        if "integer" in allowed:
            return int(text)
        if "number" in allowed:
            number = float(text)
            return int(number) if number.is_integer() else number
    except ValueError:
        return text
    return {"true": True, "false": False}.get(text.lower(), text) if "boolean" in allowed else text
