"""The graph of a definition: which steps must end before each step. It is checked as a whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from local_aws.services.sagemaker.pipelines.cleanup_sources import cleanup_sources
from local_aws.services.sagemaker.pipelines.definition import Definition, Step
from local_aws.services.sagemaker.pipelines.errors import DefinitionError
from local_aws.services.sagemaker.pipelines.expressions import EXECUTION_VARIABLES, Reference, is_expression, references
from local_aws.services.sagemaker.pipelines.paths import render_path

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

    def settled(self, names: Collection[str]) -> frozenset[str]:
        """Return those of the named steps all of whose upstream steps are named, too.

        A step that has run on another's failure is not, where only the steps that have succeeded are named.
        """
        settled = frozenset(names)
        while unsettled := {name for name in settled if not self.dependencies.get(name, frozenset()) <= settled}:
            settled -= unsettled
        return settled


def build_graph(definition: Definition) -> Graph:
    """Return the graph of a definition whose references, dependencies and branches are consistent."""
    dependencies = {step.name: _dependencies(step, definition) for step in definition.steps.values()}
    try:
        order = list(TopologicalSorter(dependencies).static_order())
    except CycleError as error:
        raise DefinitionError(f"steps depend on each other in a circle: {' -> '.join(error.args[1])}") from error
    required: dict[str, Outcomes] = {}
    for name in order:
        required[name] = _required_outcomes(definition.steps[name], dependencies[name], required)
    return Graph(definition.steps, dependencies, required)


def _dependencies(step: Step, definition: Definition) -> frozenset[str]:
    names = {condition for condition, _ in step.branches} | set(step.depends_on)
    try:
        if step.type_name == "Cleanup":
            names |= cleanup_sources(step, definition.steps)
        for reference in references(step.arguments):
            _check_reference(reference, definition)
            if reference.root == "Steps":
                names.add(reference.name)
    except DefinitionError as error:
        raise DefinitionError(f"step {step.name!r}: {error}") from error
    for name in sorted(names):
        other = definition.steps.get(name)
        if other is None:
            raise DefinitionError(f"step {step.name!r} depends on step {name!r}, which is not in the definition")
        if other.type_name == "Fail" or (other.type_name == "Condition" and name in step.depends_on):
            raise DefinitionError(f"{step.name} can not depends on {name}, a step of type {other.type_name}")
    return frozenset(names)


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
    if step is not None and step.type_name == "Cleanup":
        raise DefinitionError(f"step {step.name!r} is of type Cleanup, which has no properties")
    if step is not None and step.type_name == "Lambda":
        _check_output_parameter(step, reference)


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


def _check_output_parameter(step: Step, reference: Reference) -> None:
    names = [output["OutputName"] for output in step.arguments["OutputParameters"]]
    if len(reference.path) != 2 or reference.path[0] != "OutputParameters" or reference.path[1] not in names:
        raise DefinitionError(
            f"step {step.name!r} has no {render_path(reference.path)}; it has "
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
