"""The fleet that answers a request: the endpoint's, or one of two while a deployment shifts traffic."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from local_aws.kernel.context import Context
from local_aws.services.sagemaker.hosting.fleet import Fleet, start_all
from local_aws.services.sagemaker.hosting.instances import Instance
from local_aws.services.sagemaker.hosting.serving import Serving
from local_aws.services.sagemaker.served_models import remove_containers


@dataclass
class _Route:
    blue: Fleet
    green: Fleet | None = None
    green_share: float = 0.0
    credit: float = 0.0

    def next_fleet(self) -> Fleet:
        """Return the green fleet for its share of the requests, evenly spread, else the blue one."""
        if self.green is None:
            return self.blue
        self.credit += self.green_share
        if self.credit < 1:
            return self.blue
        self.credit -= 1
        return self.green


class Traffic:
    """The routes of endpoints.

    After a restart of this server an endpoint gets its fleet at its first request: `current` returns what an endpoint
    serves, or raises the error that the caller gets when it serves nothing.
    """

    def __init__(self, context: Context, current: Callable[[str], Serving]) -> None:
        self._context = context
        self._current = current
        self._routes: dict[str, _Route] = {}
        self._lock = threading.Lock()

    @contextmanager
    def using(self, endpoint: str) -> Iterator[tuple[Instance, int]]:
        """Return the instance that takes the endpoint's next request, and the size of its fleet.

        The instance stays up for the time of the block. An endpoint that serves nothing, or is busy, raises `AwsError`.
        """
        with self._lock:
            # Entered under the lock: no shift comes between, and who retires the instance waits for this request.
            fleet = self._route(endpoint).next_fleet()
            instance, size = fleet.take(), fleet.size
        try:
            yield instance, size
        finally:
            instance.leave()

    def open(self, endpoint: str, fleet: Fleet) -> None:
        """Send the requests of a new endpoint to a fleet."""
        with self._lock:
            self._routes[endpoint] = _Route(fleet)

    def shift(self, endpoint: str, green: Fleet, share: float) -> None:
        """Send a share of an endpoint's requests, 0 to 1, to another fleet."""
        with self._lock:
            route = self._route(endpoint)
            route.green, route.green_share, route.credit = (green, share, 0.0) if share else (None, 0.0, 0.0)

    def settle(self, endpoint: str) -> Fleet:
        """Make the fleet that requests were shifted to the endpoint's only one; return the other."""
        with self._lock:
            route = self._routes[endpoint]
            if route.green is None:
                raise ValueError(f"no traffic of endpoint {endpoint} has been shifted")
            self._routes[endpoint] = _Route(route.green)
            return route.blue

    def close(self, endpoint: str) -> Fleet | None:
        """Remove the route of an endpoint; return its fleet, if it has one."""
        with self._lock:
            route = self._routes.pop(endpoint, None)
            return None if route is None else route.blue

    def resize(self, endpoint: str, count: int) -> list[Instance]:
        """Set the number of an endpoint's instances; return those that are to be retired.

        New instances run when it returns. If one does not start, the fleet stays as it was.
        """
        with self._lock:
            fleet = self._route(endpoint).blue
            added = fleet.more(max(count - fleet.size, 0))
        start_all(added)
        with self._lock:
            fleet.grow(added)
            return fleet.shrink(count)

    def drop_models(self, endpoint: str, but: str = "") -> None:
        """Remove the unpacked models of the endpoint's servers, but for one generation; their logs stay."""
        for folder in self._context.jobs.folder("endpoints", endpoint).iterdir():
            if folder.is_dir() and not (but and folder.name.startswith(but)):
                remove_containers(folder)

    def _route(self, endpoint: str) -> _Route:
        route = self._routes.get(endpoint)
        if route is None:
            route = self._routes[endpoint] = _Route(Fleet(self._context, self._current(endpoint)))
        return route
