"""Who calls: the role that a job, a step or a delivery acts as, and the credentials that say so."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from local_aws.context import ACCOUNT_ID
from local_aws.records import Records

KIND = "session"
USER_ARN = f"arn:aws:iam::{ACCOUNT_ID}:user/local"
"""Whoever calls with keys that no role was given."""

_principal: ContextVar[str] = ContextVar("principal", default=USER_ARN)


@contextmanager
def acting_as(role_arn: str) -> Iterator[None]:
    """Make in-process calls of this thread those of a role, for the time of the block."""
    token = _principal.set(role_arn)
    try:
        yield
    finally:
        _principal.reset(token)


def principal() -> str:
    """Give the ARN of the role or user that the call under way is made by."""
    return _principal.get()


class Credentials:
    """Keys given out for roles; whoever signs with them is taken for the role.

    Parameters
    ----------
    records
        Where they are kept.
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    def of_role(self, role_arn: str, session_name: str) -> dict[str, str]:
        """Give keys of a role, as environment variables of a child process.

        Parameters
        ----------
        role_arn
            The role.
        session_name
            Who assumed it, e.g. a job's name.
        """
        key_id = f"ASIA{secrets.token_hex(8).upper()}"
        self._records.put(KIND, key_id, {"RoleArn": role_arn, "SessionName": session_name})
        return {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": "local", "AWS_SESSION_TOKEN": "local"}

    def role_of(self, key_id: str) -> str | None:
        """Give the role that a key was given out for, None for any other key."""
        session = self._records.get(KIND, key_id)
        return session["RoleArn"] if session else None
