"""The connection through which the build reads its source: a person completes it before CodeBuild may use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infrastructure.errors import DeploymentError

REPOSITORY, CONNECTION = "SourceRepository", "ConnectionArn"
"""The parameters of the bootstrap stack that a build needs, both of them."""
COMPLETED = "AVAILABLE"

_CREATE = "'aws codeconnections create-connection --provider-type GitHub --connection-name playgrounds' creates one"
_COMPLETE = "complete it in the console (Developer Tools, Settings, Connections)"


def require_completed(codeconnections: Any, parameters: Mapping[str, str]) -> None:
    """Refuse a build without a connection, or with one that nobody has completed.

    Parameters
    ----------
    parameters
        Those of the bootstrap stack, as they will be.

    Raises
    ------
    DeploymentError
        Repository and connection are not both given, or the connection does not exist or is not completed.
    """
    repository, connection = parameters.get(REPOSITORY, ""), parameters.get(CONNECTION, "")
    if repository and not connection:
        reason = f"a build needs --bootstrap {CONNECTION}=ARN, too: {_CREATE}; {_COMPLETE}, then deploy with its ARN"
        raise DeploymentError(f"build of {repository}", reason)
    if connection and not repository:
        raise DeploymentError(f"connection {connection}", f"a build needs --bootstrap {REPOSITORY}=owner/name, too")
    if connection:
        status = connection_status(codeconnections, connection)
        if status != COMPLETED:
            raise DeploymentError(f"connection {connection}", f"is {status}: {_COMPLETE}, then repeat the command")


def connection_status(codeconnections: Any, arn: str) -> str:
    """Return a connection's status; only ``AVAILABLE`` ones can be used."""
    return str(codeconnections.get_connection(ConnectionArn=arn)["Connection"]["ConnectionStatus"])
