"""The contract of CodeConnections."""

from __future__ import annotations

from local_aws.contracts.operations import Operation, Pages, Service, operations
from local_aws.kernel.context import Context
from local_aws.services.codeconnections.connections import Connections


def build(context: Context) -> Service:
    """Build the service."""
    connections = Connections(context)
    return Service(
        operations(
            "codeconnections",
            {
                "CreateConnection": connections.create,
                "GetConnection": connections.get,
                "ListConnections": Operation(connections.list, pages=Pages("Connections")),
                "DeleteConnection": connections.delete,
                **connections.tags.table("TagResource", "UntagResource", "ListTagsForResource"),
            },
        )
    )
