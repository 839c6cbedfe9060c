"""The parts of a template's expressions: functions, the names they refer to, and the text of ``Fn::Sub``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from local_aws.services.cloudformation.errors import invalid, unsupported

FUNCTIONS = frozenset(
    {
        *("Ref", "Fn::And", "Fn::Base64", "Fn::Equals", "Fn::FindInMap", "Fn::GetAtt", "Fn::If", "Fn::ImportValue"),
        *("Fn::Join", "Fn::Not", "Fn::Or", "Fn::Select", "Fn::Split", "Fn::Sub"),
    }
)
CONDITION_FUNCTIONS = frozenset({"Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or"})
_NEEDS_TRANSFORM = frozenset({"Fn::ForEach", "Fn::Length", "Fn::ToJsonString"})
_VARIABLE = re.compile(r"\$\{(?P<literal>!?)(?P<name>[^{}]*)\}")


@dataclass(frozen=True)
class Reference:
    """A name that an expression refers to; with `attribute` by ``Fn::GetAtt``, else by ``Ref``."""

    name: str
    attribute: str | None = None


def function_of(node: Any) -> tuple[str, Any] | None:
    """Return name and argument of a function call, None for a plain value."""
    if not isinstance(node, dict):
        return None
    names = [key for key in node if key == "Ref" or key.startswith("Fn::")]
    if not names or (len(node) > 1 and names == ["Ref"]):
        return None
    name = names[0]
    if len(node) > 1:
        raise invalid(f"Template error: {name} must stand alone, not beside {', '.join(sorted(node.keys() - {name}))}")
    if name.split("::")[:2] == ["Fn", "ForEach"] or name in _NEEDS_TRANSFORM:
        raise unsupported(f"{name}, which needs the transform AWS::LanguageExtensions,", "a template")
    if name not in FUNCTIONS:
        raise unsupported(f"the function {name}", "a template")
    return name, node[name]


def substitution(argument: Any) -> tuple[str, dict[str, Any]]:
    """Return text and variables of a ``Fn::Sub``, which may have no variables of its own."""
    if isinstance(argument, str):
        return argument, {}
    if isinstance(argument, list) and len(argument) == 2:
        text, variables = argument
        if isinstance(text, str) and isinstance(variables, dict):
            return text, variables
    raise invalid(
        "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as "
        "first argument, and an optional second argument to specify a mapping of values to replace in the string"
    )


def replaced(text: str, value: Callable[[str], str]) -> str:
    """Return a ``Fn::Sub`` text with its variables replaced."""
    return _VARIABLE.sub(
        lambda match: "${" + match["name"] + "}" if match["literal"] else value(match["name"].strip()), text
    )


def attribute_of(argument: Any) -> tuple[str, Any]:
    """Return logical id and attribute of a ``Fn::GetAtt``, a list or a text with a dot."""
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if isinstance(parts, list) and len(parts) >= 2 and all(isinstance(part, str) for part in [parts[0], *parts[2:]]):
        return parts[0], parts[1] if len(parts) == 2 else ".".join(parts[1:])
    raise invalid(
        "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource "
        "attribute"
    )


def by_name(name: str) -> Reference:
    """Return the reference that a name in a ``Fn::Sub`` text is."""
    logical_id, dot, attribute = name.partition(".")
    return Reference(logical_id, attribute if dot else None)


def references(node: Any, holds: Callable[[str], bool] | None = None) -> Iterator[Reference]:
    """Yield what an expression refers to; with `holds`, which evaluates a condition, in that branch of ``Fn::If``."""
    call = function_of(node)
    if call is None:
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        for child in children:
            yield from references(child, holds)
        return
    name, argument = call
    if name == "Ref":
        if not isinstance(argument, str):
            raise invalid("Template error: every Ref object must have a single String value.")
        yield Reference(argument)
    elif name == "Fn::GetAtt":
        logical_id, attribute = attribute_of(argument)
        yield Reference(logical_id, attribute if isinstance(attribute, str) else "")
        yield from references(attribute, holds)
    elif name == "Fn::Sub":
        text, variables = substitution(argument)
        names = [match["name"].strip() for match in _VARIABLE.finditer(text) if not match["literal"]]
        yield from (by_name(name) for name in names if name not in variables)
        yield from references(variables, holds)
    elif name == "Fn::If" and holds is not None:
        condition, yes, no = if_arguments(argument)
        yield from references(yes if holds(condition) else no, holds)
    else:
        yield from references(argument, holds)


def if_arguments(argument: Any) -> tuple[str, Any, Any]:
    """Return the condition and the two values of a ``Fn::If``."""
    if not isinstance(argument, list) or len(argument) != 3 or not isinstance(argument[0], str):
        raise invalid(
            "Template error: Fn::If requires a list argument with three parameters, the first a condition's name"
        )
    return argument[0], argument[1], argument[2]
