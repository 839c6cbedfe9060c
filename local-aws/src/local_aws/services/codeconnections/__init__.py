"""CodeConnections: connections to source providers, which wait for a person who completes them, as on AWS."""

from __future__ import annotations

from local_aws.kernel.context import Context, Service
from local_aws.services.codeconnections.connections import Connections


def build(context: Context) -> Service:
    """Build the CodeConnections service."""
    connections = Connections(context)
    handlers = {
        "CreateConnection": connections.create,
        "GetConnection": connections.get,
        "ListConnections": connections.list,
        "DeleteConnection": connections.delete,
        "TagResource": connections.tag,
        "UntagResource": connections.untag,
        "ListTagsForResource": connections.tags,
    }
    return Service({("codeconnections", name): handler for name, handler in handlers.items()})
