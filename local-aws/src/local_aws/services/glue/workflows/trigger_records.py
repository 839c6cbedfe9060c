"""Glue trigger definitions: created, shown, updated, stopped and deleted.

A trigger is kept as the API shows it. An ON_DEMAND trigger stays CREATED; a CONDITIONAL one fires while ACTIVATED.
"""

from __future__ import annotations

import threading
from typing import Any

from local_aws.contracts.tags import TAGS, tagged
from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, public, selected, without
from local_aws.services.glue.crawler_records import CrawlerRecords
from local_aws.services.glue.errors import invalid
from local_aws.services.glue.job_records import JobRecords
from local_aws.services.glue.workflows.trigger_definition import check_definition, jobs_and_crawlers
from local_aws.services.glue.workflows.workflow_records import WorkflowRecords

KIND = "glue-trigger"


class TriggerRecords:
    """The trigger definitions."""

    def __init__(
        self, context: Context, jobs: JobRecords, crawlers: CrawlerRecords, workflows: WorkflowRecords
    ) -> None:
        self._stored = Collection(context.records, KIND, _missing, _taken)
        self._jobs = jobs
        self._crawlers = crawlers
        self._workflows = workflows
        self._creating = threading.Lock()

    def find(self, name: str) -> Record:
        """Return a trigger's record."""
        return self._stored.get(name)

    def of_workflow(self, workflow: str | None) -> list[Record]:
        """Return the triggers of a workflow as the API shows them; of None, those without a workflow."""
        return [public(trigger) for trigger in self._stored.list() if trigger.get("WorkflowName") == workflow]

    def is_activated(self, name: str) -> bool:
        """Return whether a trigger exists and may fire."""
        trigger = self._stored.find(name)
        return trigger is not None and trigger["State"] == "ACTIVATED"

    def set_state(self, name: str, state: str) -> None:
        """Set the state of a trigger."""
        self._stored.change(name, lambda trigger: trigger.update(State=state))

    def stop(self, request: Request) -> Answer:
        """Serve StopTrigger: a CONDITIONAL trigger is taken off its watch."""
        trigger = self.find(request["Name"])
        if trigger["Type"] == "ON_DEMAND":
            raise invalid(f"Trigger {trigger['Name']} is ON_DEMAND: there is nothing to stop")
        self.set_state(trigger["Name"], "DEACTIVATED")
        return {"Name": trigger["Name"]}

    def create(self, request: Request) -> Answer:
        """Serve CreateTrigger."""
        check_definition(request)
        self._check_references(request)
        trigger = without(request, "StartOnCreation", "Tags")
        trigger["State"] = "ACTIVATED" if request.get("StartOnCreation") else "CREATED"
        trigger[TAGS] = request.get("Tags", {})
        with self._creating:
            if "WorkflowName" in request:
                self._check_workflow(request)
            self._stored.add(request["Name"], trigger)
        return {"Name": request["Name"]}

    def get(self, request: Request) -> Answer:
        """Serve GetTrigger."""
        return {"Trigger": public(self.find(request["Name"]))}

    def get_all(self, request: Request) -> Answer:
        """Serve GetTriggers."""
        return {"Triggers": map(public, self._depending(request))}

    def list_names(self, request: Request) -> Answer:
        """Serve ListTriggers, by tags if the request names any."""
        return {"TriggerNames": [item["Name"] for item in tagged(self._depending(request), request.get("Tags", {}))]}

    def batch_get(self, request: Request) -> Answer:
        """Serve BatchGetTriggers."""
        triggers = {name: self._stored.find(name) for name in request["TriggerNames"]}
        return {
            "Triggers": [public(trigger) for trigger in triggers.values() if trigger is not None],
            "TriggersNotFound": [name for name, trigger in triggers.items() if trigger is None],
        }

    def update(self, request: Request) -> Answer:
        """Serve UpdateTrigger: the new definition replaces the whole old one."""
        new = request["TriggerUpdate"]
        if "Name" in new:
            raise invalid("TriggerUpdate.Name is reserved: a trigger cannot be renamed")

        def change(trigger: Record) -> None:
            kept = selected(trigger, ("Name", "Type", "WorkflowName", "State", TAGS))
            definition = {**new, **kept}
            check_definition(definition)
            self._check_references(definition)
            trigger.clear()
            trigger.update(definition)

        return {"Trigger": public(self._stored.change(request["Name"], change))}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteTrigger; a trigger that does not exist is not an error, as in Glue."""
        self._stored.discard(request["Name"])
        return {"Name": request["Name"]}

    def _depending(self, request: Request) -> list[Record]:
        """Return the triggers that start ``DependentJobName``; all, if there is none such, as in Glue."""
        triggers = self._stored.list()
        job = request.get("DependentJobName")
        starting = [trigger for trigger in triggers if any(a.get("JobName") == job for a in trigger["Actions"])]
        return starting if job and starting else triggers

    def _check_references(self, definition: dict[str, Any]) -> None:
        jobs, crawlers = jobs_and_crawlers(definition)
        for job in sorted(jobs):
            self._jobs.find(job)
        for crawler in sorted(crawlers):
            self._crawlers.find(crawler)

    def _check_workflow(self, definition: Request) -> None:
        """Check that the workflow is there, and has no start trigger if this is to be it."""
        name = definition["WorkflowName"]
        self._workflows.find(name)
        if definition["Type"] == "ON_DEMAND":
            for other in self.of_workflow(name):
                if other["Type"] == "ON_DEMAND" and other["Name"] != definition["Name"]:
                    raise invalid(f"Workflow {name} has a start trigger already: {other['Name']}")


def _taken(name: str) -> AwsError:
    return AwsError("AlreadyExistsException", f"Trigger already exists: {name}")


def _missing(name: str) -> AwsError:
    return AwsError("EntityNotFoundException", f"Trigger with name {name} not found")
