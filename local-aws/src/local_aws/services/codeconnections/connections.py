"""Connections, each pending: nobody can complete its handshake with the provider from here."""

from __future__ import annotations

import uuid

from local_aws.contracts.paging import page
from local_aws.kernel.context import ACCOUNT_ID, Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, public

KIND = "codeconnection"


class Connections:
    """The connections of the account."""

    def __init__(self, context: Context) -> None:
        self._records = context.records
        self._arn = context.settings.arn

    def create(self, request: Request) -> Answer:
        """Serve CreateConnection."""
        if "HostArn" in request:
            raise AwsError("ResourceNotFoundException", f"there is no host {request['HostArn']}: local_aws has none")
        if "ProviderType" not in request:
            raise AwsError("InvalidInputException", "ProviderType is required: local_aws has no hosts")
        if any(found["ConnectionName"] == request["ConnectionName"] for found in self._records.list(KIND)):
            raise AwsError("InvalidInputException", f"a connection named {request['ConnectionName']} exists already")
        arn = self._arn("codeconnections", f"connection/{uuid.uuid4()}")
        tags = request.get("Tags", [])
        record = {
            "ConnectionName": request["ConnectionName"],
            "ConnectionArn": arn,
            "ProviderType": request["ProviderType"],
            "OwnerAccountId": ACCOUNT_ID,
            "ConnectionStatus": "PENDING",
            "_tags": {tag["Key"]: tag["Value"] for tag in tags},
        }
        self._records.insert(KIND, arn, record)
        return {"ConnectionArn": arn, "Tags": tags}

    def get(self, request: Request) -> Answer:
        """Serve GetConnection."""
        return {"Connection": public(self._find(request["ConnectionArn"]))}

    def list(self, request: Request) -> Answer:
        """Serve ListConnections."""
        wanted = request.get("ProviderTypeFilter")
        found = [public(record) for record in self._records.list(KIND) if wanted in (None, record["ProviderType"])]
        items, token = page([] if "HostArnFilter" in request else found, request)
        return {"Connections": items, **({"NextToken": token} if token else {})}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteConnection."""
        self._find(request["ConnectionArn"])
        self._records.delete(KIND, request["ConnectionArn"])
        return {}

    def tag(self, request: Request) -> Answer:
        """Serve TagResource."""
        record = self._find(request["ResourceArn"])
        record["_tags"] |= {tag["Key"]: tag["Value"] for tag in request["Tags"]}
        self._records.put(KIND, record["ConnectionArn"], record)
        return {}

    def untag(self, request: Request) -> Answer:
        """Serve UntagResource."""
        record = self._find(request["ResourceArn"])
        record["_tags"] = {key: value for key, value in record["_tags"].items() if key not in request["TagKeys"]}
        self._records.put(KIND, record["ConnectionArn"], record)
        return {}

    def tags(self, request: Request) -> Answer:
        """Serve ListTagsForResource."""
        tags = self._find(request["ResourceArn"])["_tags"]
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _find(self, arn: str) -> Record:
        record = self._records.get(KIND, arn)
        if record is None:
            raise AwsError("ResourceNotFoundException", f"Connection not found: {arn}")
        return record
