"""The records of change sets."""

from __future__ import annotations

import uuid
from typing import Any

from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record

KIND = "cloudformation-change-set"


class ChangeSets:
    """Every change set."""

    def __init__(self, context: Context) -> None:
        self._records = context.records
        self._settings = context.settings

    def new_id(self, name: str) -> str:
        """Return the id of a change set to be made."""
        return self._settings.arn("cloudformation", f"changeSet/{name}/{uuid.uuid4()}")

    def add(self, change_set: Record) -> None:
        """Add a change set."""
        self._records.insert(KIND, change_set["ChangeSetId"], change_set)

    def of_stack(self, stack_id: str) -> list[Record]:
        """Return a stack's change sets, the oldest first."""
        return [each for each in self._records.list(KIND) if each["StackId"] == stack_id]

    def find(self, stack_id: str | None, name_or_id: str) -> Record | None:
        """Return a change set by its id, or by stack and name."""
        if name_or_id.startswith("arn:"):
            return self._records.get(KIND, name_or_id)
        found = [each for each in self.of_stack(stack_id or "") if each["ChangeSetName"] == name_or_id]
        return found[-1] if found else None

    def change(self, change_set_id: str, **members: Any) -> None:
        """Change members of a change set, if it is still there."""
        try:
            self._records.update(KIND, change_set_id, lambda change_set: change_set.update(members))
        except KeyError:
            # Its stack was deleted meanwhile, and its change sets with it.
            return

    def drop(self, change_set: Record) -> None:
        """Remove a change set."""
        self._records.delete(KIND, change_set["ChangeSetId"])

    def drop_all(self, stack_id: str, but: str | None = None) -> None:
        """Remove a stack's change sets, all or all but one."""
        for change_set in self.of_stack(stack_id):
            if change_set["ChangeSetId"] != but:
                self.drop(change_set)

    def recover(self) -> None:
        """Fail those that were being executed when the server died."""
        for change_set in self._records.list(KIND):
            if change_set["ExecutionStatus"] == "EXECUTE_IN_PROGRESS":
                self.change(change_set["ChangeSetId"], ExecutionStatus="EXECUTE_FAILED")


def missing_change_set(name: str) -> AwsError:
    """Return the error for a change set that nobody made."""
    return AwsError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)
