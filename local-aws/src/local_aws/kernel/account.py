"""The one account that the server has."""

from __future__ import annotations

ACCOUNT_ID = "123456789012"
