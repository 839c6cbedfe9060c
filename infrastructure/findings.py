"""What checks of an account report: one finding each, which says what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infrastructure.names import Names
from infrastructure.refusals import is_denied
from infrastructure.service_quotas import Demand

OK: Literal["ok"] = "ok"
WARN: Literal["warn"] = "warn"
FAIL: Literal["fail"] = "fail"


@dataclass(frozen=True)
class Finding:
    """The outcome of a check; the detail of a warning or failure says what to do."""

    subject: str
    level: Literal["ok", "warn", "fail"]
    detail: str


@dataclass(frozen=True)
class Subject:
    """What is checked."""

    session: boto3.session.Session
    names: Names
    demands: Callable[[], Iterable[Demand]]
    """Returns the instances that a deployment needs."""
    image: tuple[str, str, str] | None
    """Registry account, repository and tag of the image that jobs and models run in; None if the region has none."""
    default_feeds: tuple[str, ...]
    """Feed URLs of a deployment that does not exist yet."""


Check = Callable[[Subject], Iterator[Finding]]


def examine(subject: Subject, checks: Iterable[Check]) -> Iterator[Finding]:
    """Run checks, one after the other; one that cannot run is a finding, and a warning if the caller may not ask."""
    for check in checks:
        try:
            yield from check(subject)
        except (BotoCoreError, ClientError) as error:
            name = check.__name__.replace("_", " ")
            if is_denied(error):
                yield Finding(name, WARN, f"not checked: {error}; request the permission, or ask who has it")
            else:
                yield Finding(name, FAIL, f"cannot be checked: {error}")
