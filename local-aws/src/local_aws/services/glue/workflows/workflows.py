"""Workflows with their graphs and last runs: GetWorkflow, BatchGetWorkflows, DeleteWorkflow."""

from __future__ import annotations

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, public
from local_aws.services.glue.workflows.graph import workflow_graph
from local_aws.services.glue.workflows.trigger_records import TriggerRecords
from local_aws.services.glue.workflows.workflow_records import WorkflowRecords
from local_aws.services.glue.workflows.workflow_runs import WorkflowRuns


class Workflows:
    """What concerns a workflow as a whole."""

    def __init__(self, workflows: WorkflowRecords, triggers: TriggerRecords, runs: WorkflowRuns) -> None:
        self._workflows = workflows
        self._triggers = triggers
        self._runs = runs

    def get(self, request: Request) -> Answer:
        """Serve GetWorkflow."""
        return {"Workflow": self._shown(request["Name"], graph=request.get("IncludeGraph", False))}

    def batch_get(self, request: Request) -> Answer:
        """Serve BatchGetWorkflows."""
        workflows, missing = [], []
        for name in request["Names"]:
            try:
                workflows.append(self._shown(name, graph=request.get("IncludeGraph", False)))
            except AwsError:
                missing.append(name)
        # The model wants at least one entry in either list.
        return {**({"Workflows": workflows} if workflows else {}), **({"MissingWorkflows": missing} if missing else {})}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteWorkflow: its triggers and runs go too; a workflow that does not exist is not an error."""
        name = request["Name"]
        for trigger in self._triggers.of_workflow(name):
            self._triggers.delete({"Name": trigger["Name"]})
        self._workflows.remove(name)
        self._runs.remove(name)
        return {"Name": name}

    def _shown(self, name: str, *, graph: bool) -> Record:
        workflow = public(self._workflows.find(name))
        runs = self._runs.of_workflow(name)
        if runs:
            workflow["LastRun"] = self._runs.shown(runs[-1], graph=graph)
        if graph:
            workflow["Graph"] = workflow_graph(name, self._triggers.of_workflow(name))
        return workflow
