"""Runs of workflows and the properties of a run; workflows with their graphs and last runs; StartTrigger."""

from __future__ import annotations

import secrets
from collections import Counter

from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, public
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
    """The runs of every workflow, and what starts or shows them."""

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
            active = sum(run["Status"] in chains.OPEN for run in self._of_workflow(name))
            bound = workflow.get("MaxConcurrentRuns")
            if bound is not None and active >= bound:
                raise AwsError("ConcurrentRunsExceededException", f"Concurrent runs exceeded for workflow: {name}.")
            run = {"Id": run_id, "Workflow": name, "Triggers": triggers, "Properties": properties}
            self._chains.start(run, start)
        return {"RunId": run_id}

    def get(self, request: Request) -> Answer:
        """Serve GetWorkflowRun."""
        return {"Run": self._shown(self._find(request), graph=request.get("IncludeGraph", False))}

    def get_all(self, request: Request) -> Answer:
        """Serve GetWorkflowRuns, the newest first."""
        self._workflows.find(request["Name"])
        graph = request.get("IncludeGraph", False)
        return {"Runs": (self._shown(run, graph=graph) for run in self._of_workflow(request["Name"])[::-1])}

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

    def get_workflow(self, request: Request) -> Answer:
        """Serve GetWorkflow."""
        return {"Workflow": self._workflow(request["Name"], graph=request.get("IncludeGraph", False))}

    def batch_get_workflows(self, request: Request) -> Answer:
        """Serve BatchGetWorkflows."""
        workflows, missing = [], []
        for name in request["Names"]:
            try:
                workflows.append(self._workflow(name, graph=request.get("IncludeGraph", False)))
            except AwsError:
                missing.append(name)
        # The model wants at least one entry in either list.
        return {**({"Workflows": workflows} if workflows else {}), **({"MissingWorkflows": missing} if missing else {})}

    def delete_workflow(self, request: Request) -> Answer:
        """Serve DeleteWorkflow: its triggers and runs go too; a workflow that does not exist is not an error.

        What its runs have running goes on by itself.
        """
        name = request["Name"]
        for trigger in self._triggers.of_workflow(name):
            self._triggers.delete({"Name": trigger["Name"]})
        self._workflows.remove(name)
        with self._chains.lock:
            for run in self._of_workflow(name):
                self._records.delete(chains.KIND, run["Id"])
        return {"Name": name}

    def start_trigger(self, request: Request) -> Answer:
        """Serve StartTrigger: an ON_DEMAND trigger fires, a CONDITIONAL one is put on its watch."""
        trigger = self._triggers.find(request["Name"])
        if trigger["Type"] == "CONDITIONAL":
            self._triggers.set_state(trigger["Name"], "ACTIVATED")
        elif "WorkflowName" in trigger:
            self.start({"Name": trigger["WorkflowName"]})
        else:
            self._fire(public(trigger))
        return {"Name": trigger["Name"]}

    def _of_workflow(self, name: str) -> list[Record]:
        """Return the runs of a workflow, the oldest first."""
        return self._records.list(chains.KIND, {"Workflow": name})

    def _workflow(self, name: str, *, graph: bool) -> Record:
        """Return a workflow as the API shows it."""
        workflow = public(self._workflows.find(name))
        runs = self._of_workflow(name)
        if runs:
            workflow["LastRun"] = self._shown(runs[-1], graph=graph)
        if graph:
            workflow["Graph"] = workflow_graph(name, self._triggers.of_workflow(name))
        return workflow

    def _fire(self, trigger: Record) -> None:
        """Fire a trigger without a workflow; nobody but the caller will hear that nothing could be started."""
        errors = self._chains.start({"Id": f"chain_{secrets.token_hex(16)}"}, trigger)
        if len(errors) == len(trigger["Actions"]):
            raise errors[0]

    def _shown(self, run: Record, *, graph: bool) -> Record:
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
