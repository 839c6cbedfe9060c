"""Updates CloudFormation stacks by change sets, and deletes them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infrastructure.change_sets import Change, ChangeSet
from infrastructure.code_objects import upload_once
from infrastructure.errors import DeploymentError
from infrastructure.stack_failures import MAKING, REMOVING, failures
from infrastructure.template_file import declared_parameters, resources_text

_INLINE_BYTES = 51_200
_POLL_SECONDS = 0.25
_MAX_POLL_SECONDS = 5.0
_NOTHING_TO_DO = ("didn't contain changes", "No updates are to be performed")
_DONE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
_UPDATABLE = _DONE | {"UPDATE_ROLLBACK_COMPLETE"}
_CHANGED_MEANWHILE = frozenset({"ChangeSetNotFound", "InvalidChangeSetStatus"})
_BEING_CHANGED = ("already exists and cannot be created again", "_IN_PROGRESS state and can not be updated")
_EMPTY = frozenset({"ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS", "DELETE_COMPLETE"})


@dataclass(frozen=True)
class Stack:
    """The desired state of a stack."""

    name: str
    template: Path
    parameters: Mapping[str, str]
    """Values; the template's other parameters keep their values, or take their defaults."""
    tags: Mapping[str, str]
    """Tags of the stack, which CloudFormation puts on its resources."""
    role_arn: str | None = None
    """Role that CloudFormation acts as; None for the caller's own permissions."""
    template_bucket: str | None = None
    """Bucket for a template that is too long for the request; None if it never is."""


class Stacks:
    """The stacks of an account and region."""

    def __init__(self, cloudformation: Any, s3: Any) -> None:
        self._cloudformation = cloudformation
        self._s3 = s3

    def describe(self, name: str) -> dict[str, Any] | None:
        """Describe a stack; None if it does not exist or is empty."""
        try:
            stack: dict[str, Any] = self._cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in error.response["Error"]["Message"]:
                return None
            raise
        return None if stack["StackStatus"] in _EMPTY else stack

    def is_empty(self, name: str) -> bool:
        """Return whether a stack exists without resources: its creation failed, or never started."""
        return self._status(name) in ("ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS")

    def outputs(self, name: str) -> dict[str, str]:
        """Return a stack's outputs; raise `DeploymentError` if the stack does not exist."""
        stack = self.describe(name)
        if stack is None:
            raise DeploymentError(
                f"stack {name}", "it does not exist: run 'playgrounds deploy' first, or check --prefix"
            )
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def parameters(self, name: str) -> dict[str, str]:
        """Return the values of a stack's parameters; empty if the stack does not exist."""
        parameters = (self.describe(name) or {}).get("Parameters", [])
        return {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in parameters}

    def has_resources_of(self, name: str, template: Path) -> bool:
        """Return whether a stack was made of a template with the same resources, comments aside."""
        body = self._cloudformation.get_template(StackName=name)["TemplateBody"]
        return resources_text(body) == resources_text(template.read_text(encoding="utf-8"))

    def plan(self, stack: Stack) -> ChangeSet | None:
        """Create a change set; None when the stack is up to date.

        Raises
        ------
        DeploymentError
            CloudFormation refuses the template, the template lacks a parameter, or the stack cannot be updated in its
            present state.
        """
        existing = self.describe(stack.name)
        if existing and existing["StackStatus"] not in _UPDATABLE:
            status = existing["StackStatus"]
            raise DeploymentError(f"stack {stack.name}", f"its status is {status}; {_remedy(status)}")
        if not existing:
            self._delete_empty_stack(stack.name, "ROLLBACK_COMPLETE")
        now = datetime.now(UTC)
        request = {
            "StackName": stack.name,
            "ChangeSetName": f"deploy-{now:%Y%m%d-%H%M%S-%f}",
            "ChangeSetType": "UPDATE" if existing else "CREATE",
            "Parameters": self._parameters(stack, existing),
            "Tags": [{"Key": key, "Value": value} for key, value in stack.tags.items()],
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            **self._template(stack),
            **({"RoleARN": stack.role_arn} if stack.role_arn else {}),
            # What is left of a failed creation could not be updated, and a build may not delete it.
            **({} if existing else {"OnStackFailure": "DELETE"}),
        }
        with _refusing_concurrent_changes(stack.name):
            arn = self._cloudformation.create_change_set(**request)["Id"]
            return self._planned(stack.name, arn)

    def execute(self, change_set: ChangeSet) -> None:
        """Execute a change set and wait for its end.

        Raises
        ------
        DeploymentError
            The operation fails: with the resources at fault and their reasons. An update has been rolled back then, and
            a new stack deleted.
        """
        with _refusing_concurrent_changes(change_set.stack):
            self._cloudformation.execute_change_set(ChangeSetName=change_set.arn, StackName=change_set.stack)
        status = self.settled(change_set.stack)
        if status not in _DONE:
            reasons = "; ".join(failures(self._cloudformation, change_set.stack_id, MAKING))
            end = "was not created, and nothing of it is left" if status == "DELETE_COMPLETE" else f"ended as {status}"
            raise DeploymentError(f"stack {change_set.stack}", f"{end}: {reasons}")

    def settled(self, name: str) -> str:
        """Wait until a stack is no longer being changed; return its status, ``DELETE_COMPLETE`` when it is gone."""
        for _ in _waits():
            status = self._status(name)
            if not status.endswith("_IN_PROGRESS"):
                break
        return status

    def _status(self, name: str) -> str:
        """Return a stack's status, ``DELETE_COMPLETE`` if it does not exist."""
        try:
            status: str = self._cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        except ClientError as error:
            if "does not exist" in error.response["Error"]["Message"]:
                return "DELETE_COMPLETE"
            raise
        return status

    def discard(self, change_set: ChangeSet) -> None:
        """Delete a change set without executing it, and the empty stack that it would have filled."""
        self._cloudformation.delete_change_set(ChangeSetName=change_set.arn, StackName=change_set.stack)
        waiting = self._cloudformation.list_change_sets(StackName=change_set.stack)["Summaries"]
        if not waiting:
            self._delete_empty_stack(change_set.stack, "REVIEW_IN_PROGRESS")

    def delete(self, name: str) -> None:
        """Delete a stack, as the role that it was deployed with, and wait for its end; a missing one is not an error.

        Raises
        ------
        DeploymentError
            A resource cannot be deleted: which, and why.
        """
        self._cloudformation.delete_stack(StackName=name)
        status = self.settled(name)
        if status not in _EMPTY:
            reasons = "; ".join(failures(self._cloudformation, name, REMOVING))
            raise DeploymentError(f"stack {name}", f"ended as {status}: {reasons}")

    def resources(self, name: str) -> list[dict[str, Any]]:
        """List a stack's resources, as ``ListStackResources`` returns them; empty if the stack does not exist."""
        if self.describe(name) is None:
            return []
        pages = self._cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
        resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
        return [resource for resource in resources if resource["ResourceStatus"] != "DELETE_COMPLETE"]

    def _delete_empty_stack(self, name: str, empty: str) -> None:
        """Delete a stack of this status, which has no resources: its creation never started, or failed."""
        if self._status(name) == empty:
            self.delete(name)

    def _parameters(self, stack: Stack, existing: Mapping[str, Any] | None) -> list[dict[str, Any]]:
        declared = declared_parameters(stack.template)
        if unknown := stack.parameters.keys() - set(declared):
            reason = (
                f"{stack.template.name} has no parameter {', '.join(sorted(unknown))}; it has {', '.join(declared)}"
            )
            raise DeploymentError(f"stack {stack.name}", reason)
        kept = {parameter["ParameterKey"] for parameter in (existing or {}).get("Parameters", [])} & set(declared)
        chosen = [{"ParameterKey": key, "ParameterValue": value} for key, value in stack.parameters.items()]
        return chosen + [
            {"ParameterKey": key, "UsePreviousValue": True} for key in sorted(kept - stack.parameters.keys())
        ]

    def _template(self, stack: Stack) -> dict[str, str]:
        body = stack.template.read_text(encoding="utf-8")
        content = body.encode()
        if len(content) <= _INLINE_BYTES:
            return {"TemplateBody": body}
        if stack.template_bucket is None:
            raise DeploymentError(
                stack.template.name, f"is over {_INLINE_BYTES} bytes, and no bucket is configured for it"
            )
        key = f"code/{hashlib.sha256(content).hexdigest()}/{stack.template.name}"
        upload_once(self._s3, stack.template_bucket, key, content)
        return {"TemplateURL": f"{self._s3.meta.endpoint_url}/{stack.template_bucket}/{key}"}

    def _planned(self, stack: str, arn: str) -> ChangeSet | None:
        for _ in _waits():
            change_set = self._cloudformation.describe_change_set(ChangeSetName=arn, StackName=stack)
            if change_set["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
                break
        if change_set["Status"] == "CREATE_COMPLETE":
            return ChangeSet(stack, arn, change_set["StackId"], tuple(self._changes(stack, arn)))
        self._cloudformation.delete_change_set(ChangeSetName=arn, StackName=stack)
        reason = change_set.get("StatusReason", change_set["Status"])
        if any(text in reason for text in _NOTHING_TO_DO):
            return None
        raise DeploymentError(f"stack {stack}", reason)

    def _changes(self, stack: str, arn: str) -> Iterator[Change]:
        pages = self._cloudformation.get_paginator("describe_change_set").paginate(ChangeSetName=arn, StackName=stack)
        for page in pages:
            for entry in page["Changes"]:
                change = entry["ResourceChange"]
                yield Change(
                    change["Action"],
                    change["LogicalResourceId"],
                    change["ResourceType"],
                    change.get("Replacement") in ("True", "Conditional"),
                )


def has_settled(stack: Mapping[str, Any]) -> bool:
    """Return whether a stack's last operation has succeeded."""
    return stack["StackStatus"] in _DONE


def _remedy(status: str) -> str:
    """Return what to do about a stack that cannot be updated."""
    if status.endswith("_IN_PROGRESS"):
        return "deploy again when the operation has ended"
    if status == "UPDATE_ROLLBACK_FAILED":
        return "fix what its events name, run 'aws cloudformation continue-update-rollback', and deploy again"
    return "remove it with 'playgrounds destroy', then deploy again"


@contextmanager
def _refusing_concurrent_changes(stack: str) -> Iterator[None]:
    """Explain when a change set cannot be created or is stale because another one was executed."""
    try:
        yield
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        if code not in _CHANGED_MEANWHILE and not any(words in message for words in _BEING_CHANGED):
            raise
        raise DeploymentError(
            f"stack {stack}", "another deployment has changed it in the meantime; deploy again"
        ) from error


def _waits() -> Iterator[None]:
    """Pause between polls, ever longer; CloudFormation itself bounds every operation."""
    pause = _POLL_SECONDS
    while True:
        yield
        time.sleep(pause)
        pause = min(1.5 * pause, _MAX_POLL_SECONDS)
