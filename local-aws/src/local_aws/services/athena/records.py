"""The records of query executions, and the only places where their state changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from local_aws.kernel.collection import Collection
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, Records, now
from local_aws.services.athena.errors import QueryFailedError, invalid_request
from local_aws.services.athena.work_groups import ENGINE_VERSION

_ENDED: Final = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})


class QueryRecords(Collection):
    """Query executions by id."""

    def __init__(self, records: Records) -> None:
        super().__init__(records, "athena-query", not_found)

    def queue(self, record: Record) -> None:
        """Add an execution as QUEUED."""
        queued = {
            **record,
            "Status": {"State": "QUEUED", "SubmissionDateTime": now()},
            "Statistics": {"ResultReuseInformation": {"ReusedPreviousResult": False}},
            "EngineVersion": ENGINE_VERSION,
        }
        self.add(record["QueryExecutionId"], queued)

    def start(self, query_id: str) -> Record | None:
        """Set a queued execution RUNNING and return it; None when it has ended already."""

        def change(record: Record) -> None:
            record["Status"]["State"] = "RUNNING"
            record["_began"] = now()

        return self._change_unless_ended(query_id, change)

    def succeed(self, query_id: str, columns: list[dict[str, Any]], **statistics: int) -> None:
        """End a running execution as SUCCEEDED, with the ``ColumnInfo`` of its result and members of ``Statistics``."""
        self._end(query_id, {"State": "SUCCEEDED"}, statistics, {"_columns": columns})

    def fail(self, query_id: str, error: QueryFailedError) -> None:
        """End an execution as FAILED; one that was cancelled stays so."""
        self._end(query_id, {"State": "FAILED", "StateChangeReason": str(error), "AthenaError": error.athena_error})

    def cancel(self, query_id: str, reason: str = "Query cancelled by user", **statistics: int) -> bool:
        """End an execution as CANCELLED; False when it has ended already."""
        return self._end(query_id, {"State": "CANCELLED", "StateChangeReason": reason}, statistics)

    def fail_unfinished(self, error: QueryFailedError) -> None:
        """End every execution that has not ended as FAILED."""
        for record in self.each():
            self.fail(record["QueryExecutionId"], error)

    def _end(
        self, query_id: str, status: Record, statistics: dict[str, int] | None = None, members: Record | None = None
    ) -> bool:
        def change(record: Record) -> None:
            ended, submitted = now(), record["Status"]["SubmissionDateTime"]
            started = record.get("_began", ended)
            record |= members or {}
            record["Status"] |= {**status, "CompletionDateTime": ended}
            record["Statistics"] |= {
                "DataScannedInBytes": 0,
                "EngineExecutionTimeInMillis": _milliseconds(ended, started),
                "QueryQueueTimeInMillis": _milliseconds(started, submitted),
                "TotalExecutionTimeInMillis": _milliseconds(ended, submitted),
                **(statistics or {}),
            }

        return self._change_unless_ended(query_id, change) is not None

    def _change_unless_ended(self, query_id: str, change: Callable[[Record], None]) -> Record | None:
        changed = False

        def guarded(record: Record) -> None:
            nonlocal changed
            changed = record["Status"]["State"] not in _ENDED
            if changed:
                change(record)

        record = self.change(query_id, guarded)
        return record if changed else None


def not_found(query_id: str) -> AwsError:
    """Return the error for an id that no execution has."""
    return invalid_request(f"QueryExecution {query_id} was not found")


def _milliseconds(later: datetime, earlier: datetime) -> int:
    return (later - earlier) // timedelta(milliseconds=1)
