"""Policies and code that the tests' resources have."""

from __future__ import annotations

from typing import Any


def trust(service: str) -> dict[str, Any]:
    """Return a role's trust policy."""
    statement = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def allow(action: str, resource: str = "*", **members: Any) -> dict[str, Any]:
    """Return a policy that allows an action."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **members}
    return {"Version": "2012-10-17", "Statement": [statement]}


HANDLER = "def handler(event, context):\n    return {'seen': event}\n"
