"""StartTrigger and StopTrigger: an ON_DEMAND trigger fires, a CONDITIONAL one is put on its watch and taken off it."""

from __future__ import annotations

import secrets

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.records import Record, public
from local_aws.services.glue.errors import invalid
from local_aws.services.glue.workflows.chains import Chains
from local_aws.services.glue.workflows.trigger_records import TriggerRecords
from local_aws.services.glue.workflows.workflow_runs import WorkflowRuns


class TriggerSwitch:
    """Starts and stops triggers."""

    def __init__(self, triggers: TriggerRecords, chains: Chains, workflow_runs: WorkflowRuns) -> None:
        self._triggers = triggers
        self._chains = chains
        self._workflow_runs = workflow_runs

    def start(self, request: Request) -> Answer:
        """Serve StartTrigger."""
        trigger = self._triggers.find(request["Name"])
        if trigger["Type"] == "CONDITIONAL":
            self._triggers.set_state(trigger["Name"], "ACTIVATED")
        elif "WorkflowName" in trigger:
            self._workflow_runs.start({"Name": trigger["WorkflowName"]})
        else:
            self._fire(public(trigger))
        return {"Name": trigger["Name"]}

    def stop(self, request: Request) -> Answer:
        """Serve StopTrigger."""
        trigger = self._triggers.find(request["Name"])
        if trigger["Type"] == "ON_DEMAND":
            raise invalid(f"Trigger {trigger['Name']} is ON_DEMAND: there is nothing to stop")
        self._triggers.set_state(trigger["Name"], "DEACTIVATED")
        return {"Name": trigger["Name"]}

    def _fire(self, trigger: Record) -> None:
        """Fire a trigger without a workflow; nobody but the caller will hear that nothing could be started."""
        errors = self._chains.start({"Id": f"chain_{secrets.token_hex(16)}"}, trigger)
        if len(errors) == len(trigger["Actions"]):
            raise errors[0]
