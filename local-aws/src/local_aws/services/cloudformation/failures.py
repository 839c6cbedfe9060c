"""CloudFormation's errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from local_aws.kernel.errors import AwsError


def invalid(message: str) -> AwsError:
    """Return the error for what CloudFormation refuses, be it request, template or state."""
    return AwsError("ValidationError", message)


def not_done(what: str) -> AwsError:
    """Return the error for what CloudFormation does, and nobody here."""
    return invalid(f"local_aws does not do {what}; remove it to run here")


def missing_stack(name: str) -> AwsError:
    """Return the error for a stack that nobody made, in the words that ``aws cloudformation deploy`` looks for."""
    return invalid(f"Stack with id {name} does not exist")


def refuse(request: Mapping[str, Any], members: Iterable[str]) -> None:
    """Refuse members of a request that would have no effect; empty ones are let through.

    Raises
    ------
    AwsError
        ``ValidationError`` naming them.
    """
    asked_for = [member for member in members if request.get(member) not in (None, [], {}, False)]
    if asked_for:
        raise not_done(", ".join(asked_for))
