"""Reads a pipeline definition (schema version 2020-12-01) into steps and parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from local_aws.kernel.nested_json import read_json
from local_aws.services.sagemaker.pipelines.arguments import check_references
from local_aws.services.sagemaker.pipelines.errors import DefinitionError
from local_aws.services.sagemaker.pipelines.expressions import Iteration, PropertyFile
from local_aws.services.sagemaker.pipelines.parameters import Parameter, parse_parameters
from local_aws.services.sagemaker.pipelines.retry import RetryPolicy, parse_policies
from local_aws.services.sagemaker.pipelines.step_type import StepType
from local_aws.services.sagemaker.pipelines.triggers import parse_depends_on

VERSION = "2020-12-01"

_MEMBERS = frozenset({"Version", "Metadata", "Parameters", "PipelineExperimentConfig", "MlflowConfig", "Steps"})
_STEP_MEMBERS = frozenset({"Name", "Type", "Arguments", "DependsOn", "DisplayName", "Description", "CacheConfig"})
_STEP_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")
_DURATION = re.compile(
    r"P?(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?)?",
    re.IGNORECASE,
)
_DAYS = {"years": 365, "months": 30, "weeks": 7, "days": 1}


@dataclass(frozen=True)
class Step:
    """One step."""

    name: str
    type_name: str
    arguments: dict[str, Any]
    """What is resolved when it runs, e.g. the conditions of a Condition step; see `StepType.own_arguments`."""
    branches: tuple[tuple[str, bool], ...] = ()
    """The branches that it is in, outermost first: (Condition step, outcome)."""
    depends_on: tuple[str, ...] = ()
    """Steps named in ``DependsOn``."""
    display_name: str | None = None
    description: str | None = None
    cache_age: timedelta | None = None
    """How old a run may be to be used again; None when the step is not cached."""
    property_files: Mapping[str, PropertyFile] = field(default_factory=dict)
    retry_policies: tuple[RetryPolicy, ...] = ()
    triggers: Mapping[str, str] = field(default_factory=dict)
    """How each step in `depends_on` must end; others that the step depends on must succeed. See `triggers`."""
    body: tuple[Step, ...] = ()
    """What a ForEach step runs for each item."""
    iteration: Iteration | None = None
    """Which iteration runs it, of a step that a ForEach step has made of one of its body."""


@dataclass(frozen=True)
class Definition:
    """A pipeline definition whose parts are well-formed; the steps of branches follow their Condition."""

    parameters: Mapping[str, Parameter]
    steps: Mapping[str, Step]


def parse_definition(text: str, step_types: Mapping[str, StepType]) -> Definition:
    """Read a definition; `DefinitionError` says what is wrong with it, or cannot be run here."""
    try:
        document = read_json(text)
    except ValueError as error:
        raise DefinitionError(f"it is not valid JSON: {error}") from error
    if not isinstance(document, dict):
        raise DefinitionError("it is not a JSON object")
    _refuse_unknown(document, _MEMBERS, "the definition")
    if document.get("Version") != VERSION:
        raise DefinitionError(f"Version {document.get('Version')!r} is not supported; use {VERSION!r}")
    if document.get("MlflowConfig") is not None:
        raise DefinitionError("local_aws does not support MlflowConfig of the definition; remove it to run here")
    steps: dict[str, Step] = {}
    for step in _steps(document.get("Steps"), (), step_types):
        if step.name in steps:
            raise DefinitionError(f"Step names must be unique, but two steps are named {step.name!r}")
        steps[step.name] = step
    if not steps:
        raise DefinitionError("a pipeline has at least one step")
    bodies = [inner for step in steps.values() for inner in step.body]
    _check_body_names(steps, bodies)
    parameters = parse_parameters(document.get("Parameters") or [])
    for step in (*steps.values(), *bodies):
        if operation := step_types[step.type_name].operation:
            check_references(operation, step.arguments, parameters)
    return Definition(parameters, steps)


def _check_body_names(steps: Mapping[str, Step], bodies: Sequence[Step]) -> None:
    """Raise an error if a step of a body, or one of its iterations, would have the name of another step."""
    seen = set(steps)
    for inner in bodies:
        if inner.name in seen:
            raise DefinitionError(f"Step names must be unique, but two steps are named {inner.name!r}")
        seen.add(inner.name)
        for name in steps:
            if re.fullmatch(rf"{re.escape(inner.name)}-\d+", name):
                raise DefinitionError(
                    f"step {name!r} has the name that an iteration gives to the step {inner.name!r} of a ForEach "
                    "step's body; rename one of them"
                )


def _steps(nodes: Any, branches: tuple[tuple[str, bool], ...], step_types: Mapping[str, StepType]) -> Iterator[Step]:
    if not isinstance(nodes, list):
        raise DefinitionError(f"steps are a list, not {nodes!r}")
    for node in nodes:
        if not isinstance(node, dict):
            raise DefinitionError(f"a step is an object, not {node!r}")
        try:
            step = _step(node, branches, step_types)
        except DefinitionError as error:
            raise DefinitionError(f"step {node.get('Name')!r}: {error}") from error
        yield step
        if step.type_name == "Condition":
            if branches:
                raise DefinitionError(
                    f"step {step.name!r} is a Condition in a branch of {branches[-1][0]!r}; Condition steps cannot be "
                    "nested: put it beside the other and let it depend on a step of that branch"
                )
            for member, outcome in (("IfSteps", True), ("ElseSteps", False)):
                inner = node["Arguments"].get(member) or []
                yield from _steps(inner, (*branches, (step.name, outcome)), step_types)


def _step(node: dict[str, Any], branches: tuple[tuple[str, bool], ...], step_types: Mapping[str, StepType]) -> Step:
    name, type_name, arguments = node.get("Name"), node.get("Type"), node.get("Arguments")
    if not isinstance(name, str) or not _STEP_NAME.fullmatch(name):
        raise DefinitionError(f"a step's Name matches {_STEP_NAME.pattern}")
    if not isinstance(type_name, str) or type_name not in step_types:
        raise DefinitionError(
            f"local_aws does not support step type {type_name!r} (supported: {', '.join(step_types)})"
        )
    step_type = step_types[type_name]
    _refuse_unknown(node, _STEP_MEMBERS | step_type.members, f"a step of type {type_name}")
    if not isinstance(arguments, dict):
        raise DefinitionError(f"Arguments is an object, not {arguments!r}")
    step_type.check(arguments)
    cache_age = parse_cache_config(node["CacheConfig"]) if node.get("CacheConfig") else None
    if cache_age is not None and not step_type.cache_attributes:
        raise DefinitionError(f"steps of type {type_name} are not cached; remove CacheConfig")
    triggers = parse_depends_on(node.get("DependsOn") or [])
    return Step(
        name,
        type_name,
        step_type.own_arguments(node),
        branches,
        tuple(triggers),
        _text(node, "DisplayName", 256),
        _text(node, "Description", 3072),
        cache_age,
        _property_files(node.get("PropertyFiles") or []),
        parse_policies(node.get("RetryPolicies") or []),
        triggers,
        tuple(_steps(arguments["ForEachBody"], (), step_types)) if type_name == "ForEach" else (),
    )


def parse_duration(text: str) -> timedelta:
    """Read an ISO 8601 duration such as ``P30D``, ``30dT5h`` or ``PT16M``.

    The leading P may be missing and case does not count, as in AWS's examples. A month is 30 days, a year 365.
    """
    match = _DURATION.fullmatch(text)
    amounts = {unit: int(amount) for unit, amount in match.groupdict().items() if amount} if match else {}
    if not amounts:
        raise DefinitionError(f"ExpireAfter {text!r} is not an ISO 8601 duration such as P30D or PT12H")
    days = sum(_DAYS[unit] * amount for unit, amount in amounts.items() if unit in _DAYS)
    return timedelta(days=days, hours=amounts.get("hours", 0), minutes=amounts.get("minutes", 0))


def parse_cache_config(node: Any) -> timedelta | None:
    """Read a step's ``CacheConfig``: how old a run may be to be used again; None when caching is off."""
    if not isinstance(node, dict) or not node.keys() <= {"Enabled", "ExpireAfter"}:
        raise DefinitionError(f"CacheConfig takes Enabled and ExpireAfter, not {node!r}")
    enabled, expire_after = node.get("Enabled", False), node.get("ExpireAfter")
    if not isinstance(enabled, bool) or not isinstance(expire_after, str | None):
        raise DefinitionError(f"CacheConfig takes a boolean Enabled and a string ExpireAfter, not {node!r}")
    if not enabled:
        return None
    if expire_after is None:
        raise DefinitionError("CacheConfig is enabled without ExpireAfter, how long a run may be used again")
    return parse_duration(expire_after)


def _property_files(nodes: Any) -> dict[str, PropertyFile]:
    files: dict[str, PropertyFile] = {}
    members = ("PropertyFileName", "OutputName", "FilePath")
    for node in nodes if isinstance(nodes, list) else [nodes]:
        if not isinstance(node, dict) or sorted(node) != sorted(members):
            raise DefinitionError(f"a property file takes {', '.join(members)}, not {node!r}")
        name, output_name, file_path = (node[member] for member in members)
        if not all(isinstance(node[member], str) for member in members):
            raise DefinitionError(f"the members of a property file are strings, not {node!r}")
        if name in files:
            raise DefinitionError(f"two property files are named {name!r}")
        files[name] = PropertyFile(name, output_name, file_path)
    return files


def _text(node: dict[str, Any], member: str, max_length: int) -> str | None:
    value = node.get(member)
    if value is not None and (not isinstance(value, str) or len(value) > max_length):
        raise DefinitionError(f"{member} is a string of at most {max_length} characters, not {value!r}")
    return value


def _refuse_unknown(node: dict[str, Any], members: frozenset[str], what: str) -> None:
    if unknown := sorted(node.keys() - members):
        raise DefinitionError(f"unknown property {', '.join(map(repr, unknown))} of {what}")
