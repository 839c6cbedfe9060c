"""The AWS that a command works on: the one that boto3 is configured for."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from urllib.parse import urlsplit

import boto3

from console.errors import CommandError
from infrastructure.names import Names

ON_THIS_MACHINE = 'To work on this machine instead of an account: eval "$(playgrounds up)"'


@dataclass(frozen=True)
class Place:
    """The AWS that a session reaches: where, as which account, and whether that is this machine."""

    url: str
    account: str
    region: str

    @property
    def is_this_machine(self) -> bool:
        """Whether the endpoint is a loopback address: what runs there costs nothing."""
        host = urlsplit(self.url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")

    @property
    def banner(self) -> str:
        """One line that says where a command works."""
        where = f"this machine ({self.url})" if self.is_this_machine else "an AWS ACCOUNT"
        return f"on {where}: account {self.account}, {self.region}"


def place_of(session: boto3.session.Session, account: str) -> Place:
    """Return where a session's SageMaker is: most of what costs is there."""
    return Place(session.client("sagemaker").meta.endpoint_url, account, session.region_name)


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
    # boto3 itself reads AWS_DEFAULT_REGION alone; every other SDK of AWS, and the AWS CLI, read AWS_REGION first.
    session = boto3.session.Session(region_name=os.environ.get("AWS_REGION") or None)
    if session.region_name is None:
        raise CommandError(
            "region", f"none is set: set AWS_REGION, or a region in the AWS configuration file. {ON_THIS_MACHINE}"
        )
    try:
        session.client("sts")
    except ValueError as error:
        raise CommandError("AWS_ENDPOINT_URL", f"{error}; set it to a URL such as http://127.0.0.1:4600") from error
    return session


def names_of(session: boto3.session.Session, prefix: str) -> Names:
    """Return a deployment's names in the session's account and region."""
    return Names(prefix, session.client("sts").get_caller_identity()["Account"], session.region_name)
