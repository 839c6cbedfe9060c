"""Resources of CodeConnections."""

from __future__ import annotations

from typing import Any

from local_aws.contracts.tags import TagForm
from local_aws.kernel.context import Context
from local_aws.services.cloudformation.types.service_type import ServiceType


class Connection(ServiceType):
    """``AWS::CodeConnections::Connection``, pending until a person completes it."""

    name, service = "AWS::CodeConnections::Connection", "codeconnections"
    creates, deletes = "CreateConnection", "DeleteConnection"
    key = id_path = "ConnectionArn"
    name_property = "ConnectionName"
    tag_form = TagForm()

    def attributes(self, context: Context, physical_id: str) -> dict[str, Any]:
        connection = self.send(context, "GetConnection", {"ConnectionArn": physical_id})["Connection"]
        return {name: connection[name] for name in ("ConnectionArn", "ConnectionStatus", "OwnerAccountId")}
