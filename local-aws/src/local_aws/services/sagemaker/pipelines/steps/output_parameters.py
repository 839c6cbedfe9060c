"""The output parameters that Lambda and Callback steps declare."""

from __future__ import annotations

import json
from typing import Any

from local_aws.services.sagemaker.pipelines.errors import DefinitionError

MAX_VALUE_LENGTH = 1024
TYPES: dict[str, tuple[type, ...]] = {"String": (str,), "Integer": (int,), "Float": (int, float), "Boolean": (bool,)}

_MEMBERS = {"OutputName", "OutputType"}
_MAX_OUTPUTS = 50


def check_outputs(outputs: Any) -> None:
    """Raise `DefinitionError` unless `outputs` is what a step may declare."""
    if not isinstance(outputs, list) or len(outputs) > _MAX_OUTPUTS:
        raise DefinitionError(f"OutputParameters is a list of at most {_MAX_OUTPUTS}, not {outputs!r}")
    names = set()
    for output in outputs:
        if not isinstance(output, dict) or output.keys() != _MEMBERS:
            raise DefinitionError(f"an output parameter takes OutputName and OutputType, not {output!r}")
        name, kind = output["OutputName"], output["OutputType"]
        if not isinstance(name, str) or not name or kind not in TYPES:
            raise DefinitionError(f"an output parameter has a name and a type of {', '.join(TYPES)}, not {output!r}")
        if name in names:
            raise DefinitionError(f"two output parameters are named {name!r}")
        names.add(name)


def is_of_type(value: Any, kind: str) -> bool:
    """Return whether a JSON value has a declared type."""
    return isinstance(value, TYPES[kind]) and (kind == "Boolean" or not isinstance(value, bool))


def as_declared(value: Any, kind: str) -> Any:
    """Return a value that a function returned as its declared type has it: a number declared as String is its text."""
    return text_of(value) if kind == "String" and is_of_type(value, "Float") else value


def text_of(value: Any) -> str:
    """Return a value as listings show it."""
    return value if isinstance(value, str) else json.dumps(value)
