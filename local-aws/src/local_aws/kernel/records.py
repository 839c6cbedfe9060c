"""The durable record store: JSON documents in one SQLite file.

Every change is committed before the call returns, so what a client was told survives a killed server.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local_aws.kernel.database import open_database

Record = dict[str, Any]
_LOST = "all that is recorded there: resources, jobs, executions, names and tags of objects (not their contents)"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (kind, key)
);
CREATE INDEX IF NOT EXISTS records_in_order ON records (kind, position);
CREATE TABLE IF NOT EXISTS blobs (name TEXT PRIMARY KEY, content BLOB NOT NULL);
"""


_FIRST_BATCH, _LARGEST_BATCH = 16, 1024
"""How many records `Records.each` reads at a time: few at first, since most callers want one page."""


def now() -> datetime:
    """Return the current time, UTC, in the millisecond resolution that AWS APIs report."""
    current = datetime.now(UTC)
    return current.replace(microsecond=current.microsecond // 1000 * 1000)


class Records:
    """Documents by kind and key, in insertion order within a kind.

    Parameters
    ----------
    on_failure
        Called with SQLite's error when the file cannot be read or changed, as on a full disk, before it is raised.

    Notes
    -----
    A document holds what JSON holds, plus aware datetimes. What a caller gets is its own copy. Keys starting with
    ``_`` are private to the service that wrote them: `public` strips them before an answer.
    """

    def __init__(self, path: Path, on_failure: Callable[[sqlite3.Error], None] = lambda error: None) -> None:
        self._on_failure = on_failure
        self._lock = threading.RLock()
        self._connection = open_database(path, _SCHEMA, _LOST)

    def insert(self, kind: str, key: str, record: Record) -> None:
        """Add a record, or raise `KeyError` if the kind already has that key."""
        with self._lock:
            try:
                self._execute("INSERT INTO records (kind, key, document) VALUES (?, ?, ?)", (kind, key, _dump(record)))
            except sqlite3.IntegrityError:
                raise KeyError(key) from None

    def put(self, kind: str, key: str, record: Record) -> None:
        """Add a record, or replace the one under that key in its place."""
        with self._lock:
            changed = self._execute(
                "UPDATE records SET document = ? WHERE kind = ? AND key = ?", (_dump(record), kind, key)
            )
            if changed.rowcount == 0:
                self.insert(kind, key, record)

    def get(self, kind: str, key: str) -> Record | None:
        """Return a copy of the record, or None."""
        with self._lock:
            row = self._execute("SELECT document FROM records WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return None if row is None else _load(row[0])

    def page(self, kind: str, start: str, end: str, limit: int) -> list[Record]:
        """Return copies of at most `limit` records with ``start <= key < end``, by the UTF-8 bytes of their keys."""
        statement = "SELECT document FROM records WHERE kind = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?"
        with self._lock:
            rows = self._execute(statement, (kind, start, end, limit)).fetchall()
        return [_load(document) for (document,) in rows]

    def list(self, kind: str, where: Mapping[str, str] | None = None) -> list[Record]:
        """Return copies of a kind's records, or of those whose members have the values in `where`, oldest first."""
        with self._lock:
            rows = self._execute(_SELECT + _conditions(where) + " ORDER BY position", _values(kind, where)).fetchall()
        return [_load(document) for (_, document) in rows]

    def each(
        self, kind: str, where: Mapping[str, str] | None = None, *, newest_first: bool = False
    ) -> Iterator[Record]:
        """Yield what `list` returns, read only as far as it is asked for.

        Records that are added or removed meanwhile may or may not be among them; no other comes twice or is missed.
        """
        comparison, order = ("<", "DESC") if newest_first else (">", "ASC")
        ordered = f" AND position {comparison} ? ORDER BY position {order} LIMIT ?"
        statement = _SELECT + _conditions(where) + ordered
        position = 1 << 62 if newest_first else 0
        batch = _FIRST_BATCH
        while True:
            with self._lock:
                rows = self._execute(statement, (*_values(kind, where), position, batch)).fetchall()
            for _, document in rows:
                yield _load(document)
            if len(rows) < batch:
                return
            position = rows[-1][0]
            batch = min(4 * batch, _LARGEST_BATCH)

    def update(self, kind: str, key: str, change: Callable[[Record], None]) -> Record:
        """Change a record atomically and return it; an exception of `change` leaves it as it was.

        Raises
        ------
        KeyError
            If there is no such record.
        """
        with self._lock:
            record = self.get(kind, key)
            if record is None:
                raise KeyError(key)
            change(record)
            self.put(kind, key, record)
            return record

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make the changes of the block all or none, as those of a state and of the deliveries of its event.

        Nobody else reads or changes anything meanwhile: the block must be short, and must not wait for others.
        """
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._execute("BEGIN", ())
            try:
                yield
            except BaseException:
                self._execute("ROLLBACK", ())
                raise
            self._execute("COMMIT", ())

    def delete(self, kind: str, key: str) -> bool:
        """Remove a record; False when there was none."""
        with self._lock:
            return self._execute("DELETE FROM records WHERE kind = ? AND key = ?", (kind, key)).rowcount > 0

    def put_blob(self, name: str, content: bytes) -> None:
        """Store bytes under a name, replacing what was there."""
        with self._lock:
            self._execute("INSERT OR REPLACE INTO blobs VALUES (?, ?)", (name, content))

    def get_blob(self, name: str) -> bytes | None:
        """Return the bytes under a name, or None."""
        with self._lock:
            row = self._execute("SELECT content FROM blobs WHERE name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    def delete_blob(self, name: str) -> None:
        """Remove the bytes under a name, if there are any."""
        with self._lock:
            self._execute("DELETE FROM blobs WHERE name = ?", (name,))

    def close(self) -> None:
        """Close the file; the store must not be used afterwards."""
        with self._lock:
            self._connection.close()

    def _execute(self, statement: str, values: tuple[Any, ...]) -> sqlite3.Cursor:
        try:
            return self._connection.execute(statement, values)
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            self._on_failure(error)
            raise


_SELECT = "SELECT position, document FROM records WHERE kind = ?"


def _conditions(where: Mapping[str, str] | None) -> str:
    return " AND json_extract(document, ?) = ?" * len(where or {})


def _values(kind: str, where: Mapping[str, str] | None) -> tuple[str, ...]:
    pairs = (where or {}).items()
    return (kind, *(part for name, value in pairs for part in (f'$."{name}"', value)))


def public(record: Record) -> Record:
    """Return the record without its private (``_``) keys."""
    return {key: value for key, value in record.items() if not key.startswith("_")}


def selected(record: Mapping[str, Any], members: Iterable[str]) -> Record:
    """Return those of some members that a record has."""
    return {member: record[member] for member in members if member in record}


def without(record: Mapping[str, Any], *members: str) -> Record:
    """Return a record but for some members."""
    return {member: value for member, value in record.items() if member not in members}


def _dump(record: Record) -> str:
    return json.dumps(record, default=_encode, separators=(",", ":"))


def _load(document: str) -> Record:
    return json.loads(document, object_hook=_decode)


def _encode(value: object) -> object:
    if isinstance(value, datetime):
        return {"$datetime": value.isoformat()}
    raise TypeError(f"a record cannot hold a {type(value).__name__}: {value!r}")


def _decode(value: dict[str, Any]) -> Any:
    if value.keys() == {"$datetime"}:
        return datetime.fromisoformat(value["$datetime"])
    return value
