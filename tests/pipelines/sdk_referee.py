"""AWS's own validation of step arguments, which only release 2.257.6 of its SDK has, as a referee of definitions.

``make referees`` installs the release into a folder of its own, without its dependencies: its pins do not fit the
project's. What each step type's class passes to the validation is read from the release's source.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.pipelines.definition_validator import STEP_TYPES
from tests.pipelines.outline import walk
from tests.referees import referee_file

RELEASE = "2.257.6"

_CLASSES = {"EndpointConfigStep": "EndpointConfig", "EndpointStep": "Endpoint"}
"""The classes that validate, and the types of their steps."""


def refusals(definition: Mapping[str, Any]) -> list[str]:
    """Return what AWS's validation says against the steps of a definition; empty if it takes them all."""
    return list(_refusals(definition))


def _refusals(definition: Mapping[str, Any]) -> Iterator[str]:
    validate = _validator().validate_step_arguments
    for step in walk(definition["Steps"]):
        if step["Type"] not in STEP_TYPES:
            continue
        limits = {"operation_name": STEP_TYPES[step["Type"]].operation, **_limits().get(step["Type"], {})}
        try:
            validate(f"step {step['Name']}", step["Arguments"], service_name="sagemaker", **limits)
        except ValueError as error:
            yield str(error)


@cache
def _validator() -> Any:
    """Load the module of the release, alone: its package would import the whole SDK."""
    spec = importlib.util.spec_from_file_location("sdk_referee_validation", _file("_argument_validation.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def _limits() -> dict[str, dict[str, Any]]:
    """Return the keywords with which the release's classes validate, by the type of step."""
    limits = {}
    for node in ast.parse(_file("endpoint_step.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name in _CLASSES:
            call = next(
                inner
                for inner in ast.walk(node)
                if isinstance(inner, ast.Call) and getattr(inner.func, "id", "") == "validate_step_arguments"
            )
            keywords = {each.arg: ast.literal_eval(each.value) for each in call.keywords if each.arg}
            limits[_CLASSES[node.name]] = {key: value for key, value in keywords.items() if key != "service_name"}
    assert limits.keys() == set(_CLASSES.values()), f"release {RELEASE} validates {sorted(limits)}"
    return limits


def _file(name: str) -> Path:
    return referee_file(f"sagemaker/workflow/{name}")
