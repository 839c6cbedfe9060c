"""boto3 clients of a server on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

import boto3
from botocore.config import Config

# A session reads a service's model once, which takes longer than a test, and makes one client at a time.
_SESSION = boto3.session.Session()
_MAKING = threading.Lock()


def client_of(environment: Mapping[str, str], service: str, **config: Any) -> Any:
    """Make a client whose requests get one try.

    Parameters
    ----------
    environment
        The variables that point AWS clients at a server, ``AWS_ENDPOINT_URL`` and the keys among them.
    service
        As boto3 names it.
    config
        Further members of botocore's configuration.
    """
    with _MAKING:
        return _SESSION.client(
            service,
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            region_name=environment.get("AWS_REGION", "us-east-1"),
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=environment.get("AWS_SESSION_TOKEN"),
            config=Config(retries={"total_max_attempts": 1}, **config),
        )


def with_keys(environment: Mapping[str, str], keys: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables of a server with other keys, as AssumeRole gives them."""
    return {
        **environment,
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }


def exported(lines: Iterable[str]) -> dict[str, str]:
    """Return the variables of the ``export NAME=value`` lines of a command's output, up to ``ready`` if that comes."""
    variables = {}
    for line in map(str.strip, lines):
        if line == "ready":
            break
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").partition("=")
            variables[name] = value
    return variables
