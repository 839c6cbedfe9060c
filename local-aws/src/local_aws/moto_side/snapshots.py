"""Makes the state of moto's backends durable: a snapshot of a service after each change of it.

The snapshot is a pickle in the server's own record store. It is read back only by an unpickler that knows moto's
classes and plain values and refuses the rest, so that a data folder cannot carry code.
"""

from __future__ import annotations

import io
import pickle
import threading
from typing import Any

from moto.backends import get_backend
from moto.core.common_models import BaseModel

from local_aws.kernel.records import Records

_LOCK = "lock"
_RLOCK = "rlock"
_LOCKS = {type(threading.Lock()): _LOCK, type(threading.RLock()): _RLOCK}

_BUILTINS = frozenset(
    {
        "bool",
        "bytearray",
        "bytes",
        "complex",
        "dict",
        "float",
        "frozenset",
        "int",
        "list",
        "object",
        "set",
        "str",
        "tuple",
    }
)
_CLASSES = {
    "builtins": _BUILTINS,
    "collections": frozenset({"OrderedDict", "defaultdict", "deque"}),
    "copyreg": frozenset({"_reconstructor"}),
    "datetime": frozenset({"date", "datetime", "time", "timedelta", "timezone"}),
    "decimal": frozenset({"Decimal"}),
    "re": frozenset({"_compile"}),
    "requests.structures": frozenset({"CaseInsensitiveDict"}),
    "uuid": frozenset({"UUID"}),
}


class Snapshots:
    """Saves and restores moto's backends."""

    def __init__(self, records: Records, services: tuple[str, ...]) -> None:
        self._records = records
        self._services = services

    def save(self, service: str) -> None:
        """Store a service's state; a service without state is left alone."""
        if service not in self._services:
            return
        state = {
            (account, region): backend.__dict__ for account, region, backend in get_backend(service).iter_backends()
        }
        buffer = io.BytesIO()
        _Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump(state)
        self._records.put_blob(f"moto-{service}", buffer.getvalue())

    def restore(self) -> None:
        """Put the stored state of every service back, in place of what this process has."""
        _forget_instances()
        for service in self._services:
            backends = get_backend(service)
            for account, region, _ in list(backends.iter_backends()):
                backends[account].pop(region)
            content = self._records.get_blob(f"moto-{service}")
            state = {} if content is None else _Unpickler(io.BytesIO(content)).load()
            for (account, region), attributes in state.items():
                backends[account][region].__dict__.update(attributes)


def _forget_instances() -> None:
    """Stop moto from keeping every object that it has ever made, for a dashboard that nobody sees here.

    ``BaseModel.__new__`` appends each to a list of its class, which would grow with every request.
    """
    BaseModel.__new__ = staticmethod(_plain_new)


def _plain_new(cls: type[BaseModel], *_: Any, **__: Any) -> BaseModel:
    return object.__new__(cls)


class _Pickler(pickle.Pickler):
    def persistent_id(self, value: Any) -> str | None:
        """Leave out locks, which are nobody's state."""
        return _LOCKS.get(type(value))


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, pid: str) -> Any:
        return {_LOCK: threading.Lock, _RLOCK: threading.RLock}[pid]()

    def find_class(self, module: str, name: str) -> Any:
        if name in _CLASSES.get(module, ()):
            return super().find_class(module, name)
        if module.startswith("moto.") and "." not in name:
            loaded = super().find_class(module, name)
            if isinstance(loaded, type) and loaded.__module__.startswith("moto."):
                return loaded
        raise pickle.UnpicklingError(f"the snapshot names {module}.{name}, which no snapshot of ours holds")
