"""The graph of a definition: which steps must end before each step. It is checked as a whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from local_aws.services.sagemaker.pipelines.definition import Definition, Step
from local_aws.services.sagemaker.pipelines.errors import DefinitionError
from local_aws.services.sagemaker.pipelines.expressions import (
    EXECUTION_VARIABLES,
    Iteration,
    Reference,
    is_expression,
    references,
)
from local_aws.services.sagemaker.pipelines.paths import Path, render_path
from local_aws.services.sagemaker.pipelines.steps.cleanup_step import cleanup_sources
from local_aws.services.sagemaker.pipelines.steps.for_each_step import PROPERTIES
from local_aws.services.sagemaker.pipelines.triggers import COMPLETED

Outcomes = Mapping[str, bool]


@dataclass(frozen=True)
class Graph:
    """The steps of a definition and their order."""

    steps: Mapping[str, Step]
    dependencies: Mapping[str, frozenset[str]]
    """The steps that a step refers to, those in its ``DependsOn``, and the Condition steps whose branches it is in.

    Each must succeed, unless the step has a trigger for it.
    """
    required_outcomes: Mapping[str, Outcomes]

    def settled(self, names: Collection[str], parents: Mapping[str, str]) -> frozenset[str]:
        """Return those of the named steps all of whose upstream steps are named, too.

        A step that has run on another's failure is not, where only the steps that have succeeded are named. `parents`
        has the ForEach steps of those that are of an iteration, which depend on what these depend on.
        """
        settled = frozenset(names)
        while unsettled := {name for name in settled if not self.dependencies[parents.get(name, name)] <= settled}:
            settled -= unsettled
        return settled


def build_graph(definition: Definition) -> Graph:
    """Return the graph of a definition whose references, dependencies and branches are consistent."""
    dependencies = {step.name: _dependencies(step, definition) for step in definition.steps.values()}
    order = _ordered(dependencies)
    required: dict[str, Outcomes] = {}
    for name in order:
        required[name] = _required_outcomes(definition.steps[name], dependencies[name], required)
    return Graph(definition.steps, dependencies, required)


def names_of_iteration(step: Step, index: int) -> dict[str, str]:
    """Return the names that the steps of a ForEach step's body have in an iteration, by those in the body."""
    return {inner.name: f"{inner.name}-{index}" for inner in step.body}


def iterations(step: Step, items: Sequence[Any]) -> Graph:
    """Return the steps that a ForEach step makes of its body: those of the first item, of the second, …"""
    steps: dict[str, Step] = {}
    dependencies: dict[str, frozenset[str]] = {}
    for index, item in enumerate(items):
        names = names_of_iteration(step, index)
        for inner in step.body:
            name = names[inner.name]
            triggers = {names[other]: trigger for other, trigger in inner.triggers.items() if other in names}
            iteration = Iteration(step.name, index, item, names)
            steps[name] = replace(inner, name=name, iteration=iteration, triggers=triggers)
            others = {*inner.depends_on, *(each.name for each in references(inner.arguments))}
            dependencies[name] = frozenset(names[other] for other in others & names.keys())
    return Graph(steps, dependencies, {name: {} for name in steps})


def _ordered(dependencies: Mapping[str, frozenset[str]]) -> list[str]:
    try:
        return list(TopologicalSorter(dependencies).static_order())
    except CycleError as error:
        raise DefinitionError(f"steps depend on each other in a circle: {' -> '.join(error.args[1])}") from error


def _dependencies(step: Step, definition: Definition) -> frozenset[str]:
    names = {condition for condition, _ in step.branches} | set(step.depends_on)
    names |= _references_to_steps(step, definition) | _dependencies_of_body(step, definition)
    for name in sorted(names):
        other = definition.steps.get(name)
        if other is None:
            for outer in definition.steps.values():
                if any(inner.name == name for inner in outer.body):
                    raise DefinitionError(
                        f"step {step.name!r} depends on step {name!r} of the body of {outer.name!r}; refer to "
                        f"Steps.{outer.name}.IterationOutputs[<index>].{name}.<member>"
                    )
            raise DefinitionError(f"step {step.name!r} depends on step {name!r}, which is not in the definition")
        if other.type_name == "Fail" or (other.type_name == "Condition" and name in step.depends_on):
            raise DefinitionError(f"{step.name} can not depends on {name}, a step of type {other.type_name}")
    return frozenset(names)


def _references_to_steps(step: Step, definition: Definition, is_in_body: bool = False) -> frozenset[str]:
    """Check the references of a step, and return the steps to which they lead."""
    names: set[str] = set()
    try:
        if step.type_name == "Cleanup":
            names |= cleanup_sources(step, definition.steps)
        for reference in references(step.arguments):
            if reference.root == "ForEach" and not is_in_body:
                raise DefinitionError("ForEach.CurrentItem has a value only in the body of a ForEach step")
            _check_reference(reference, definition)
            if reference.root == "Steps":
                names.add(reference.name)
    except DefinitionError as error:
        raise DefinitionError(f"step {step.name!r}: {error}") from error
    return frozenset(names)


def _dependencies_of_body(step: Step, definition: Definition) -> frozenset[str]:
    """Check the body of a ForEach step, and return the steps outside it on which it depends."""
    inner = {each.name: each for each in step.body}
    known = Definition(definition.parameters, {**definition.steps, **inner})
    dependencies = {
        name: _references_to_steps(each, known, is_in_body=True) | frozenset(each.depends_on)
        for name, each in inner.items()
    }
    _ordered({name: others & inner.keys() for name, others in dependencies.items()})
    for name, each in inner.items():
        outside = sorted(each.triggers.keys() - inner.keys())
        if conditional := [other for other in outside if each.triggers[other] != COMPLETED]:
            raise DefinitionError(
                f"step {name!r} of a body has a run condition for step {conditional[0]!r} outside it; give it to the "
                f"ForEach step {step.name!r}"
            )
    if selector := step.arguments.get("Selector") if step.body else None:
        _check_path(inner[selector["Step"]], selector["Path"])
    return frozenset().union(*dependencies.values()) - inner.keys()


def _check_reference(reference: Reference, definition: Definition) -> None:
    if reference.root == "Parameters" and reference.name not in definition.parameters:
        raise DefinitionError(f"parameter {reference.name!r} is not in the definition")
    if reference.root == "Execution" and reference.name not in EXECUTION_VARIABLES:
        raise DefinitionError(
            f"execution variable {reference.name!r} is not supported; use {', '.join(sorted(EXECUTION_VARIABLES))}"
        )
    step = definition.steps.get(reference.name) if reference.root == "Steps" else None
    if step is not None and reference.property_file is not None:
        _check_property_file(step, reference.property_file)
    if step is not None:
        _check_path(step, reference.path)


def _check_path(step: Step, path: Path) -> None:
    """Raise an error if a step of a type whose properties the definition says has none at a path."""
    if step.type_name == "Cleanup":
        raise DefinitionError(f"step {step.name!r} is of type Cleanup, which has no properties")
    if step.type_name == "Lambda":
        _check_output_parameter(step, path)
    elif step.type_name == "ForEach":
        inner = {each.name: each for each in step.body}
        selector = step.arguments.get("Selector")
        match path:
            case ["IterationOutputs", int(), str(name), _, *_] if name in inner:
                _check_path(inner[name], path[3:])
            case ["Selected", _, *_] if selector is not None:
                _check_path(inner[selector["Step"]], path[1:])
            case [member] if member in PROPERTIES:
                pass
            case _:
                raise DefinitionError(
                    f"step {step.name!r} has no {render_path(path)}; it has {', '.join(sorted(PROPERTIES))}, "
                    f"IterationOutputs[<index>].<{' or '.join(inner)}>.<member>"
                    + ("" if selector is None else " and Selected.<member>")
                )


def _check_property_file(step: Step, name: str) -> None:
    file = step.property_files.get(name)
    if file is None:
        raise DefinitionError(f"step {step.name!r} has no property file {name!r}")
    config = step.arguments.get("ProcessingOutputConfig", {})
    outputs = config.get("Outputs", []) if not is_expression(config) else []
    if not any(_is_output(output, file.output_name) for output in outputs):
        raise DefinitionError(
            f"property file {name!r} is in output {file.output_name!r}, which step {step.name!r} does not have"
        )


def _check_output_parameter(step: Step, path: Path) -> None:
    names = [output["OutputName"] for output in step.arguments["OutputParameters"]]
    if len(path) != 2 or path[0] != "OutputParameters" or path[1] not in names:
        raise DefinitionError(
            f"step {step.name!r} has no {render_path(path)}; it has "
            + (", ".join(f"OutputParameters['{name}']" for name in names) or "no output parameters")
        )


def _is_output(output: Any, name: str) -> bool:
    return isinstance(output, dict) and output.get("OutputName") == name


def _required_outcomes(step: Step, dependencies: frozenset[str], required: Mapping[str, Outcomes]) -> Outcomes:
    """Return the outcomes that a step's own branches and its dependencies require."""
    collected = dict(step.branches)
    for dependency in sorted(dependencies):
        for condition, outcome in required[dependency].items():
            if collected.setdefault(condition, outcome) != outcome:
                raise DefinitionError(
                    f"step {step.name!r} depends on both branches of the Condition step {condition!r} and could "
                    "never run; branches cannot be rejoined"
                )
    return collected
