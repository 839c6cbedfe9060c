"""The records of query executions, and the only places where their state changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from local_aws.kernel.records import Record, Records, now, public
from local_aws.services.athena.failures import QueryFailedError
from local_aws.services.athena.work_groups import ENGINE_VERSION

_KIND: Final = "athena-query"
_ENDED: Final = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})
_OVER_LIMIT: Final = "Bytes scanned limit was exceeded"


@dataclass(frozen=True)
class Finished:
    """What a query that ran to its end gives.

    Parameters
    ----------
    columns
        ``ColumnInfo`` of the result.
    bytes_scanned
        What was read of the tables' files.
    over_limit
        Whether that is more than the work group allows: the query then counts as cancelled.
    planning_ms, engine_ms, service_ms
        Times: planning; planning and execution; storing the result.
    """

    columns: list[dict[str, Any]] = field(default_factory=list)
    bytes_scanned: int = 0
    over_limit: bool = False
    planning_ms: int = 0
    engine_ms: int = 0
    service_ms: int = 0


class QueryRecords:
    """Query executions in the record store.

    Parameters
    ----------
    records
        The store.
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    def insert(self, record: Record) -> None:
        """Add an execution as QUEUED."""
        queued = {
            **record,
            "Status": {"State": "QUEUED", "SubmissionDateTime": now()},
            "Statistics": {"ResultReuseInformation": {"ReusedPreviousResult": False}},
            "EngineVersion": ENGINE_VERSION,
        }
        self._records.insert(_KIND, record["QueryExecutionId"], queued)

    def get(self, query_id: str) -> Record | None:
        """Give an execution with its private members, or None."""
        return self._records.get(_KIND, query_id)

    def of_work_group(self, name: str) -> Iterator[Record]:
        """Yield the executions of a work group, the newest first."""
        return self._records.each(_KIND, {"WorkGroup": name}, newest_first=True)

    def begin(self, query_id: str) -> Record | None:
        """Set a queued execution RUNNING and give it; None when it has ended already."""

        def change(record: Record) -> None:
            record["Status"]["State"] = "RUNNING"
            record["_began"] = now()

        return self._change(query_id, change)

    def succeed(self, query_id: str, finished: Finished) -> None:
        """End a running execution as SUCCEEDED, or CANCELLED if it scanned too much."""

        def change(record: Record) -> None:
            status = record["Status"]
            status["State"] = "CANCELLED" if finished.over_limit else "SUCCEEDED"
            if finished.over_limit:
                status["StateChangeReason"] = _OVER_LIMIT
            record["_columns"] = finished.columns
            record["Statistics"] |= {
                "DataScannedInBytes": finished.bytes_scanned,
                "EngineExecutionTimeInMillis": finished.engine_ms,
                "QueryPlanningTimeInMillis": finished.planning_ms,
                "ServiceProcessingTimeInMillis": finished.service_ms,
            }
            _close(record)

        self._change(query_id, change)

    def fail(self, query_id: str, error: QueryFailedError) -> None:
        """End an execution as FAILED; one that was cancelled stays so."""

        def change(record: Record) -> None:
            record["Status"] |= {
                "State": "FAILED",
                "StateChangeReason": error.reason,
                "AthenaError": error.athena_error,
            }
            record["Statistics"] |= {"DataScannedInBytes": 0, "EngineExecutionTimeInMillis": _since(record, "_began")}
            _close(record)

        self._change(query_id, change)

    def cancel(self, query_id: str) -> bool:
        """End an execution as CANCELLED; False when it has ended already."""

        def change(record: Record) -> None:
            record["Status"] |= {"State": "CANCELLED", "StateChangeReason": "Query cancelled by user"}
            record["Statistics"] |= {"DataScannedInBytes": 0, "EngineExecutionTimeInMillis": _since(record, "_began")}
            _close(record)

        return self._change(query_id, change) is not None

    def is_cancelled(self, query_id: str) -> bool:
        """Tell whether an execution was cancelled."""
        record = self.get(query_id)
        return record is not None and record["Status"]["State"] == "CANCELLED"

    def fail_unfinished(self, error: QueryFailedError) -> None:
        """End every execution that has not ended as FAILED."""
        for record in self._records.each(_KIND):
            self.fail(record["QueryExecutionId"], error)

    def _change(self, query_id: str, change: Callable[[Record], None]) -> Record | None:
        """Change an execution unless it has ended, atomically."""
        changed = False

        def guarded(record: Record) -> None:
            nonlocal changed
            changed = record["Status"]["State"] not in _ENDED
            if changed:
                change(record)

        record = self._records.update(_KIND, query_id, guarded)
        return record if changed else None


def execution(record: Record) -> dict[str, Any]:
    """Give a record as GetQueryExecution does."""
    return public(record)


def _close(record: Record) -> None:
    ended = now()
    submitted = record["Status"]["SubmissionDateTime"]
    record["Status"]["CompletionDateTime"] = ended
    began = record.get("_began", ended)
    record["Statistics"]["QueryQueueTimeInMillis"] = _milliseconds(began, submitted)
    record["Statistics"]["TotalExecutionTimeInMillis"] = _milliseconds(ended, submitted)


def _since(record: Record, member: str) -> int:
    return _milliseconds(now(), record[member]) if member in record else 0


def _milliseconds(later: datetime, earlier: datetime) -> int:
    return (later - earlier) // timedelta(milliseconds=1)
