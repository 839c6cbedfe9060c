"""Connections: pending, or completed at once where the server's environment says so.

Nobody can complete a connection's handshake with the provider from here.
"""

from __future__ import annotations

import os
import uuid
from typing import Final

from local_aws.contracts.tags import TAGS, TagForm, TagOperations
from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError, StartError
from local_aws.kernel.records import public

KIND = "codeconnection"
VARIABLE: Final = "LOCAL_AWS_CONNECTIONS"
_STATUSES: Final = ("PENDING", "AVAILABLE")
_TAG_FORM = TagForm()


class Connections:
    """The connections of the account."""

    def __init__(self, context: Context) -> None:
        self._arn = context.settings.arn
        self._status = os.environ.get(VARIABLE) or "PENDING"
        if self._status not in _STATUSES:
            raise StartError(f"{VARIABLE} must be one of {', '.join(_STATUSES)}; got {self._status!r}")
        self._connections = Collection(context.records, KIND, _missing)
        self.tags = TagOperations(self._connections.change, _TAG_FORM)

    def create(self, request: Request) -> Answer:
        """Serve CreateConnection."""
        if "HostArn" in request:
            raise AwsError(
                "ResourceNotFoundException", f"there is no host {request['HostArn']}: local_aws does not support hosts"
            )
        if "ProviderType" not in request:
            raise AwsError("InvalidInputException", "ProviderType is required: local_aws does not support hosts")
        if any(item["ConnectionName"] == request["ConnectionName"] for item in self._connections.list()):
            raise AwsError("InvalidInputException", f"a connection named {request['ConnectionName']} exists already")
        arn = self._arn("codeconnections", f"connection/{uuid.uuid4()}")
        tags = request.get("Tags", [])
        record = {
            "ConnectionName": request["ConnectionName"],
            "ConnectionArn": arn,
            "ProviderType": request["ProviderType"],
            "OwnerAccountId": ACCOUNT_ID,
            "ConnectionStatus": self._status,
            TAGS: _TAG_FORM.read(request),
        }
        self._connections.add(arn, record)
        return {"ConnectionArn": arn, "Tags": tags}

    def get(self, request: Request) -> Answer:
        """Serve GetConnection."""
        return {"Connection": public(self._connections.get(request["ConnectionArn"]))}

    def list(self, request: Request) -> Answer:
        """Serve ListConnections."""
        wanted = request.get("ProviderTypeFilter")
        if "HostArnFilter" in request:
            return {"Connections": []}
        connections = self._connections.list()
        return {"Connections": [public(item) for item in connections if wanted in (None, item["ProviderType"])]}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteConnection."""
        self._connections.remove(request["ConnectionArn"])
        return {}


def _missing(arn: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"Connection not found: {arn}")
