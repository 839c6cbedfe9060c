"""Runs submitted queries, a few at a time: each SELECT in a worker process, catalog statements here."""

from __future__ import annotations

import dataclasses
import json
import logging
import queue
import threading
import time
from pathlib import Path
from typing import Any, Final

from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.principals import SERVICE, USER_ARN, acting_as
from local_aws.kernel.processes.child import Child, Command, Outcome, failure_reason
from local_aws.services.athena import worker_contract
from local_aws.services.athena.catalog_commands import run_catalog_statement
from local_aws.services.athena.failures import MalformedQueryError, QueryFailedError, exhausted
from local_aws.services.athena.query_records import Finished, QueryRecords
from local_aws.services.athena.result_pages import column_names
from local_aws.services.athena.table_lookup import supply_tables
from local_aws.services.athena.type_names import column_info
from local_aws.services.athena.worker_contract import OVERHEAD, RESULT, RESULT_CSV, Bounds, QueryRequest, write_document
from local_aws.services.s3.objects import split_uri

_log = logging.getLogger(__name__)
_AT_ONCE: Final = 4
_CANCEL_SECONDS: Final = 10.0
_STOP_SECONDS: Final = 5.0
_LOG_GROUP: Final = "/aws/athena/queries"
"""Athena has no log of its own; only a crashed worker writes here."""
_SESSION: Final = "athena"
"""The session in which a query has its caller's role."""
_PACKAGE_ROOT: Final = Path(__file__).resolve().parents[3]


class QueryRunner:
    """The threads that run queries.

    Parameters
    ----------
    context
        The server's parts.
    records
        Where states and results are recorded.
    """

    def __init__(self, context: Context, records: QueryRecords) -> None:
        self._context = context
        self._records = records
        self._queue: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._active: set[str] = set()
        self._waiting = 0
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    @property
    def active(self) -> int:
        """How many queries run or wait."""
        with self._lock:
            return self._waiting + len(self._active)

    def submit(self, query_id: str) -> None:
        """Queue a query that is recorded as QUEUED."""
        with self._lock:
            if len(self._threads) < _AT_ONCE:
                thread = threading.Thread(target=self._work, name=f"athena {len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._waiting += 1
        self._queue.put(query_id)

    def cancel(self, query_id: str) -> None:
        """Stop a query that is recorded as CANCELLED already; its worker may be about to start."""
        threading.Thread(target=self._kill, args=(query_id,), name=f"cancel {query_id}", daemon=True).start()

    def stop(self) -> None:
        """Take no more queries up; what has not ended is for `recover` of the next server."""
        self._stopping.set()
        with self._lock:
            for _ in self._threads:
                self._queue.put(None)
        for thread in self._threads:
            thread.join(_STOP_SECONDS)

    def _kill(self, query_id: str) -> None:
        deadline = time.monotonic() + _CANCEL_SECONDS
        while query_id in self._active and time.monotonic() < deadline:
            if self._context.jobs.stop(_job_id(query_id)):
                return
            time.sleep(0.02)

    def _work(self) -> None:
        while (query_id := self._queue.get()) is not None:
            if self._stopping.is_set():
                continue
            with self._lock:
                self._waiting -= 1
                self._active.add(query_id)
            try:
                self._run(query_id)
            finally:
                with self._lock:
                    self._active.discard(query_id)

    def _run(self, query_id: str) -> None:
        record = self._records.begin(query_id)
        if record is None:
            return
        try:
            with acting_as(record["_caller"], _SESSION):
                finished = self._finish(record)
        except QueryFailedError as error:
            self._fail(query_id, error)
        except AwsError as error:
            self._fail(query_id, QueryFailedError("GENERIC_INTERNAL_ERROR", str(error), "engine"))
        except RecursionError:
            self._fail(
                query_id, QueryFailedError("STACK_OVERFLOW", "statement is too large (stack overflow during analysis)")
            )
        except Exception as error:  # noqa: BLE001 (the thread must live on, and the query must end)
            if not self._stopping.is_set():
                _log.exception("query %s failed", query_id)
            reason = f"{type(error).__name__}: {error}"
            self._fail(query_id, QueryFailedError("GENERIC_INTERNAL_ERROR", reason, "engine"))
        else:
            self._records.succeed(query_id, finished)

    def _fail(self, query_id: str, error: QueryFailedError) -> None:
        if not self._stopping.is_set():
            self._records.fail(query_id, error)

    def _finish(self, record: dict[str, Any]) -> Finished:
        # Its parser takes a while to import, which a start should not wait for.
        from local_aws.services.athena.statements import QUERY, parse_catalog

        if record["SubstatementType"] == QUERY:
            return self._select(record)
        try:
            statement = parse_catalog(record["Query"])
        except MalformedQueryError as error:
            raise QueryFailedError("SYNTAX_ERROR", str(error)) from error
        names, lines = run_catalog_statement(self._context, statement, _database(record))
        text = "".join(f"{line}\n" for line in lines)
        self._store(record, text.encode("utf-8"))
        return Finished(columns=column_names(names))

    def _select(self, record: dict[str, Any]) -> Finished:
        started = time.monotonic()
        query_id = record["QueryExecutionId"]
        folder = self._context.jobs.folder("athena", query_id)
        limits = self._context.jobs.limits
        bounds = Bounds(limits.query_memory, limits.query_disk, limits.query_result, limits.query_rows)
        parameters = tuple(record.get("ExecutionParameters", ()))
        request = QueryRequest(record["Query"], parameters, _database(record), bounds)
        write_document(folder / worker_contract.QUERY, dataclasses.asdict(request))
        command = Command(
            job_id=_job_id(query_id),
            arguments=("python", "-m", "local_aws.services.athena.query_program", str(folder)),
            folder=folder,
            log_group=_LOG_GROUP,
            log_stream=query_id,
            environment={"PYTHONPATH": str(_PACKAGE_ROOT), **self._keys(record["_caller"])},
            timeout_seconds=float(limits.query_seconds),
            memory_bytes=limits.query_memory + OVERHEAD,
            disk_bytes=limits.query_disk + limits.query_result,
        )

        def attend(worker: Child) -> None:
            with acting_as(record["_caller"], _SESSION):
                supply_tables(self._context, folder, worker)

        with acting_as(SERVICE):
            outcome = self._context.jobs.run(command, attend=attend)
        result = _result(outcome, folder)
        if result["failure"]:
            raise QueryFailedError(**result["failure"])
        executed = time.monotonic()
        cutoff = record.get("_cutoff_bytes")
        if cutoff is not None and result["bytes_scanned"] > cutoff:
            return Finished(bytes_scanned=result["bytes_scanned"], over_limit=True)
        csv = folder / RESULT_CSV
        self._store(record, csv)
        csv.unlink()
        return Finished(
            columns=[column_info(name, type_name) for name, type_name in result["columns"]],
            bytes_scanned=result["bytes_scanned"],
            planning_ms=result["planning_ms"],
            engine_ms=_ms(executed - started),
            service_ms=_ms(time.monotonic() - executed),
        )

    def _keys(self, caller: str) -> dict[str, str]:
        """Return the keys that endpoints are invoked with: those of the caller's role, else the user's."""
        if caller in (SERVICE, USER_ARN):
            return self._context.settings.keys.user_environment()
        return self._context.credentials.of_role(caller, _SESSION)

    def _store(self, record: dict[str, Any], result: bytes | Path) -> None:
        """Put a result into its bucket; a query that was cancelled meanwhile leaves none."""
        if self._records.is_cancelled(record["QueryExecutionId"]):
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
        raise QueryFailedError(
            "GENERIC_INTERNAL_ERROR", f"the query's worker ended: {failure_reason(outcome)}", "engine"
        )
    return json.loads((folder / RESULT).read_text(encoding="utf-8"))


def _database(record: dict[str, Any]) -> str:
    return record["QueryExecutionContext"]["Database"].lower()


def _job_id(query_id: str) -> str:
    return f"athena/{query_id}"


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
