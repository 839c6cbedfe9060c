"""The AWS that a command works on: the one that boto3 is configured for."""

from __future__ import annotations

import boto3

from console.errors import CommandError
from infrastructure.names import Names


def command_line(names: Names, command: str) -> str:
    """Return a command on a deployment as the user types it."""
    return f"playgrounds {command}" + (f" --prefix {names.prefix}" if names.prefix else "")


def open_session() -> boto3.session.Session:
    """Open a session on the AWS that the environment points at.

    Raises
    ------
    CommandError
        No region is set, or the endpoint is not a URL.
    """
    session = boto3.session.Session()
    if session.region_name is None:
        raise CommandError("region", "none is set: set AWS_REGION, or a region in the AWS configuration file")
    try:
        session.client("sts")
    except ValueError as error:
        raise CommandError("AWS_ENDPOINT_URL", f"{error}; set it to a URL such as http://127.0.0.1:4600") from error
    return session


def names_of(session: boto3.session.Session, prefix: str) -> Names:
    """Return a deployment's names in the session's account and region."""
    return Names(prefix, session.client("sts").get_caller_identity()["Account"], session.region_name)
