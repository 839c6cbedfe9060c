"""A small CloudTrail: one line for each call, saying who called what on which resources, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from local_aws.kernel.errors import AwsError
from local_aws.kernel.json_lines import MAX_BYTES, JsonLines
from local_aws.kernel.principals import principal
from local_aws.kernel.records import now

OK = "ok"

_under_way: ContextVar[tuple[str, str] | None] = ContextVar("under_way", default=None)
"""The call that this thread is serving, and who made it."""


class RecordedCall:
    """A call under way."""

    def __init__(self, service: str, operation: str, resources: Mapping[str, Any]) -> None:
        self.service = service
        self.operation = operation
        self.resources = resources
        self.outcome = OK


class CallLog:
    """The calls of a server, in ``calls.jsonl``; the older ones in ``calls.1.jsonl``.

    Notes
    -----
    A line holds ``time``, ``principal`` (the role's or the user's ARN, ``service`` for local_aws itself), ``service``,
    ``operation``, ``request`` (the parts that name resources), ``outcome`` (``ok`` or an error code), and ``within``:
    the operation in the course of which, and for the same principal, local_aws made the call.
    """

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        path.touch()
        self._lines = JsonLines(path.parent, max_bytes)
        self._name = path.stem
        self._is_closed = False

    @contextmanager
    def record(self, service: str, operation: str, resources: Mapping[str, Any]) -> Iterator[RecordedCall]:
        """Write a line at the end of the block; an error that leaves it is the outcome."""
        call = RecordedCall(service, operation, resources)
        caller, outer = principal(), _under_way.get()
        token = _under_way.set((f"{service}:{operation}", caller))
        try:
            yield call
        except AwsError as error:
            call.outcome = error.code
            raise
        except Exception:
            call.outcome = "InternalFailure"
            raise
        finally:
            _under_way.reset(token)
            self._write(call, caller, outer[0] if outer is not None and outer[1] == caller else None)

    def close(self) -> None:
        """End the log: calls are not written any more."""
        self._is_closed = True

    def _write(self, call: RecordedCall, caller: str, within: str | None) -> None:
        entry = {
            "time": now().isoformat(timespec="milliseconds"),
            "principal": caller,
            "service": call.service,
            "operation": call.operation,
            "request": call.resources,
            "outcome": call.outcome,
            **({"within": within} if within else {}),
        }
        if not self._is_closed:  # a thread's last call, while the server stops, comes after the end
            self._lines.write(self._name, entry)
