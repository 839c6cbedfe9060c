"""Glue workflow definitions: the records of CreateWorkflow and UpdateWorkflow, and ListWorkflows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.contracts.paging import page
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now
from local_aws.services.glue.tags import KEY as TAGS

KIND = "glue-workflow"


class WorkflowRecords:
    """The workflow definitions."""

    def __init__(self, context: Context) -> None:
        self._records = context.records

    def find(self, name: str) -> Record:
        """Return a workflow's record."""
        workflow = self._records.get(KIND, name)
        if workflow is None:
            raise _not_found(name)
        return workflow

    def remove(self, name: str) -> None:
        """Remove a workflow, if it is there."""
        self._records.delete(KIND, name)

    def create(self, request: Request) -> Answer:
        """CreateWorkflow."""
        _check(request)
        moment = now()
        definition = {key: value for key, value in request.items() if key != "Tags"}
        workflow = {
            "DefaultRunProperties": {},
            **definition,
            "CreatedOn": moment,
            "LastModifiedOn": moment,
            TAGS: request.get("Tags", {}),
        }
        try:
            self._records.insert(KIND, request["Name"], workflow)
        except KeyError:
            raise AwsError("AlreadyExistsException", f"Workflow already exists: {request['Name']}") from None
        return {"Name": request["Name"]}

    def list_names(self, request: Request) -> Answer:
        """ListWorkflows."""
        names, token = page([workflow["Name"] for workflow in self._records.list(KIND)], request, default=25)
        # The model wants at least one name in a list of names.
        return {**({"Workflows": names} if names else {}), **({"NextToken": token} if token else {})}

    def update(self, request: Request) -> Answer:
        """UpdateWorkflow: members that are given replace the old ones."""
        _check(request)
        try:
            self._records.update(KIND, request["Name"], lambda found: found.update(request, LastModifiedOn=now()))
        except KeyError:
            raise _not_found(request["Name"]) from None
        return {"Name": request["Name"]}


def _check(definition: Mapping[str, Any]) -> None:
    most = definition.get("MaxConcurrentRuns")
    if most is not None and most < 1:
        raise AwsError("InvalidInputException", f"MaxConcurrentRuns must be 1 or more, not {most}; or leave it out")


def _not_found(name: str) -> AwsError:
    return AwsError("EntityNotFoundException", f"Workflow with name {name} not found")
