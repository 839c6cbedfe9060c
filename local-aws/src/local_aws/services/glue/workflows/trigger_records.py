"""Glue trigger definitions: CreateTrigger, GetTrigger(s), ListTriggers, BatchGetTriggers, UpdateTrigger, DeleteTrigger.

A trigger is kept as the API shows it. An ON_DEMAND trigger stays CREATED; a CONDITIONAL one fires while ACTIVATED.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from local_aws.contracts.paging import page
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, public
from local_aws.services.glue.crawler_records import CrawlerRecords
from local_aws.services.glue.job_records import JobRecords
from local_aws.services.glue.tags import KEY as TAGS
from local_aws.services.glue.tags import tagged
from local_aws.services.glue.workflows.trigger_definition import check_definition, jobs_and_crawlers
from local_aws.services.glue.workflows.workflow_records import WorkflowRecords

KIND = "glue-trigger"


class TriggerRecords:
    """The trigger definitions."""

    def __init__(
        self, context: Context, jobs: JobRecords, crawlers: CrawlerRecords, workflows: WorkflowRecords
    ) -> None:
        self._records = context.records
        self._jobs = jobs
        self._crawlers = crawlers
        self._workflows = workflows
        self._creating = threading.Lock()

    def find(self, name: str) -> Record:
        """Return a trigger's record."""
        trigger = self._records.get(KIND, name)
        if trigger is None:
            raise _not_found(name)
        return trigger

    def of_workflow(self, workflow: str | None) -> list[Record]:
        """Return the triggers of a workflow as the API shows them; of None, those without a workflow."""
        return [public(trigger) for trigger in self._records.list(KIND) if trigger.get("WorkflowName") == workflow]

    def is_activated(self, name: str) -> bool:
        """Return whether a trigger is there and may fire."""
        trigger = self._records.get(KIND, name)
        return trigger is not None and trigger["State"] == "ACTIVATED"

    def set_state(self, name: str, state: str) -> None:
        """Bring a trigger into a state."""
        self._change(name, lambda trigger: trigger.update(State=state))

    def create(self, request: Request) -> Answer:
        """CreateTrigger."""
        check_definition(request)
        self._check_references(request)
        trigger = {key: value for key, value in request.items() if key not in ("StartOnCreation", "Tags")}
        trigger["State"] = "ACTIVATED" if request.get("StartOnCreation") else "CREATED"
        trigger[TAGS] = request.get("Tags", {})
        with self._creating:
            if "WorkflowName" in request:
                self._check_workflow(request)
            try:
                self._records.insert(KIND, request["Name"], trigger)
            except KeyError:
                raise AwsError("AlreadyExistsException", f"Trigger already exists: {request['Name']}") from None
        return {"Name": request["Name"]}

    def get(self, request: Request) -> Answer:
        """GetTrigger."""
        return {"Trigger": public(self.find(request["Name"]))}

    def get_all(self, request: Request) -> Answer:
        """GetTriggers."""
        triggers, token = page([public(trigger) for trigger in self._depending(request)], request)
        return {"Triggers": triggers, **({"NextToken": token} if token else {})}

    def list_names(self, request: Request) -> Answer:
        """ListTriggers, by tags if any are asked for."""
        names, token = page(tagged(self._depending(request), request.get("Tags", {})), request)
        return {"TriggerNames": names, **({"NextToken": token} if token else {})}

    def batch_get(self, request: Request) -> Answer:
        """BatchGetTriggers."""
        found = {name: self._records.get(KIND, name) for name in request["TriggerNames"]}
        return {
            "Triggers": [public(trigger) for trigger in found.values() if trigger is not None],
            "TriggersNotFound": [name for name, trigger in found.items() if trigger is None],
        }

    def update(self, request: Request) -> Answer:
        """UpdateTrigger: the new definition takes the place of the whole old one."""
        new = request["TriggerUpdate"]
        if "Name" in new:
            raise AwsError("InvalidInputException", "TriggerUpdate.Name is reserved: a trigger cannot be renamed")

        def change(trigger: Record) -> None:
            kept = {key: trigger[key] for key in ("Name", "Type", "WorkflowName", "State", TAGS) if key in trigger}
            definition = {**new, **kept}
            check_definition(definition)
            self._check_references(definition)
            trigger.clear()
            trigger.update(definition)

        return {"Trigger": public(self._change(request["Name"], change))}

    def delete(self, request: Request) -> Answer:
        """DeleteTrigger; a trigger that is not there is not an error, as in Glue."""
        self._records.delete(KIND, request["Name"])
        return {"Name": request["Name"]}

    def _change(self, name: str, change: Callable[[Record], None]) -> Record:
        try:
            return self._records.update(KIND, name, change)
        except KeyError:
            raise _not_found(name) from None

    def _depending(self, request: Request) -> list[Record]:
        """Return the triggers that start ``DependentJobName``; all, if there is none such, as in Glue."""
        triggers = self._records.list(KIND)
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
                    raise AwsError(
                        "InvalidInputException", f"Workflow {name} has a start trigger already: {other['Name']}"
                    )


def _not_found(name: str) -> AwsError:
    return AwsError("EntityNotFoundException", f"Trigger with name {name} not found")
