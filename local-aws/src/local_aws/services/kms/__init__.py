"""KMS keys and aliases as records: nothing here encrypts, and keys have no material."""

from __future__ import annotations

from local_aws.services.kms.operations import build

__all__ = ["build"]
