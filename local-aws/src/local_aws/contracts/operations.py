"""The contract of each operation: its handler, the members it honours, and the pages of its listing.

The front enforces it, for requests from outside and from inside the server alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from local_aws.contracts.members import EVERY_MEMBER, Members
from local_aws.contracts.paging import page
from local_aws.kernel.context import Answer, Handler, Request


@dataclass(frozen=True)
class Pages:
    """How an operation's answer is cut into pages."""

    items: str
    """The answer's member with the items: the handler returns all of them, as an iterable that is read to the end of
    the page and one further."""
    size: int = 100
    """Items per page when the request names no number."""
    token: str = "NextToken"  # noqa: S105 (the name of a member, no secret)
    limit: str = "MaxResults"
    """The members for the next page's token, in request and answer, and for the number of items."""
    next_token: str = ""
    """The answer's member for the next page's token, where it is not the request's."""

    def cut(self, answer: Answer, request: Request) -> Answer:
        """Return the page of an answer that a request asks for."""
        items, token = page(answer[self.items], request, token_key=self.token, size_key=self.limit, default=self.size)
        return {**answer, self.items: items, **({self.next_token or self.token: token} if token else {})}


@dataclass(frozen=True)
class Operation:
    """What is done for an operation, and with which members of its request."""

    handler: Handler
    members: Members = EVERY_MEMBER
    """The members that are honoured; every one, when it is not given."""
    pages: Pages | None = None
    """How a listing is cut into pages; the handler then returns the whole of it."""
    error: str = "ValidationException"
    status: int = 400
    """The error's code and HTTP status for a member that is not honoured."""

    def serve(self, name: str, request: Request) -> Answer:
        """Answer a request that is valid by the service's model.

        Raises
        ------
        AwsError
            Naming the members that are not honoured, or what the handler raises.
        """
        self.members.check(request, name, self.error, self.status)
        answer = self.handler(request)
        return answer if self.pages is None else self.pages.cut(answer, request)


Table = Mapping[str, Operation | Handler]
"""By operation: an `Operation`, or the handler of one that honours every member and has no pages."""

Operations = Mapping[tuple[str, str], Operation]
"""By service and operation, as botocore names them."""


def operations(service: str, table: Table, error: str = Operation.error) -> dict[tuple[str, str], Operation]:
    """Return a service's contract; `error` is that of operations that name none of their own."""
    contract = {}
    for name, entry in table.items():
        operation = entry if isinstance(entry, Operation) else Operation(entry)
        own = operation.error != Operation.error
        contract[service, name] = operation if own else replace(operation, error=error)
    return contract


@dataclass(frozen=True)
class Service:
    """What a service package gives the server."""

    operations: Operations
    recover: Callable[[], None] = lambda: None
    """Called once at start, before requests: ends or takes up what a killed server left unfinished."""
    stop: Callable[[], None] = lambda: None
    """Called once at the end, after the last request."""
