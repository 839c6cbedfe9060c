"""The records of one kind of resource, with the errors that its API gives."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping

from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, Records


class Collection:
    """The records of one kind: added, found, changed, listed and removed.

    Parameters
    ----------
    missing, taken
        Return the error for a key that has no record, or already has one.
    on_change
        Called with the record before (None for a new one) and after each change, in the transaction of the change;
        this is where events are announced.
    """

    def __init__(
        self,
        records: Records,
        kind: str,
        missing: Callable[[str], AwsError],
        taken: Callable[[str], AwsError] | None = None,
        on_change: Callable[[Record | None, Record], None] | None = None,
    ) -> None:
        self._records = records
        self._kind = kind
        self._missing = missing
        self._taken = taken or missing
        self._on_change = on_change

    def add(self, key: str, record: Record) -> None:
        """Add a record, or raise the error for a key that is taken."""
        with self._records.together():
            try:
                self._records.insert(self._kind, key, record)
            except KeyError:
                raise self._taken(key) from None
            if self._on_change is not None:
                self._on_change(None, record)

    def find(self, key: str) -> Record | None:
        """Return a copy of a record, or None."""
        return self._records.get(self._kind, key)

    def get(self, key: str) -> Record:
        """Return a copy of a record, or raise the error for a key without one."""
        record = self.find(key)
        if record is None:
            raise self._missing(key)
        return record

    def list(self, where: Mapping[str, str] | None = None) -> list[Record]:
        """Return copies of the records, or of those whose members have the values in `where`, oldest first."""
        return self._records.list(self._kind, where)

    def each(self, where: Mapping[str, str] | None = None, *, newest_first: bool = False) -> Iterator[Record]:
        """Yield what `list` returns, read only as far as it is asked for."""
        return self._records.each(self._kind, where, newest_first=newest_first)

    def put(self, key: str, record: Record) -> None:
        """Add a record, or replace the one under that key in its place."""
        with self._records.together():
            before = self.find(key)
            self._records.put(self._kind, key, record)
            if self._on_change is not None:
                self._on_change(before, record)

    def change(self, key: str, change: Callable[[Record], None]) -> Record:
        """Change a record atomically and return it; what `change` raises leaves it as it was.

        Raises
        ------
        AwsError
            The error for a key without a record.
        """
        before: Record = {}

        def noting(record: Record) -> None:
            before.update(copy.deepcopy(record))
            change(record)

        with self._records.together():
            try:
                record = self._records.update(self._kind, key, noting)
            except KeyError:
                raise self._missing(key) from None
            if self._on_change is not None:
                self._on_change(before, record)
        return record

    def remove(self, key: str) -> None:
        """Remove a record, or raise the error for a key without one."""
        if not self.discard(key):
            raise self._missing(key)

    def discard(self, key: str) -> bool:
        """Remove a record; False when there was none."""
        return self._records.delete(self._kind, key)
