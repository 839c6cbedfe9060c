"""Selective execution: some steps of a pipeline run, and those that they depend on are taken from an earlier execution.

Source: the developer guide's "Selective execution of pipeline steps", and the API's `SelectiveExecutionConfig`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.pipelines.graph import Graph
from local_aws.services.sagemaker.pipelines.scheduler import StepEnd


def selected_steps(configuration: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the steps that a ``SelectiveExecutionConfig`` selects."""
    return frozenset(step["StepName"] for step in configuration["SelectedSteps"])


def selected_part(graph: Graph, selected: frozenset[str]) -> Graph:
    """Return a graph of the selected steps alone, which still names what they depend on."""
    return dataclasses.replace(graph, steps={name: step for name, step in graph.steps.items() if name in selected})


def steps_to_reuse(graph: Graph, selected: frozenset[str], source_arn: str | None) -> frozenset[str]:
    """Return the steps that a selection depends on and does not have.

    Raises
    ------
    AwsError
        If a selected step is not in the definition, a step between two selected ones is left out, or another execution
        must be named and is not.
    """
    if unknown := sorted(selected - graph.steps.keys()):
        raise invalid(f"Invalid SelectedSteps: the pipeline definition has no steps [{', '.join(unknown)}]")
    ancestors = {name: _ancestors(graph, name) for name in graph.steps}
    upstream = frozenset().union(*(ancestors[name] for name in selected)) - selected
    if between := _names(graph, (name for name in upstream if ancestors[name] & selected)):
        raise invalid(
            f"Invalid SelectedSteps: all steps in all paths between two selected steps must be selected; [{between}] "
            "are between selected steps"
        )
    if upstream and source_arn is None:
        dependent = _names(graph, (name for name in selected if ancestors[name] - selected))
        raise invalid(
            f"Invalid SourcePipelineExecutionArn: null. The selected steps [{dependent}] have dependencies on "
            f"[{_names(graph, upstream)}]"
        )
    return upstream


def check_source(
    graph: Graph, selected: frozenset[str], reused: frozenset[str], source_arn: str, ends: Mapping[str, StepEnd]
) -> None:
    """Raise an error unless the selected steps can follow those of the source that have succeeded.

    Parameters
    ----------
    ends
        The steps of the source that have succeeded.
    """
    if missing := _names(graph, reused - ends.keys()):
        raise invalid(
            f"Invalid SourcePipelineExecutionArn: {source_arn}. The selected steps have dependencies on [{missing}], "
            "which have not succeeded in that execution"
        )
    for name in _in_order(graph, selected):
        for condition, outcome in graph.required_outcomes[name].items():
            if condition in reused and ends[condition].outcome != outcome:
                raise invalid(
                    f"Invalid SourcePipelineExecutionArn: {source_arn}. The selected step [{name}] is in a branch of "
                    f"[{condition}] that was not taken in that execution"
                )


def _ancestors(graph: Graph, name: str) -> frozenset[str]:
    ancestors: set[str] = set()
    pending = [name]
    while pending:
        new = graph.dependencies[pending.pop()] - ancestors
        ancestors |= new
        pending += new
    return frozenset(ancestors)


def _in_order(graph: Graph, names: Iterable[str]) -> list[str]:
    chosen = frozenset(names)
    return [name for name in graph.steps if name in chosen]


def _names(graph: Graph, names: Iterable[str]) -> str:
    return ", ".join(_in_order(graph, names))
