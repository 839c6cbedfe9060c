"""The graph of a workflow: triggers, jobs and crawlers as nodes, and what leads to what as edges."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from local_aws.kernel.records import Record, public, selected
from local_aws.services.glue.workflows.predicates import Node, node_of

_CRAWL_MEMBERS = ("State", "StartedOn", "CompletedOn", "ErrorMessage", "LogGroup", "LogStream")
_RUN_MEMBERS = ("StartedOn", "CompletedOn", "ErrorMessage")


def workflow_graph(workflow: str, triggers: Sequence[Record], details: Mapping[Node, Record] | None = None) -> Record:
    """Return a ``WorkflowGraph``.

    Parameters
    ----------
    details
        What a run's graph tells of jobs and crawlers, from `run_details`; None for the graph of a definition.
    """
    nodes: dict[Node, Record] = {}
    edges: list[Record] = []

    def unique_id(node: Node) -> str:
        if node not in nodes:
            node_details = (details or {}).get(node, _no_details(node) if details is not None else {})
            nodes[node] = {"Type": node[0], "Name": node[1], "UniqueId": _unique_id(workflow, node), **node_details}
        return nodes[node]["UniqueId"]

    for trigger in triggers:
        node = ("TRIGGER", trigger["Name"])
        at = unique_id(node)
        nodes[node]["TriggerDetails"] = {"Trigger": trigger}
        conditions = trigger.get("Predicate", {}).get("Conditions", [])
        edges += [{"SourceId": unique_id(node_of(condition)), "DestinationId": at} for condition in conditions]
        edges += [{"SourceId": at, "DestinationId": unique_id(node_of(action))} for action in trigger["Actions"]]
    return {"Nodes": list(nodes.values()), "Edges": edges}


def run_details(actions: Iterable[Record], job_runs: Iterable[Record]) -> dict[Node, Record]:
    """Return the ``JobDetails`` and ``CrawlerDetails`` of a run's nodes."""
    details: dict[Node, Record] = {}
    for run in job_runs:
        node = ("JOB", run["JobName"])
        details.setdefault(node, _no_details(node))["JobDetails"]["JobRuns"].append(public(run))
    for action in actions:
        node = (action["Type"], action["Name"])
        node_details = details.setdefault(node, _no_details(node))
        if action["Type"] == "CRAWLER":
            node_details["CrawlerDetails"]["Crawls"].append(selected(action, _CRAWL_MEMBERS))
        elif action["State"] == "ERROR":
            node_details["JobDetails"]["JobRuns"].append(_run_that_never_was(action))
    return details


def _no_details(node: Node) -> Record:
    details: dict[str, Record] = {
        "JOB": {"JobDetails": {"JobRuns": []}},
        "CRAWLER": {"CrawlerDetails": {"Crawls": []}},
        "TRIGGER": {},
    }
    return details[node[0]]


def _run_that_never_was(action: Record) -> Record:
    """Show a job that could not be started as Glue does: as a run in state ERROR."""
    run = {"Id": action["Id"], "JobName": action["Name"], "TriggerName": action["Trigger"], "JobRunState": "ERROR"}
    return {**run, **selected(action, _RUN_MEMBERS)}


def _unique_id(workflow: str, node: Node) -> str:
    return f"wnode_{hashlib.sha256('/'.join((workflow, *node)).encode()).hexdigest()}"
