"""The role that a Glue job or crawler works with."""

from __future__ import annotations

from local_aws.kernel.context import ACCOUNT_ID


def role_arn(role: str) -> str:
    """Return the ARN of a role that is given as an ARN, or as a name with or without a path, as Glue takes both."""
    return role if role.startswith("arn:") else f"arn:aws:iam::{ACCOUNT_ID}:role/{role}"
