"""What the engine asks of a CloudFormation resource type, and what it gives it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_aws.kernel.context import Answer, Request

Properties = dict[str, Any]
Call = Callable[[str, str, Request], Answer]
"""Calls an operation of this server as the stack's role; see `local_aws.kernel.context.Context.call`."""
Look = tuple[str, str, Request]
"""Service, operation and request that read a resource, and fail when it is not there."""


@dataclass(frozen=True)
class Declared:
    """A resource as the template declares it, every intrinsic function resolved.

    Parameters
    ----------
    properties
        Its properties; where the type has tags, the stack's are among them, in the type's own form.
    generated_name
        The name for a resource that is given none: stack name, logical id and a random part, as CloudFormation's.
        Takes the most characters that the service allows.
    begins
        Told the name of a resource that is not there yet, right before it is made, and how to look for it; None for a
        generated name, which nobody else has. A server that is killed meanwhile can still remove it by that name.
    """

    logical_id: str
    properties: Properties
    generated_name: Callable[[int], str]
    begins: Callable[[str, Look | None], None]


@dataclass(frozen=True)
class Made:
    """A resource as it was made or changed.

    Parameters
    ----------
    physical_id
        What identifies it, and what ``Ref`` gives.
    attributes
        What ``Fn::GetAtt`` gives, by name.
    """

    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


class ResourceType(ABC):
    """How resources of one type are made, changed and removed, through the server's own operations.

    Whatever an operation refuses, as `local_aws.kernel.errors.AwsError`, fails the resource with that reason.
    """

    name: str
    """E.g. ``"AWS::Glue::Job"``."""

    @abstractmethod
    def create(self, call: Call, declared: Declared) -> Made:
        """Make the resource."""

    @abstractmethod
    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Change the resource in place.

        Only called when no create-only property of the type's published schema differs; otherwise the engine replaces
        the resource.
        """

    @abstractmethod
    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Remove the resource; one that is not there any more is not an error."""
