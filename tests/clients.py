"""boto3 clients of a server on this machine."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config

LOCAL_KEYS = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}

# A session reads a service's model once, which takes longer than a test, and makes one client at a time.
_SESSION = boto3.session.Session()
_MAKING = threading.Lock()


def client_of(url: str, service: str, keys: Mapping[str, str] = LOCAL_KEYS, **config: Any) -> Any:
    """Make a client whose requests get one try.

    Parameters
    ----------
    url
        The server's.
    service
        As boto3 names it.
    keys
        Whose calls they are, as boto3's arguments.
    config
        Further members of botocore's configuration.
    """
    with _MAKING:
        return _SESSION.client(
            service,
            endpoint_url=url,
            region_name="us-east-1",
            **keys,
            config=Config(retries={"total_max_attempts": 1}, **config),
        )
