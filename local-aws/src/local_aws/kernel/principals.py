"""Who calls: the role that a job, a step or a delivery acts as, and the credentials that identify it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.errors import AwsError
from local_aws.kernel.folder_keys import FolderKeys
from local_aws.kernel.records import Records, now

KIND = "session"
_ENDS = "session-end"
"""Lists the sessions that expire, in the order of expiry: the key begins with the time."""
_MAX_FORGOTTEN = 100
USER_ARN = f"arn:aws:iam::{ACCOUNT_ID}:user/local"
"""Whoever calls with the data folder's own keys."""
USER_ID = "AIDALOCALUSER00000000"
SERVICE = "service"
"""Who makes the calls that local_aws makes for itself, such as writing a job's log."""
DEFAULT_SESSION = "local_aws"
"""The name of the session in which in-process calls of a role are made."""

_TEMPORARY = "ASIA"
"""The prefix of temporary key ids, here as on AWS."""


@dataclass(frozen=True)
class _Caller:
    arn: str
    session: str


_ITSELF = _Caller(SERVICE, DEFAULT_SESSION)
_caller: ContextVar[_Caller] = ContextVar("caller", default=_ITSELF)


@contextmanager
def acting_as(role_arn: str, session: str = DEFAULT_SESSION) -> Iterator[None]:
    """Make in-process calls of this thread those of a role, for the time of the block.

    Parameters
    ----------
    role_arn
        The role, or `USER_ARN`.
    """
    token = _caller.set(_Caller(role_arn, session))
    try:
        yield
    finally:
        _caller.reset(token)


def principal() -> str:
    """Return the ARN of the role or user that makes the current call; `SERVICE` for local_aws itself."""
    return _caller.get().arn


def session_name() -> str:
    """Return the name of the session in which the current call is made."""
    return _caller.get().session


def role_arn(role: str) -> str:
    """Return the ARN of a role, which may be named by ARN or, as to Glue, by path and name."""
    return role if role.startswith("arn:") else f"arn:aws:iam::{ACCOUNT_ID}:role/{role.lstrip('/')}"


@dataclass(frozen=True)
class Session:
    """What a key stands for."""

    role_arn: str
    name: str
    expires: datetime | None
    """When the key expires, None for the key of a job."""


class Credentials:
    """The keys issued for roles: a request that is signed with one is made by the role."""

    def __init__(self, records: Records, keys: FolderKeys) -> None:
        self._records = records
        self._keys = keys

    def of_role(self, role_arn: str, session_name: str) -> dict[str, str]:
        """Return keys of a role, as environment variables of a child process.

        They last as long as the data folder: on AWS too, a job's keys are renewed for as long as it runs. The same
        session has the same keys, so that a function that is called often does not fill the store.
        """
        key_id = f"{_TEMPORARY}{hashlib.sha256(f'{role_arn} {session_name}'.encode()).hexdigest()[:16].upper()}"
        if self._records.get(KIND, key_id) is None:
            self._records.put(KIND, key_id, {"RoleArn": role_arn, "SessionName": session_name})
        return self._keys.session_environment(key_id)

    def assume(self, role_arn: str, session_name: str, seconds: int) -> dict[str, Any]:
        """Return a new key that expires, as the structure `Credentials` of STS."""
        key_id = f"{_TEMPORARY}{secrets.token_hex(8).upper()}"
        expires = now() + timedelta(seconds=seconds)
        session = {"RoleArn": role_arn, "SessionName": session_name, "Expires": expires}
        with self._records.together():
            self._forget_expired()
            self._records.put(KIND, key_id, session)
            end = _end_key(expires, key_id)
            self._records.put(_ENDS, end, {"KeyId": key_id, "End": end})
        return {
            "AccessKeyId": key_id,
            "SecretAccessKey": self._keys.secret(key_id),
            "SessionToken": self._keys.session_token(key_id),
            "Expiration": expires,
        }

    def session_of(self, key_id: str) -> Session | None:
        """Return the session that a key was issued for, None for any other key.

        A key that has expired raises ``ExpiredToken``.
        """
        record = self._records.get(KIND, key_id) if key_id.startswith(_TEMPORARY) else None
        if record is None:
            return None
        expires = record.get("Expires")
        if expires is not None and expires <= now():
            raise AwsError("ExpiredToken", f"The security token of {key_id} expired at {expires}", 403)
        return Session(record["RoleArn"], record["SessionName"], expires)

    def _forget_expired(self) -> None:
        """Remove keys that expired a day ago; until then, their users are told that they have expired."""
        ended = _end_key(now() - timedelta(days=1), "")
        for record in self._records.page(_ENDS, "", ended, _MAX_FORGOTTEN):
            self._records.delete(KIND, record["KeyId"])
            self._records.delete(_ENDS, record["End"])


def _end_key(expires: datetime, key_id: str) -> str:
    return f"{expires:%Y-%m-%dT%H:%M:%S} {key_id}"
