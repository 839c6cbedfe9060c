"""Refuses, by name, the members of requests that would have no effect here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from local_aws.kernel.errors import AwsError


def only(value: Mapping[str, Any], honoured: Iterable[str], where: str, code: str = "ValidationException") -> None:
    """Refuse members that nobody here would act on.

    Parameters
    ----------
    value
        A request or a structure of it.
    honoured
        The members that have an effect here, or need none on one machine.
    where
        What the value is, for the message.
    code
        The code of the error.

    Raises
    ------
    AwsError
        Naming the members that are not honoured; empty ones are let through.
    """
    let_through = set(honoured)
    refused = sorted(key for key, item in value.items() if key not in let_through and item not in (None, [], {}, False))
    if refused:
        raise AwsError(code, f"local_aws does not honour {', '.join(refused)} of {where}; remove it to run here")


def only_value(value: Mapping[str, Any], member: str, honoured: tuple[object, ...], where: str) -> None:
    """Refuse a member whose value is none of those that are done here; a missing member is let through.

    Raises
    ------
    AwsError
        ``ValidationException`` naming member, value and what is done here.
    """
    if value.get(member) is not None and value[member] not in honoured:
        raise AwsError(
            "ValidationException",
            f"{member} {value[member]!r} of {where} is not done by local_aws, "
            f"which does {' and '.join(str(item) for item in honoured)}",
        )
