"""The interface between the engine and its resource types."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from local_aws.kernel.context import Context, Request
from local_aws.kernel.principals import SERVICE, acting_as

Properties = dict[str, Any]


class ReadRequest(NamedTuple):
    """What tells whether a resource is there: an operation that fails when it is not."""

    service: str
    operation: str
    request: Request
    listed: str = ""
    """For an operation that does not fail: the member of its answer that is empty then."""

    def finds(self, context: Context) -> bool:
        """Return whether the answer has the resource; it is local_aws that asks, not the stack's role."""
        with acting_as(SERVICE):
            answer = context.call(self.service, self.operation, self.request)
        return not self.listed or bool(answer.get(self.listed))


@dataclass(frozen=True)
class Declaration:
    """A resource as the template declares it, every intrinsic function resolved."""

    logical_id: str
    properties: Properties
    """Its properties; where the type has tags, the stack's are among them, in the type's own form."""
    generated_name: Callable[[int], str]
    """Returns a name as CloudFormation generates it: stack name, logical id and a random part. Takes the maximum number
    of characters that the service allows."""
    record_start: Callable[[str, ReadRequest | None], None]
    """Called with the name of a resource right before it is created, and with what reads it; None for a generated name,
    which nobody else has. A server that is killed meanwhile can still delete it by that name."""


@dataclass(frozen=True)
class PhysicalResource:
    """A resource as it was created or updated."""

    physical_id: str
    """What identifies it, and what ``Ref`` returns."""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """What ``Fn::GetAtt`` returns, by name."""


class ResourceType(ABC):
    """How resources of one type are created, updated and deleted, through the server's own operations.

    The context's calls are those of the stack's role. Whatever an operation refuses, as
    `local_aws.kernel.errors.AwsError`, fails the resource with that reason.
    """

    name: str
    """E.g. ``"AWS::Glue::Job"``."""

    @abstractmethod
    def create(self, context: Context, declaration: Declaration) -> PhysicalResource:
        """Create the resource."""

    @abstractmethod
    def update(
        self, context: Context, physical_id: str, declaration: Declaration, before: Properties
    ) -> PhysicalResource:
        """Update the resource in place.

        Only called when no create-only property of the type's published schema differs; otherwise the engine replaces
        the resource.
        """

    @abstractmethod
    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete the resource; one that is not there any more is not an error."""
