"""What an engine such as Spark writes into a bucket's folder, seen by the S3 calls of the job that runs it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from local_aws.kernel.context import Answer, Handler, Request
from local_aws.kernel.principals import principal, session_name
from local_aws.services.s3.buckets import BucketRecords
from local_aws.services.s3.store import Store
from local_aws.services.s3.writes import copy_source


class Engines:
    """The jobs that run an engine now, by the role and the session of their calls.

    An engine writes files, not objects: everybody sees them as objects once its job has ended, and the job itself
    already with its next call, as it would on AWS. Others would also see files that are not finished.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: list[tuple[tuple[str, str], Callable[[], bool]]] = []

    @contextmanager
    def running(self, role_arn: str, session: str, has_started: Callable[[], bool]) -> Iterator[None]:
        """Have the calls of a role's session see the files of its engine once it has started, in the block."""
        job = ((role_arn, session), has_started)
        with self._lock:
            self._jobs.append(job)
        try:
            yield
        finally:
            with self._lock:
                self._jobs.remove(job)

    def is_behind_call(self) -> bool:
        """Return whether the job that makes the current call runs an engine."""
        if not self._jobs:
            return False
        caller = (principal(), session_name())
        with self._lock:
            started = [has_started for job, has_started in self._jobs if job == caller]
        return any(has_started() for has_started in started)


def seeing_engines(handler: Handler, store: Store, engines: Engines) -> Handler:
    """Return a handler that adopts what the caller's engine has written into the buckets of a request."""
    buckets = BucketRecords(store.records)

    def handle(request: Request) -> Answer:
        if engines.is_behind_call():
            for bucket in _named(request) & set(buckets.names()):
                store.rescan(bucket)
        return handler(request)

    return handle


def _named(request: Request) -> set[str]:
    named = {request["Bucket"]} if "Bucket" in request else set()
    if "CopySource" in request:
        named.add(copy_source(request["CopySource"])[0])
    return named
