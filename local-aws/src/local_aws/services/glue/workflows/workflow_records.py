"""Glue workflow definitions: the records of CreateWorkflow and UpdateWorkflow, and ListWorkflows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.contracts.tags import TAGS
from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, without
from local_aws.services.glue.errors import invalid

KIND = "glue-workflow"


class WorkflowRecords:
    """The workflow definitions."""

    def __init__(self, context: Context) -> None:
        self._workflows = Collection(context.records, KIND, _missing, _taken)

    def find(self, name: str) -> Record:
        """Return a workflow's record, or raise ``EntityNotFoundException``."""
        return self._workflows.get(name)

    def remove(self, name: str) -> None:
        """Remove a workflow, if it exists."""
        self._workflows.discard(name)

    def create(self, request: Request) -> Answer:
        """Serve CreateWorkflow."""
        _check(request)
        created = now()
        definition = without(request, "Tags")
        workflow = {
            "DefaultRunProperties": {},
            **definition,
            "CreatedOn": created,
            "LastModifiedOn": created,
            TAGS: request.get("Tags", {}),
        }
        self._workflows.add(request["Name"], workflow)
        return {"Name": request["Name"]}

    def list_names(self, request: Request) -> Answer:
        """Serve ListWorkflows."""
        return {"Workflows": [workflow["Name"] for workflow in self._workflows.list()]}

    def update(self, request: Request) -> Answer:
        """Serve UpdateWorkflow: the members in the request replace the old ones."""
        _check(request)
        self._workflows.change(request["Name"], lambda workflow: workflow.update(request, LastModifiedOn=now()))
        return {"Name": request["Name"]}


def _check(definition: Mapping[str, Any]) -> None:
    bound = definition.get("MaxConcurrentRuns")
    if bound is not None and bound < 1:
        raise invalid(f"MaxConcurrentRuns must be 1 or more, not {bound}; or leave it out")


def _taken(name: str) -> AwsError:
    return AwsError("AlreadyExistsException", f"Workflow already exists: {name}")


def _missing(name: str) -> AwsError:
    return AwsError("EntityNotFoundException", f"Workflow with name {name} not found")
