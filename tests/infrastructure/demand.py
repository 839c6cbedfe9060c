"""An IAM action that AWS asks a caller for, and what several services ask for alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Request = Mapping[str, Any]


class UnmappedOperationError(LookupError):
    """Raised for an operation whose actions nobody has written down."""


@dataclass(frozen=True)
class Demand:
    """An action that the caller must be allowed on a resource.

    Parameters
    ----------
    action
        E.g. ``"s3:GetObject"``.
    resource
        An ARN, or ``"*"`` where the action has no resource.
    context
        Context keys that AWS sets for it, e.g. the tags of the request.
    """

    action: str
    resource: str
    context: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Place:
    """Account and region of the calls, and the prefix of the deployment that made them."""

    account: str = "123456789012"
    region: str = "us-east-1"
    prefix: str = ""

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


def pass_role(request: Request, place: Place, service: str, *members: str) -> Iterator[Demand]:
    """Demand that the caller may pass the roles that a request hands over."""
    for member in members:
        role = request.get(member)
        if role:
            arn = role if role.startswith("arn:") else f"arn:aws:iam::{place.account}:role/{role}"
            yield Demand("iam:PassRole", arn, (("iam:PassedToService", f"{service}.amazonaws.com"),))


def tags_of(request: Request) -> tuple[tuple[str, str], ...]:
    tags = request.get("Tags") or request.get("tags") or {}
    return tuple((f"aws:RequestTag/{key}", value) for key, value in tags.items())
