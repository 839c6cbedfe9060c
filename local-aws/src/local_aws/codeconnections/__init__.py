"""CodeConnections: connections to source providers, which wait for a person who completes them, as on AWS."""

from __future__ import annotations

from local_aws.codeconnections.connections import Connections
from local_aws.context import Context, Service


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
