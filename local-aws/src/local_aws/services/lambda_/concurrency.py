"""Reserved concurrency: how many invocations of a function may run at a time."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.lambda_.functions import RESERVED, Functions


class Concurrency:
    """Counts the invocations that run, and holds them to what is reserved."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions
        self._running: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def one_more(self, function: Record) -> Iterator[None]:
        """Count an invocation for the time of the block.

        Raises
        ------
        AwsError
            ``TooManyRequestsException`` when as many run as are reserved; without a reservation there is no bound.
        """
        name, reserved = function["FunctionName"], function[RESERVED]
        with self._lock:
            if reserved is not None and self._running[name] >= reserved:
                members = {"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "Type": "User"}
                raise AwsError("TooManyRequestsException", "Rate Exceeded.", 429, members)
            self._running[name] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[name] -= 1

    def put(self, request: Request) -> Answer:
        """Serve PutFunctionConcurrency; 0 stops the function."""
        reserved = request["ReservedConcurrentExecutions"]
        self._functions.change(request, lambda record: record.update({RESERVED: reserved}))
        return {"ReservedConcurrentExecutions": reserved}

    def get(self, request: Request) -> Answer:
        """Serve GetFunctionConcurrency; empty when nothing is reserved."""
        reserved = self._functions.find(request)[RESERVED]
        return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteFunctionConcurrency."""
        self._functions.change(request, lambda record: record.update({RESERVED: None}))
        return {}
