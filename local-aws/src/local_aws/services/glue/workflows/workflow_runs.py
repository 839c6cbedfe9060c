"""Runs of workflows: StartWorkflowRun, GetWorkflowRun(s), StopWorkflowRun, and the properties of a run."""

from __future__ import annotations

import secrets
from collections import Counter

from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.glue.errors import invalid
from local_aws.services.glue.job_runs import JobRuns
from local_aws.services.glue.workflows import chains
from local_aws.services.glue.workflows.chains import Chains
from local_aws.services.glue.workflows.graph import run_details, workflow_graph
from local_aws.services.glue.workflows.trigger_records import TriggerRecords
from local_aws.services.glue.workflows.workflow_records import WorkflowRecords

_COUNTED = {
    "SucceededActions": ("SUCCEEDED",),
    "FailedActions": ("FAILED",),
    "StoppedActions": ("STOPPED", "CANCELLED"),
    "TimeoutActions": ("TIMEOUT",),
    "RunningActions": ("RUNNING",),
    "ErroredActions": ("ERROR",),
    "WaitingActions": ("WAITING",),
}
"""The states of actions that each member of a run's statistics counts; nothing waits in a queue here."""


class WorkflowRuns:
    """The runs of every workflow."""

    def __init__(
        self,
        context: Context,
        workflows: WorkflowRecords,
        triggers: TriggerRecords,
        all_chains: Chains,
        job_runs: JobRuns,
    ) -> None:
        self._records = context.records
        self._workflows = workflows
        self._triggers = triggers
        self._chains = all_chains
        self._job_runs = job_runs

    def start(self, request: Request) -> Answer:
        """Serve StartWorkflowRun: the start trigger fires."""
        name = request["Name"]
        workflow = self._workflows.find(name)
        triggers = self._triggers.of_workflow(name)
        start = next((trigger for trigger in triggers if trigger["Type"] == "ON_DEMAND"), None)
        if start is None:
            raise invalid(f"Workflow {name} has no start trigger of Type ON_DEMAND")
        run_id = f"wr_{secrets.token_hex(32)}"
        properties = {**workflow["DefaultRunProperties"], **request.get("RunProperties", {})}
        with self._chains.lock:
            active = sum(run["Status"] in chains.OPEN for run in self.of_workflow(name))
            bound = workflow.get("MaxConcurrentRuns")
            if bound is not None and active >= bound:
                raise AwsError("ConcurrentRunsExceededException", f"Concurrent runs exceeded for workflow: {name}.")
            run = {"Id": run_id, "Workflow": name, "Triggers": triggers, "Properties": properties}
            self._chains.start(run, start)
        return {"RunId": run_id}

    def get(self, request: Request) -> Answer:
        """Serve GetWorkflowRun."""
        return {"Run": self.shown(self._find(request), graph=request.get("IncludeGraph", False))}

    def get_all(self, request: Request) -> Answer:
        """Serve GetWorkflowRuns, the newest first."""
        self._workflows.find(request["Name"])
        graph = request.get("IncludeGraph", False)
        return {"Runs": (self.shown(run, graph=graph) for run in self.of_workflow(request["Name"])[::-1])}

    def stop(self, request: Request) -> Answer:
        """Serve StopWorkflowRun: its job runs and crawls end in the background."""
        self._chains.stop(self._find(request)["Id"])
        return {}

    def get_properties(self, request: Request) -> Answer:
        """Serve GetWorkflowRunProperties."""
        return {"RunProperties": self._find(request)["Properties"]}

    def put_properties(self, request: Request) -> Answer:
        """Serve PutWorkflowRunProperties: the properties are added, or override those that exist."""
        run_id = self._find(request)["Id"]
        self._records.update(chains.KIND, run_id, lambda run: run["Properties"].update(request["RunProperties"]))
        return {}

    def of_workflow(self, name: str) -> list[Record]:
        """Return the runs of a workflow, the oldest first."""
        return self._records.list(chains.KIND, {"Workflow": name})

    def remove(self, name: str) -> None:
        """Forget the runs of a workflow; what they have running goes on by itself."""
        with self._chains.lock:
            for run in self.of_workflow(name):
                self._records.delete(chains.KIND, run["Id"])

    def shown(self, run: Record, *, graph: bool) -> Record:
        """Return a run as the API shows it."""
        states = Counter(action["State"] for action in run["Actions"])
        statistics = {member: sum(states[state] for state in counted) for member, counted in _COUNTED.items()}
        shown = {
            "Name": run["Workflow"],
            "WorkflowRunId": run["Id"],
            "WorkflowRunProperties": run["Properties"],
            "StartedOn": run["StartedOn"],
            "Status": run["Status"],
            "Statistics": {"TotalActions": sum(len(t["Actions"]) for t in run["Triggers"]), **statistics},
        }
        if "CompletedOn" in run:
            shown["CompletedOn"] = run["CompletedOn"]
        if graph:
            details = run_details(run["Actions"], self._job_runs.of_chain(run["Id"]))
            shown["Graph"] = workflow_graph(run["Workflow"], run["Triggers"], details)
        return shown

    def _find(self, request: Request) -> Record:
        self._workflows.find(request["Name"])
        run = self._records.get(chains.KIND, request["RunId"])
        if run is None or run["Workflow"] != request["Name"]:
            raise AwsError(
                "EntityNotFoundException", f"Workflow {request['Name']} has no run with id {request['RunId']}"
            )
        return run
