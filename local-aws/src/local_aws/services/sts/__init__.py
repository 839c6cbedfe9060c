"""AWS STS: roles are assumed, and callers learn who they are."""

from __future__ import annotations

from local_aws.kernel.context import Context, Service
from local_aws.services.sts.sessions import Sessions


def build(context: Context) -> Service:
    """Put the service together."""
    sessions = Sessions(context)
    return Service(
        {("sts", "AssumeRole"): sessions.assume_role, ("sts", "GetCallerIdentity"): sessions.get_caller_identity}
    )
