"""Runs submitted queries in the background: each SELECT in a worker process, catalog statements in this one."""

from __future__ import annotations

import dataclasses
import json
import logging
import threading
import time
from pathlib import Path
from typing import Any, Final

from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import split_uri
from local_aws.kernel.principals import SERVICE, USER_ARN, acting_as
from local_aws.kernel.processes.child import Child, Outcome, failure_reason
from local_aws.kernel.processes.command import FINDS_LOCAL_AWS, Command
from local_aws.kernel.records import Record
from local_aws.kernel.work import Schedule
from local_aws.services.athena.catalog.glue import GlueCatalog
from local_aws.services.athena.catalog.table_sources import supply_tables
from local_aws.services.athena.errors import (
    MalformedQueryError,
    QueryFailedError,
    exhausted,
    internal_error,
    stack_overflow,
)
from local_aws.services.athena.records import QueryRecords
from local_aws.services.athena.result_columns import column_info, hive_column_info
from local_aws.services.athena.statements import QUERY, parse_catalog
from local_aws.services.athena.worker import contract
from local_aws.services.athena.worker.contract import Bounds, QueryRequest, write_document

_log = logging.getLogger(__name__)
_CONCURRENT_QUERIES: Final = 4
_CANCEL_SECONDS: Final = 10.0
_LOG_GROUP: Final = "/aws/athena/queries"
"""Athena has no log of its own; only a crashed worker writes here."""
_SESSION: Final = "athena"
"""The session in which a query has its caller's role."""


class QueryRunner:
    """Runs submitted queries, a few at a time."""

    def __init__(self, context: Context, records: QueryRecords, catalog: GlueCatalog) -> None:
        self._context = context
        self._records = records
        self._catalog = catalog
        self._schedule = Schedule("athena", self._run, _CONCURRENT_QUERIES)
        self._active: set[str] = set()
        self._running: set[str] = set()
        self._is_stopping = False

    @property
    def active(self) -> int:
        """How many queries run or wait."""
        return len(self._active)

    def submit(self, query_id: str) -> None:
        """Run a query that is recorded as QUEUED when its turn comes."""
        self._active.add(query_id)
        self._schedule.put(query_id)

    def cancel(self, query_id: str) -> None:
        """Stop a query that is recorded as CANCELLED already; its worker may be about to start."""
        threading.Thread(target=self._kill, args=(query_id,), name=f"cancel {query_id}", daemon=True).start()

    def stop(self) -> None:
        """Start no more queries; what has not ended is for `QueryRecords.fail_unfinished` of the next server."""
        self._is_stopping = True
        self._schedule.stop()

    def _kill(self, query_id: str) -> None:
        deadline = time.monotonic() + _CANCEL_SECONDS
        while query_id in self._running and time.monotonic() < deadline:
            if self._context.jobs.stop(_job_id(query_id)):
                return
            time.sleep(0.02)

    def _run(self, query_id: str) -> None:
        self._running.add(query_id)
        try:
            record = self._records.start(query_id)
            if record is not None:
                self._run_to_end(record)
        finally:
            self._running.discard(query_id)
            self._active.discard(query_id)

    def _run_to_end(self, record: Record) -> None:
        query_id = record["QueryExecutionId"]
        run = self._run_select if record["SubstatementType"] == QUERY else self._run_catalog_statement
        try:
            with acting_as(record["_caller"], _SESSION):
                self._catalog.ensure_default_database()
                run(record)
        except QueryFailedError as error:
            self._fail(query_id, error)
        except AwsError as error:
            self._fail(query_id, internal_error(str(error)))
        except RecursionError:
            self._fail(query_id, stack_overflow())
        except Exception as error:  # noqa: BLE001 (the thread must live on, and the query must end)
            if not self._is_stopping:
                _log.exception("query %s failed", query_id)
            self._fail(query_id, internal_error(f"{type(error).__name__}: {error}"))

    def _fail(self, query_id: str, error: QueryFailedError) -> None:
        if not self._is_stopping:
            self._records.fail(query_id, error)

    def _run_catalog_statement(self, record: Record) -> None:
        try:
            statement = parse_catalog(record["Query"])
        except MalformedQueryError as error:
            raise QueryFailedError("SYNTAX_ERROR", str(error)) from error
        lines = statement.run(self._catalog, _database(record))
        self._store(record, "".join(f"{line}\n" for line in lines).encode("utf-8"))
        self._records.succeed(
            record["QueryExecutionId"],
            [hive_column_info(name) for name in statement.result_columns],
            QueryPlanningTimeInMillis=0,
            ServiceProcessingTimeInMillis=0,
        )

    def _run_select(self, record: Record) -> None:
        started = time.monotonic()
        query_id = record["QueryExecutionId"]
        folder = self._context.jobs.folder("athena", query_id)
        result = self._run_worker(record, folder)
        executed = time.monotonic()
        bytes_scanned, cutoff_bytes = result["bytes_scanned"], record.get("_cutoff_bytes")
        if cutoff_bytes is not None and bytes_scanned > cutoff_bytes:
            self._records.cancel(query_id, "Bytes scanned limit was exceeded", DataScannedInBytes=bytes_scanned)
            return
        csv = folder / contract.RESULT_CSV
        self._store(record, csv)
        csv.unlink()
        self._records.succeed(
            query_id,
            [column_info(name, type_name) for name, type_name in result["columns"]],
            DataScannedInBytes=bytes_scanned,
            EngineExecutionTimeInMillis=round((executed - started) * 1000),
            QueryPlanningTimeInMillis=result["planning_ms"],
            ServiceProcessingTimeInMillis=round((time.monotonic() - executed) * 1000),
        )

    def _run_worker(self, record: Record, folder: Path) -> dict[str, Any]:
        """Return the `contract.QueryResult` of a query, run in a process of its own, as a document."""
        query_id, caller = record["QueryExecutionId"], record["_caller"]
        limits = self._context.jobs.limits
        bounds = Bounds(limits.query_memory, limits.query_disk, limits.query_result, limits.query_rows)
        parameters = tuple(record.get("ExecutionParameters", ()))
        request = QueryRequest(record["Query"], parameters, _database(record), bounds)
        write_document(folder / contract.QUERY, dataclasses.asdict(request))
        command = Command(
            job_id=_job_id(query_id),
            arguments=("python", "-m", "local_aws.services.athena.worker.program", str(folder)),
            folder=folder,
            log_group=_LOG_GROUP,
            log_stream=query_id,
            environment={**FINDS_LOCAL_AWS, **self._keys(caller)},
            timeout_seconds=float(limits.query_seconds),
            memory_bytes=limits.query_memory + contract.OVERHEAD,
            disk_bytes=limits.query_disk + limits.query_result,
        )

        def attend(worker: Child) -> None:
            with acting_as(caller, _SESSION):
                supply_tables(self._catalog, folder, worker)

        with acting_as(SERVICE):
            outcome = self._context.jobs.run(command, attend=attend)
        return _result(outcome, folder)

    def _keys(self, caller: str) -> dict[str, str]:
        """Return the keys that endpoints are invoked with: those of the caller's role, else the user's."""
        if caller in (SERVICE, USER_ARN):
            return self._context.settings.keys.user_environment()
        return self._context.credentials.of_role(caller, _SESSION)

    def _store(self, record: Record, result: bytes | Path) -> None:
        """Put a result into its bucket, unless the query was cancelled meanwhile."""
        if self._records.get(record["QueryExecutionId"])["Status"]["State"] == "CANCELLED":
            return
        bucket, key = split_uri(record["ResultConfiguration"]["OutputLocation"])
        try:
            if isinstance(result, Path):
                self._context.objects.put_file(bucket, key, result)
            else:
                self._context.objects.put_bytes(bucket, key, result)
        except AwsError as error:
            raise QueryFailedError(
                "GENERIC_USER_ERROR", f"cannot write the result to s3://{bucket}/{key}: {error.message}", "output"
            ) from error


def _result(outcome: Outcome, folder: Path) -> dict[str, Any]:
    if outcome.end == "timed-out":
        raise QueryFailedError(
            "EXCEEDED_TIME_LIMIT",
            f"Query timeout: it ran for {outcome.seconds:.0f} s; LOCAL_AWS_QUERY_SECONDS allows more",
            "timeout",
        )
    if outcome.breach:
        raise exhausted(outcome.breach)
    if not outcome.succeeded:
        raise internal_error(f"the query's worker ended: {failure_reason(outcome)}")
    result = json.loads((folder / contract.RESULT).read_text(encoding="utf-8"))
    if result["failure"]:
        raise QueryFailedError(**result["failure"])
    return result


def _database(record: Record) -> str:
    return record["QueryExecutionContext"]["Database"].lower()


def _job_id(query_id: str) -> str:
    return f"athena/{query_id}"
