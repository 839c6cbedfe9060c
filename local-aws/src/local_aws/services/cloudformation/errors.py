"""CloudFormation's errors."""

from __future__ import annotations

from local_aws.contracts.members import unsupported_error
from local_aws.kernel.errors import AwsError


def invalid(message: str) -> AwsError:
    """Return the error for what CloudFormation refuses, be it request, template or state."""
    return AwsError("ValidationError", message)


def unsupported(what: str, where: str) -> AwsError:
    """Return the error for what CloudFormation does with a template, and nobody here."""
    return unsupported_error(what, where, "ValidationError")


def missing_stack(name: str) -> AwsError:
    """Return the error for a stack that does not exist, in the words that ``aws cloudformation deploy`` looks for."""
    return invalid(f"Stack with id {name} does not exist")


def no_stack(name: str) -> AwsError:
    """Return the error for a stack that does not exist, as operations on its events and change sets word it."""
    return invalid(f"Stack [{name}] does not exist")


def missing_change_set(name: str) -> AwsError:
    """Return the error for a change set that does not exist."""
    return AwsError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)
