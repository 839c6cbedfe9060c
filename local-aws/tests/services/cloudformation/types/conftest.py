"""A running server with every service, and resources made on it as a stack would make them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local_aws.builders import BUILDERS
from local_aws.kernel.context import Context
from local_aws.services.cloudformation.resource_type import Declaration, PhysicalResource, Properties
from local_aws.services.cloudformation.types import TYPES
from tests.conftest import RunningServer, running

_numbers = itertools.count()


class Resource:
    """One resource through its life."""

    def __init__(self, context: Context, type_name: str) -> None:
        self._context = context
        self._type = TYPES[type_name]
        self._properties: Properties = {}
        self.made = PhysicalResource("")

    @property
    def id(self) -> str:
        """Its physical id."""
        return self.made.physical_id

    def declared(self) -> Declaration:
        """Return it as a template declares it now."""
        return _declared(self._properties)

    def create(self, **properties: Any) -> PhysicalResource:
        """Create it."""
        self._properties = properties
        self.made = self._type.create(self._context, _declared(properties))
        return self.made

    def update(self, **properties: Any) -> PhysicalResource:
        """Update it."""
        self.made = self._type.update(self._context, self.id, _declared(properties), self._properties)
        self._properties = properties
        return self.made

    def delete(self) -> None:
        """Delete it, twice: the second time it is not there, which is no error."""
        for _ in range(2):
            self._type.delete(self._context, self.id, self._properties)


def _declared(properties: Properties) -> Declaration:
    def generated_name(maximum: int) -> str:
        return f"stack-logical-{next(_numbers):012}"[-maximum:].strip("-")

    return Declaration("Logical", properties, generated_name, lambda name, read: None)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Return a server whose state the tests of a module share."""
    with running(tmp_path_factory.mktemp("data"), BUILDERS) as server:
        yield server


@pytest.fixture
def resource(server: RunningServer) -> Callable[[str], Resource]:
    """Return a function that returns a resource of a type, not created yet."""
    return lambda type_name: Resource(server.context, type_name)
