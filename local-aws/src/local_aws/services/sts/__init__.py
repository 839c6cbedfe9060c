"""AWS STS: callers assume roles, and learn who they are."""

from __future__ import annotations

from local_aws.services.sts.operations import build

__all__ = ["build"]
