"""StartQueryExecution and what is asked about executions."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING, Any, Final

from local_aws.contracts.paging import page
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.principals import principal
from local_aws.kernel.records import Record
from local_aws.services.athena.failures import MalformedQueryError
from local_aws.services.athena.query_records import QueryRecords, execution
from local_aws.services.athena.query_runner import QueryRunner
from local_aws.services.athena.result_pages import read_page
from local_aws.services.athena.work_groups import PRIMARY, WorkGroups
from local_aws.services.s3.objects import split_uri

if TYPE_CHECKING:
    from local_aws.services.athena.statements import StatementKind

DATA_CATALOG: Final = "AwsDataCatalog"
_DEFAULT_DATABASE: Final = "default"
_TOKENS: Final = "athena-request-token"
_PAGE_ROWS: Final = 1000
_LONGEST_STATEMENT: Final = 262_144
"""Athena's quota, in bytes of UTF-8."""
_CHECKED_AT_ONCE: Final = 8 * 1024
"""Bytes of a statement and its parameters that are parsed before it is queued: the server parses for half a second at
most. The worker parses longer ones, which then fail as executions."""
_MOST_ACTIVE: Final = 200
"""Athena's default quota of DML queries that run or wait in an account."""


class QueryExecutions:
    """The operations on query executions.

    Parameters
    ----------
    context
        The server's parts.
    work_groups
        Where results go.
    records
        The executions.
    runner
        What runs them.
    """

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
            known = self._context.records.get(_TOKENS, token)
            if known is None:
                known = {"id": self._start(request), "request": request}
                self._context.records.insert(_TOKENS, token, known)
        if known["request"] != request:
            raise AwsError("InvalidRequestException", "Idempotent parameters do not match")
        return {"QueryExecutionId": known["id"]}

    def get(self, request: Request) -> Answer:
        """Serve GetQueryExecution."""
        return {"QueryExecution": execution(self._require(request["QueryExecutionId"]))}

    def batch_get(self, request: Request) -> Answer:
        """Serve BatchGetQueryExecution."""
        found, missing = [], []
        for query_id in request["QueryExecutionIds"]:
            record = self._records.get(query_id)
            if record is not None:
                found.append(execution(record))
            else:
                missing.append(
                    {
                        "QueryExecutionId": query_id,
                        "ErrorCode": "INVALID_QUERY_EXECUTION_ID",
                        "ErrorMessage": _not_found(query_id),
                    }
                )
        return {"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}

    def list(self, request: Request) -> Answer:
        """Serve ListQueryExecutions: the newest first."""
        work_group = request.get("WorkGroup", PRIMARY)
        self._work_groups.get({"WorkGroup": work_group})
        ids = (each["QueryExecutionId"] for each in self._records.of_work_group(work_group))
        items, token = page(ids, request, default=50)
        return {"QueryExecutionIds": items, **({"NextToken": token} if token else {})}

    def stop(self, request: Request) -> Answer:
        """Serve StopQueryExecution; a query that has ended is left alone."""
        query_id = self._require(request["QueryExecutionId"])["QueryExecutionId"]
        if self._records.cancel(query_id):
            self._runner.cancel(query_id)
        return {}

    def results(self, request: Request) -> Answer:
        """Serve GetQueryResults from the result file in S3, as Athena does."""
        record = self._require(request["QueryExecutionId"])
        state = record["Status"]["State"]
        if state in ("QUEUED", "RUNNING"):
            raise AwsError("InvalidRequestException", f"Query has not yet finished. Current state: {state}")
        if state != "SUCCEEDED":
            raise AwsError("InvalidRequestException", f"Query did not finish successfully. Final query state: {state}")
        location = record["ResultConfiguration"]["OutputLocation"]
        try:
            stored = self._context.objects.get(*split_uri(location))
        except AwsError as error:
            raise AwsError(
                "InvalidRequestException", f"Could not find results at {location}: {error.message}"
            ) from error
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
        """Serve DeleteWorkGroup: one with queries needs RecursiveDeleteOption."""
        name = request["WorkGroup"]
        used = any(True for _ in self._records.of_work_group(name))
        if used and not request.get("RecursiveDeleteOption", False):
            raise AwsError("InvalidRequestException", f"WorkGroup {name} is not empty")
        return self._work_groups.delete(request)

    def _start(self, request: Request) -> str:
        kind = _checked(request)
        if self._runner.active >= _MOST_ACTIVE:
            raise AwsError(
                "TooManyRequestsException",
                f"You have exceeded the limit for the number of queries you can run concurrently: {_MOST_ACTIVE} run "
                "or wait. Wait for some to end, or stop them.",
                members={"Reason": "CONCURRENT_QUERY_LIMIT_EXCEEDED"},
            )
        work_group = request.get("WorkGroup", PRIMARY)
        settings = self._work_groups.settings(work_group, request.get("ResultConfiguration", {}))
        query_id = str(uuid.uuid4())
        suffix = "csv" if kind.is_query else "txt"
        location = f"{settings.results['OutputLocation'].rstrip('/')}/{query_id}.{suffix}"
        self._check_bucket(location)
        record: Record = {
            "QueryExecutionId": query_id,
            "Query": request["QueryString"],
            "StatementType": kind.type,
            "SubstatementType": kind.substatement,
            "ResultConfiguration": {**settings.results, "OutputLocation": location},
            "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
            "QueryExecutionContext": _query_context(request),
            "WorkGroup": work_group,
            "_cutoff_bytes": settings.cutoff_bytes,
            "_caller": principal(),
        }
        if "ExecutionParameters" in request:
            record["ExecutionParameters"] = request["ExecutionParameters"]
        self._records.insert(record)
        self._runner.submit(query_id)
        return query_id

    def _require(self, query_id: str) -> Record:
        record = self._records.get(query_id)
        if record is None:
            raise AwsError("InvalidRequestException", _not_found(query_id))
        return record

    def _check_bucket(self, location: str) -> None:
        try:
            bucket, _ = split_uri(location)
            self._context.call("s3", "HeadBucket", {"Bucket": bucket})
        except AwsError as error:
            raise AwsError(
                "InvalidRequestException", f"Unable to verify/create output bucket of {location}: {error.message}"
            ) from error


def _checked(request: Request) -> StatementKind:
    """Return the kind of a statement; one that is long is only looked at as far as that takes."""
    # Its parser takes a while to import, which a start should not wait for.
    from local_aws.services.athena.statements import check_syntax, statement_kind

    sql, parameters = request["QueryString"], request.get("ExecutionParameters", [])
    size = len(sql.encode("utf-8", "replace"))
    if size > _LONGEST_STATEMENT:
        raise AwsError(
            "InvalidRequestException",
            f"Your query has exceeded the maximum query length: {size} bytes, {_LONGEST_STATEMENT} are allowed. Split "
            "it, or put long lists of values into a table.",
        )
    try:
        if size + sum(map(len, parameters)) <= _CHECKED_AT_ONCE:
            check_syntax(sql, parameters)
        return statement_kind(sql)
    except RecursionError:
        raise AwsError("InvalidRequestException", "statement is too large (stack overflow while parsing)") from None
    except MalformedQueryError as error:
        raise AwsError("InvalidRequestException", str(error)) from error


def _query_context(request: Request) -> dict[str, str]:
    given = request.get("QueryExecutionContext", {})
    catalog = given.get("Catalog", DATA_CATALOG)
    if catalog.lower() != DATA_CATALOG.lower():
        raise AwsError("InvalidRequestException", f"Data catalog {catalog} is not found; local_aws has {DATA_CATALOG}")
    # awswrangler quotes the name for DDL, and tests that against AWS.
    return {"Database": given.get("Database", _DEFAULT_DATABASE).strip("`"), "Catalog": catalog}


def _not_found(query_id: str) -> str:
    return f"QueryExecution {query_id} was not found"
