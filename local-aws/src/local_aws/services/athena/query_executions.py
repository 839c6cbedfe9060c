"""StartQueryExecution, and the operations on executions."""

from __future__ import annotations

import threading
import uuid
from typing import Any, Final

from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import split_uri
from local_aws.kernel.principals import principal
from local_aws.kernel.records import Record, public
from local_aws.services.athena.data_catalog import DATA_CATALOG, check_catalog
from local_aws.services.athena.errors import MalformedQueryError, invalid_request
from local_aws.services.athena.records import QueryRecords, not_found
from local_aws.services.athena.result_pages import read_page
from local_aws.services.athena.statements import StatementKind, check_syntax, statement_kind
from local_aws.services.athena.work import QueryRunner
from local_aws.services.athena.work_groups import PRIMARY, WorkGroups

_TOKENS: Final = "athena-request-token"
_PAGE_ROWS: Final = 1000
_MAX_STATEMENT_BYTES: Final = 262_144
"""Athena's quota, in UTF-8."""
_CHECKED_BYTES: Final = 8 * 1024
"""Size of a statement and its parameters that are parsed before it is queued, within half a second. The worker parses
longer ones, which then fail as executions."""
_MAX_ACTIVE: Final = 200
"""Athena's default quota of DML queries that run or wait in an account."""


class QueryExecutions:
    """The operations on query executions."""

    def __init__(self, context: Context, work_groups: WorkGroups, records: QueryRecords, runner: QueryRunner) -> None:
        self._context = context
        self._work_groups = work_groups
        self._records = records
        self._runner = runner
        self._token_lock = threading.Lock()

    def start(self, request: Request) -> Answer:
        """Serve StartQueryExecution."""
        token = request.get("ClientRequestToken")
        if not token:
            return {"QueryExecutionId": self._start(request)}
        with self._token_lock:
            started = self._context.records.get(_TOKENS, token)
            if started is None:
                started = {"id": self._start(request), "request": request}
                self._context.records.insert(_TOKENS, token, started)
        if started["request"] != request:
            raise invalid_request("Idempotent parameters do not match")
        return {"QueryExecutionId": started["id"]}

    def get(self, request: Request) -> Answer:
        """Serve GetQueryExecution."""
        return {"QueryExecution": public(self._records.get(request["QueryExecutionId"]))}

    def batch_get(self, request: Request) -> Answer:
        """Serve BatchGetQueryExecution."""
        records = [(query_id, self._records.find(query_id)) for query_id in request["QueryExecutionIds"]]
        unprocessed = [
            {
                "QueryExecutionId": query_id,
                "ErrorCode": "INVALID_QUERY_EXECUTION_ID",
                "ErrorMessage": not_found(query_id).message,
            }
            for query_id, record in records
            if record is None
        ]
        executions = [public(record) for _, record in records if record is not None]
        return {"QueryExecutions": executions, "UnprocessedQueryExecutionIds": unprocessed}

    def list(self, request: Request) -> Answer:
        """Serve ListQueryExecutions: the newest first."""
        work_group = request.get("WorkGroup", PRIMARY)
        self._work_groups.get({"WorkGroup": work_group})
        executions = self._records.each({"WorkGroup": work_group}, newest_first=True)
        return {"QueryExecutionIds": (execution["QueryExecutionId"] for execution in executions)}

    def stop(self, request: Request) -> Answer:
        """Serve StopQueryExecution; a query that has ended is left alone."""
        query_id = self._records.get(request["QueryExecutionId"])["QueryExecutionId"]
        if self._records.cancel(query_id):
            self._runner.cancel(query_id)
        return {}

    def results(self, request: Request) -> Answer:
        """Serve GetQueryResults from the result file in S3, as Athena does."""
        record = self._records.get(request["QueryExecutionId"])
        state = record["Status"]["State"]
        if state in ("QUEUED", "RUNNING"):
            raise invalid_request(f"Query has not yet finished. Current state: {state}")
        if state != "SUCCEEDED":
            raise invalid_request(f"Query did not finish successfully. Final query state: {state}")
        location = record["ResultConfiguration"]["OutputLocation"]
        try:
            stored = self._context.objects.get(*split_uri(location))
        except AwsError as error:
            raise invalid_request(f"Could not find results at {location}: {error.message}") from error
        rows, token = read_page(
            stored.path,
            request.get("NextToken"),
            request.get("MaxResults", _PAGE_ROWS),
            is_csv=location.endswith(".csv"),
        )
        answer: dict[str, Any] = {
            "UpdateCount": 0,
            "ResultSet": {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": record["_columns"]}},
        }
        return {**answer, **({"NextToken": token} if token else {})}

    def delete_work_group(self, request: Request) -> Answer:
        """Serve DeleteWorkGroup; a group with queries needs RecursiveDeleteOption."""
        name = request["WorkGroup"]
        is_used = any(True for _ in self._records.each({"WorkGroup": name}))
        if is_used and not request.get("RecursiveDeleteOption", False):
            raise invalid_request(f"WorkGroup {name} is not empty")
        self._work_groups.delete(name)
        return {}

    def _start(self, request: Request) -> str:
        kind = _checked_kind(request)
        if self._runner.active >= _MAX_ACTIVE:
            raise AwsError(
                "TooManyRequestsException",
                f"You have exceeded the limit for the number of queries you can run concurrently: {_MAX_ACTIVE} run "
                "or wait. Wait for some to end, or stop them.",
                members={"Reason": "CONCURRENT_QUERY_LIMIT_EXCEEDED"},
            )
        work_group = request.get("WorkGroup", PRIMARY)
        results, cutoff_bytes = self._work_groups.query_settings(work_group, request.get("ResultConfiguration", {}))
        query_id = str(uuid.uuid4())
        suffix = "csv" if kind.is_query else "txt"
        location = f"{results['OutputLocation'].rstrip('/')}/{query_id}.{suffix}"
        self._check_bucket(location)
        record: Record = {
            "QueryExecutionId": query_id,
            "Query": request["QueryString"],
            "StatementType": kind.type,
            "SubstatementType": kind.substatement,
            "ResultConfiguration": {**results, "OutputLocation": location},
            "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
            "QueryExecutionContext": _query_context(request),
            "WorkGroup": work_group,
            "_cutoff_bytes": cutoff_bytes,
            "_caller": principal(),
        }
        if "ExecutionParameters" in request:
            record["ExecutionParameters"] = request["ExecutionParameters"]
        self._records.queue(record)
        self._runner.submit(query_id)
        return query_id

    def _check_bucket(self, location: str) -> None:
        try:
            self._context.call("s3", "HeadBucket", {"Bucket": split_uri(location)[0]})
        except AwsError as error:
            raise invalid_request(f"Unable to verify/create output bucket of {location}: {error.message}") from error


def _checked_kind(request: Request) -> StatementKind:
    """Return the kind of a statement after checking its length and, unless it is long, its syntax."""
    sql, parameters = request["QueryString"], request.get("ExecutionParameters", [])
    size = len(sql.encode("utf-8", "replace"))
    if size > _MAX_STATEMENT_BYTES:
        raise invalid_request(
            f"Your query has exceeded the maximum query length: {size} bytes, {_MAX_STATEMENT_BYTES} are allowed. "
            "Split it, or put long lists of values into a table.",
        )
    try:
        if size + sum(map(len, parameters)) <= _CHECKED_BYTES:
            check_syntax(sql, parameters)
        return statement_kind(sql)
    except RecursionError:
        raise invalid_request("statement is too large (stack overflow while parsing)") from None
    except MalformedQueryError as error:
        raise invalid_request(str(error)) from error


def _query_context(request: Request) -> dict[str, str]:
    context = request.get("QueryExecutionContext", {})
    catalog = context.get("Catalog", DATA_CATALOG)
    check_catalog(catalog)
    # awswrangler quotes the name for DDL, and tests that against AWS.
    return {"Database": context.get("Database", "default").strip("`"), "Catalog": catalog}
