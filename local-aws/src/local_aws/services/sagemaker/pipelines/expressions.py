"""The expressions of a pipeline definition: ``Get``, ``Std:Join`` and ``Std:JsonGet``.

The forms are those of schema 2020-12-01 as the SageMaker Python SDK writes them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from local_aws.kernel.nested_json import read_json
from local_aws.kernel.records import now
from local_aws.services.sagemaker.pipelines.errors import DefinitionError, NoValueError
from local_aws.services.sagemaker.pipelines.paths import Path, look_up, parse_path

EXECUTION_VARIABLES = frozenset(
    {"PipelineExecutionId", "PipelineExecutionArn", "PipelineName", "PipelineArn", "StartDateTime", "CurrentDateTime"}
)
_FUNCTIONS = frozenset({"Std:Join", "Std:JsonGet"})
_PROPERTY_FILES = "PropertyFiles"


@dataclass(frozen=True)
class Reference:
    """What a ``Get`` names."""

    root: str
    """``Parameters``, ``Execution``, ``Steps`` or ``ForEach``."""
    name: str
    path: Path = ()
    """The path into the step's properties or the current item; empty for the other roots."""

    @property
    def property_file(self) -> str | None:
        """The property file it names, if it names one."""
        return str(self.path[1]) if self.path[0:1] == (_PROPERTY_FILES,) and len(self.path) == 2 else None


@dataclass(frozen=True)
class PropertyFile:
    """A JSON file among a Processing step's outputs."""

    name: str
    output_name: str
    file_path: str


@dataclass(frozen=True)
class Iteration:
    """One iteration of a ForEach step."""

    parent: str
    index: int
    item: Any
    names: Mapping[str, str]
    """The names of its steps by those that they have in the body."""


@dataclass(frozen=True)
class Scope:
    """What expressions are resolved from."""

    parameters: Mapping[str, Any]
    execution: Mapping[str, str]
    """The value of each execution variable except ``CurrentDateTime``."""
    properties: MutableMapping[str, Mapping[str, Any]]
    """The Describe answer of each step that has succeeded; grows while the execution runs."""
    property_files: Mapping[str, Mapping[str, PropertyFile]]
    read: Callable[[str], bytes]
    """Returns the content of an S3 object by its URI; raises `NoValueError` when there is none."""
    iteration: Iteration | None = None
    """The iteration whose item is the current one, and within which its steps refer to each other."""


def references(node: Any) -> Iterator[Reference]:
    """Yield every reference in a part of a definition, and check the form of each expression."""
    if isinstance(node, list):
        for element in node:
            yield from references(element)
    elif isinstance(node, dict):
        key = _expression_key(node)
        if key is None:
            for element in node.values():
                yield from references(element)
        elif key == "Get":
            reference = _reference(node["Get"])
            if reference.path[0:1] == (_PROPERTY_FILES,):
                raise DefinitionError(f"only Std:JsonGet reads property files, not {node!r}")
            yield reference
        elif key == "Std:Join":
            yield from references(_join_arguments(node)[1])
        else:
            source, _ = _json_get_arguments(node)
            yield from [_reference(source["Get"])] if "Get" in source else references(source)


def is_expression(node: Any) -> bool:
    """Return whether a part of a definition stands for a value."""
    return isinstance(node, dict) and _expression_key(node) is not None


def resolve(node: Any, scope: Scope) -> Any:
    """Return a part of a definition with values in place of expressions; raise `NoValueError` if one has none."""
    if isinstance(node, list):
        return [resolve(element, scope) for element in node]
    if not isinstance(node, dict):
        return node
    key = _expression_key(node)
    if key is None:
        return {name: resolve(element, scope) for name, element in node.items()}
    if key == "Get":
        return _value(_reference(node["Get"]), scope)
    if key == "Std:Join":
        on, values = _join_arguments(node)
        return on.join(_text(resolve(value, scope)) for value in values)
    return _json_value(node, scope)


def timestamp(time: datetime) -> str:
    """Write a time as execution variables do: ISO 8601, UTC."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _value(reference: Reference, scope: Scope) -> Any:
    if reference.root == "Parameters":
        return scope.parameters[reference.name]
    if reference.root == "Execution":
        return timestamp(now()) if reference.name == "CurrentDateTime" else scope.execution[reference.name]
    if reference.root == "ForEach":
        return _current_item(reference.path, scope.iteration)
    name = reference.name if scope.iteration is None else scope.iteration.names.get(reference.name, reference.name)
    if name not in scope.properties:
        raise NoValueError(f"step {name} has not succeeded in this execution, so it has no properties")
    return look_up(scope.properties[name], reference.path, f"step {name}")


def _current_item(path: Path, iteration: Iteration | None) -> Any:
    """Return the item, a structure as its text, or what lies at a path in it."""
    if iteration is None:
        raise NoValueError("ForEach.CurrentItem has a value only in the body of a ForEach step")
    item = iteration.item
    if not path:
        return json.dumps(item) if isinstance(item, dict | list) else item
    origin = f"item {iteration.index} of step {iteration.parent}"
    if isinstance(item, str):
        try:
            item = read_json(item)
        except ValueError as error:
            raise NoValueError(f"{origin} is not valid JSON: {error}") from error
    return look_up(item, path, origin)


def _json_value(node: dict[str, Any], scope: Scope) -> Any:
    source, path = _json_get_arguments(node)
    if "Get" in source:
        reference = _reference(source["Get"])
        uri = _property_file_uri(reference, scope)
        origin = f"property file {reference.property_file} of step {reference.name} ({uri})"
    else:
        uri = _text(resolve(source["S3Uri"], scope))
        origin = uri
    try:
        document = read_json(scope.read(uri), parse_constant=_refuse_constant)
    except ValueError as error:
        raise NoValueError(f"{origin} is not valid JSON: {error}") from error
    return look_up(document, path, origin)


def _property_file_uri(reference: Reference, scope: Scope) -> str:
    file = scope.property_files[reference.name][str(reference.property_file)]
    path: Path = ("ProcessingOutputConfig", "Outputs", file.output_name, "S3Output", "S3Uri")
    folder = _value(Reference("Steps", reference.name, path), scope)
    return f"{str(folder).rstrip('/')}/{file.file_path}"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    raise NoValueError(f"Std:Join joins strings, numbers and booleans, not {value!r}")


def _expression_key(node: dict[str, Any]) -> str | None:
    if len(node) != 1:
        return None
    key = next(iter(node))
    if key in _FUNCTIONS or (key == "Get" and isinstance(node[key], str)):
        return key
    if key.startswith("Std:"):
        raise DefinitionError(f"function {key} is unknown; supported: {', '.join(sorted(_FUNCTIONS))}")
    return None


def _reference(text: str) -> Reference:
    try:
        root, name, *path = parse_path(text)
    except ValueError as error:
        raise DefinitionError(f"cannot read the reference {text!r}: {error}") from error
    if root in ("Parameters", "Execution") and not path:
        return Reference(str(root), str(name))
    if (root, name) == ("ForEach", "CurrentItem"):
        return Reference("ForEach", str(name), tuple(path))
    if root == "Steps" and path:
        return Reference("Steps", str(name), tuple(path))
    raise DefinitionError(
        f"cannot read the reference {text!r}; write Parameters.<name>, Execution.<variable>, Steps.<step>.<property> "
        "or, in the body of a ForEach step, ForEach.CurrentItem"
    )


def _join_arguments(node: dict[str, Any]) -> tuple[str, list[Any]]:
    body = node["Std:Join"]
    if isinstance(body, dict) and body.keys() <= {"On", "Values"} and isinstance(body.get("Values"), list):
        on = body.get("On", "")
        if isinstance(on, str):
            return on, body["Values"]
    raise DefinitionError(f"Std:Join takes a string On and a list Values, not {body!r}")


def _json_get_arguments(node: dict[str, Any]) -> tuple[dict[str, Any], Path]:
    body = node["Std:JsonGet"]
    if isinstance(body, dict) and isinstance(body.get("Path"), str):
        try:
            path = parse_path(body["Path"])
        except ValueError as error:
            raise DefinitionError(f"cannot read the Path of {node!r}: {error}") from error
        if body.keys() == {"PropertyFile", "Path"} and is_expression(body["PropertyFile"]):
            reference = _reference(body["PropertyFile"].get("Get", ""))
            if reference.property_file is not None:
                return body["PropertyFile"], path
        if body.keys() == {"S3Uri", "Path"}:
            return {"S3Uri": body["S3Uri"]}, path
    raise DefinitionError(
        "Std:JsonGet takes a Path and either PropertyFile, a Get of Steps.<step>.PropertyFiles.<name>, "
        f"or S3Uri, not {body!r}"
    )
