"""Chains: what one start of an ON_DEMAND trigger sets off, link by link. A workflow run is a chain of a workflow.

A chain's record holds the actions that have been started, with the ids of their job runs and crawls, and the triggers
that have fired: each fires once a chain, so every chain comes to an end. What is about to start is recorded first; a
server that dies in between finds it in `Chains.recover`. Nothing polls: the end of a job run or crawl moves its chain.
"""

from __future__ import annotations

import logging
import secrets
import threading
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, selected
from local_aws.kernel.work import SERVER_STOPPED
from local_aws.services.glue.attempts import first_attempt
from local_aws.services.glue.crawls import Crawls
from local_aws.services.glue.firing import Firing
from local_aws.services.glue.job_runs import JobRuns
from local_aws.services.glue.workflows.predicates import Node, is_met, node_of, watches
from local_aws.services.glue.workflows.trigger_records import TriggerRecords

KIND = "glue-chain"
OPEN = ("RUNNING", "STOPPING")
"""The statuses of chains that go on."""

_AFTER = {"RUNNING": "COMPLETED", "STOPPING": "STOPPED"}
_log = logging.getLogger(__name__)


class Chains:
    """Starts, moves and stops chains.

    Parameters
    ----------
    runs, crawls
        Start job runs and crawls, and tell when they have ended.
    """

    def __init__(self, context: Context, triggers: TriggerRecords, runs: JobRuns, crawls: Crawls) -> None:
        self._records = context.records
        self._triggers = triggers
        self._runs = runs
        self._crawls = crawls
        self._closing = False
        self.lock = threading.RLock()
        """Held while a chain moves; hold it to look at chains and start one in one step."""
        runs.listen(self._on_job_run_end)
        crawls.listen(self._on_crawl_end)

    def start(self, chain: Record, start: Record) -> list[AwsError]:
        """Record a new chain and fire its start trigger.

        Parameters
        ----------
        chain
            Its ``Id``, and for a workflow run ``Workflow``, ``Triggers`` (as they are now) and ``Properties``.

        Returns
        -------
        list
            Why those actions that could not be started were not.
        """
        new = {"Workflow": None, "Triggers": [], **chain, "Status": "RUNNING", "StartedOn": now()}
        with self.lock:
            self._records.insert(KIND, chain["Id"], {**new, "Fired": [], "Actions": []})
            errors = self._fire(new, start, [])
            self._end_if_done(chain["Id"])
        return errors

    def stop(self, chain_id: str) -> None:
        """Stop what a chain has running; no more of its triggers fire.

        Raises
        ------
        AwsError
            ``IllegalWorkflowStateException`` if it does not run.
        """

        def mark(chain: Record) -> None:
            if chain["Status"] != "RUNNING":
                raise AwsError("IllegalWorkflowStateException", f"Workflow run {chain_id} is {chain['Status']}")
            chain["Status"] = "STOPPING"

        with self.lock:
            chain = self._records.update(KIND, chain_id, mark)
            for action in _running(chain):
                if action["Type"] == "CRAWLER":
                    self._crawls.stop_fired(action["Name"], action["Id"])
                else:
                    run = self._last_attempt(chain_id, action["Id"])
                    if run is not None:
                        self._runs.batch_stop({"JobName": action["Name"], "JobRunIds": [run["Id"]]})

    def recover(self) -> None:
        """Move the chains of a server that died, whose job runs and crawls have been put right."""
        with self.lock:
            for chain in self._records.list(KIND):
                if chain["Status"] not in OPEN:
                    continue
                for action in _running(chain):
                    self._record_end(chain["Id"], action["Id"], self._end_of(chain["Id"], action))
                self._move(chain["Id"], [_node(action) for action in chain["Actions"]])

    def close(self) -> None:
        """Move no more: what ends because the server stops is looked at in `recover`."""
        with self.lock:
            self._closing = True

    def _on_job_run_end(self, run: Record) -> None:
        self._on_end(run["_chain"], first_attempt(run["Id"]), _end_of_run(run))

    def _on_crawl_end(self, crawler: Record) -> None:
        self._on_end(crawler["_chain"], crawler["_crawl_id"], _end_of_crawl(crawler["LastCrawl"]))

    def _on_end(self, chain_id: str, action_id: str, end: Record) -> None:
        with self.lock:
            chain = None if self._closing else self._record_end(chain_id, action_id, end)
            if chain is not None:
                self._move(chain_id, [_node(action) for action in chain["Actions"] if action["Id"] == action_id])

    def _move(self, chain_id: str, nodes: Iterable[Node]) -> None:
        """Fire the triggers that watch `nodes` and whose predicates have come true, and end a chain that is done."""
        chain = self._records.get(KIND, chain_id)
        if chain is None:
            return
        if chain["Status"] == "RUNNING":
            latest = {_node(action): action for action in chain["Actions"]}
            ends = {node: action["State"] for node, action in latest.items() if action["State"] != "RUNNING"}
            for trigger in chain["Triggers"] or self._triggers.of_workflow(None):
                concerned = trigger["Name"] not in chain["Fired"] and any(watches(trigger, node) for node in nodes)
                if concerned and is_met(trigger["Predicate"], ends) and self._triggers.is_activated(trigger["Name"]):
                    self._fire(chain, trigger, _predecessors(trigger, latest))
        self._end_if_done(chain_id)

    def _fire(self, chain: Record, trigger: Record, predecessors: list[Record]) -> list[AwsError]:
        """Record what a trigger starts, then start it."""
        actions = [_new_action(trigger["Name"], action) for action in trigger["Actions"]]

        def note(record: Record) -> None:
            record["Fired"].append(trigger["Name"])
            record["Actions"] += actions

        self._records.update(KIND, chain["Id"], note)
        errors = []
        for definition, action in zip(trigger["Actions"], actions, strict=True):
            try:
                self._start(chain, definition, Firing(action["Id"], trigger["Name"], chain["Id"], predecessors))
            except AwsError as error:
                _log.warning("trigger %s could not start %s: %s", trigger["Name"], action["Name"], error)
                end = {"State": "ERROR", "CompletedOn": now(), "ErrorMessage": error.message}
                self._record_end(chain["Id"], action["Id"], end)
                errors.append(error)
        return errors

    def _start(self, chain: Record, definition: Mapping[str, Any], firing: Firing) -> None:
        if "CrawlerName" in definition:
            self._crawls.start_fired(definition["CrawlerName"], firing)
            return
        arguments = dict(definition.get("Arguments", {}))
        if chain["Workflow"] is not None:
            arguments |= {"--WORKFLOW_NAME": chain["Workflow"], "--WORKFLOW_RUN_ID": chain["Id"]}
        timeout = {"Timeout": definition["Timeout"]} if "Timeout" in definition else {}
        self._runs.start_fired({"JobName": definition["JobName"], "Arguments": arguments, **timeout}, firing)

    def _record_end(self, chain_id: str, action_id: str, end: Record) -> Record | None:
        """Record how an action ended, and return the chain, None if it is gone."""

        def change(chain: Record) -> None:
            for action in chain["Actions"]:
                if action["Id"] == action_id:
                    action.update(end)

        try:
            return self._records.update(KIND, chain_id, change)
        except KeyError:
            return None

    def _end_if_done(self, chain_id: str) -> None:
        chain = self._records.get(KIND, chain_id)
        if chain is None or _running(chain):
            return
        if chain["Workflow"] is None:
            self._records.delete(KIND, chain_id)
            return
        self._records.update(
            KIND, chain_id, lambda record: record.update(Status=_AFTER[record["Status"]], CompletedOn=now())
        )

    def _end_of(self, chain_id: str, action: Record) -> Record:
        """Return how an action ended that ran when the server died."""
        if action["Type"] == "JOB":
            run = self._last_attempt(chain_id, action["Id"])
            if run is not None:
                return _end_of_run(run)
        else:
            crawl = self._crawls.last_of(action["Name"])
            if crawl is not None and crawl["MessagePrefix"] == action["Id"]:
                return _end_of_crawl(crawl)
        return {"State": "ERROR", "CompletedOn": now(), "ErrorMessage": SERVER_STOPPED}

    def _last_attempt(self, chain_id: str, run_id: str) -> Record | None:
        attempts = [run for run in self._runs.of_chain(chain_id) if first_attempt(run["Id"]) == run_id]
        return attempts[-1] if attempts else None


def _new_action(trigger: str, definition: Mapping[str, Any]) -> Record:
    kind, name = node_of(definition)
    action_id = f"jr_{secrets.token_hex(32)}" if kind == "JOB" else str(uuid.uuid4())
    return {"Trigger": trigger, "Type": kind, "Name": name, "Id": action_id, "State": "RUNNING", "StartedOn": now()}


def _node(action: Record) -> Node:
    return action["Type"], action["Name"]


def _running(chain: Record) -> list[Record]:
    return [action for action in chain["Actions"] if action["State"] == "RUNNING"]


def _end_of_run(run: Record) -> Record:
    return {"State": run["JobRunState"], "RunId": run["Id"], "CompletedOn": run["CompletedOn"]}


def _end_of_crawl(crawl: Record) -> Record:
    members: Record = selected(crawl, ("LogGroup", "LogStream", "ErrorMessage"))
    return {"State": crawl["Status"], "CompletedOn": now(), **members}


def _predecessors(trigger: Record, latest: Mapping[Node, Record]) -> list[Record]:
    """Return the job runs that a trigger has waited for."""
    watched = [latest.get(node_of(condition)) for condition in trigger["Predicate"]["Conditions"]]
    return [{"JobName": action["Name"], "RunId": action["RunId"]} for action in watched if action and "RunId" in action]
