"""Passes an allowed request on to moto, and makes what it changed durable before the answer goes out."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from local_aws.contracts.moto_operations import is_read_only
from local_aws.moto_side import glue_rules, iam_rules, logs_rules
from local_aws.moto_side.snapshots import Snapshots


class MotoForwarder:
    """moto as a WSGI application, with durable effects."""

    def __init__(self, snapshots: Snapshots, region: str) -> None:
        self._snapshots = snapshots
        self._region = region
        self._locks: dict[str, threading.RLock] = defaultdict(threading.RLock)

    @cached_property
    def _application(self) -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
        """moto's server; its imports (Flask) take a while, which a start should not wait for."""
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        return DomainDispatcherApplication(create_backend_app)

    def __call__(
        self,
        service: str,
        operation: str,
        parameters: dict[str, Any],
        environ: WSGIEnvironment,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        """Serve one request; changes to a service happen one after another."""
        if service == "glue":
            glue_rules.apply_rules(operation, parameters)
        if service == "logs":
            logs_rules.apply_rules(operation, parameters, self._region)
            if operation == "FilterLogEvents":
                environ = logs_rules.with_stream_names(environ, parameters, self._region)
        if is_read_only(operation) and service != "iam":
            return self._application(environ, start_response)
        with self._locks[service]:
            if service == "iam":
                iam_rules.apply_rules(operation, parameters)
                if is_read_only(operation):
                    return self._application(environ, start_response)
            answer, status, send = _held(self._application, environ)
            if status < 300:
                self._snapshots.save(service)
        send(start_response)
        return answer


def _held(
    application: Callable[..., Iterable[bytes]], environ: WSGIEnvironment
) -> tuple[list[bytes], int, Callable[[StartResponse], None]]:
    """Run an application to the end and hold its answer back."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def hold(status: str, headers: list[tuple[str, str]], _: Any = None) -> Callable[[bytes], object]:
        started.append((status, headers))
        return lambda _data: None

    answer = list(application(environ, hold))
    status, headers = started[-1]
    return answer, int(status.split()[0]), lambda start_response: start_response(status, headers) and None
