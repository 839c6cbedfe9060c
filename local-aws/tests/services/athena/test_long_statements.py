"""Statements of Athena's full length: the server only queues them, and the query's own process bears the work."""

from __future__ import annotations

import contextlib
import gc
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local_aws.services import athena
from local_aws.services.athena.catalog.hive_ddl import parse_catalog_statement
from local_aws.services.athena.errors import MalformedQueryError
from local_aws.services.athena.sql.tokens import TokenReader
from local_aws.services.athena.sql.type_names import UnknownTypeError, catalog_type
from local_aws.services.athena.statements import check_syntax
from tests.conftest import RunningServer, running
from tests.services.athena.queries import ended, execute

_OUTPUT = {"OutputLocation": "s3://athena-results/queries/"}
_MOST_SECONDS = 1.0
"""Processor time of this process, which is the server's."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("data"), (athena.build,)) as server:
        server.client("s3").create_bucket(Bucket="athena-results")
        server.client("glue").create_database(DatabaseInput={"Name": "playgrounds"})
        yield server


def repeated(text: str) -> str:
    """Return as much of a text as a statement may have beside a few words."""
    return text * (262_000 // len(text))


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT 1 WHERE 1 IN ({repeated('1,')}1)",
        f"SELECT 1 WHERE {repeated('1=1 OR ')}1=1",
        f"SELECT 1 FROM {repeated('t,')}t",
        f"SELECT 1 {repeated('/*')}",
        f"SELECT {repeated('-')}1",
        f"SELECT {repeated('(')}1",
        f"CREATE EXTERNAL TABLE t (a {repeated('array<')}",
        f"CREATE EXTERNAL TABLE t (a array<int{repeated('<')}",
        f"USING EXTERNAL FUNCTION f({repeated('a int,')}a int) RETURNS int SAGEMAKER 'x' SELECT f(1)",
    ],
    ids=lambda sql: sql[:40],
)
def test_server_spends_less_than_a_second_on_a_statement(server: RunningServer, sql: str) -> None:
    client = server.client("athena")
    client.get_work_group(WorkGroup="primary")
    began = time.process_time()
    query_id = client.start_query_execution(QueryString=sql, ResultConfiguration=_OUTPUT)["QueryExecutionId"]
    time.sleep(1)
    client.stop_query_execution(QueryExecutionId=query_id)
    ended(server, query_id)
    assert time.process_time() - began < _MOST_SECONDS


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT {'ARRAY[' * 40}1{']' * 40}{', 1' * 2600}",
        f"SELECT {'(' * 4000}1{')' * 4000}",
        f"SELECT 1 WHERE 1 IN ({'1,' * 4000}1)",
        repeated("/*"),
    ],
    ids=lambda sql: sql[:30],
)
def test_statement_parsed_before_it_is_queued_takes_less_than_a_second(sql: str) -> None:
    began = time.process_time()
    with contextlib.suppress(MalformedQueryError):
        check_syntax(sql, ())
    assert time.process_time() - began < _MOST_SECONDS


def test_long_statement_that_is_malformed_fails_with_its_place(server: RunningServer) -> None:
    text = f"SELECT 1{' ' * 10_000}+"
    status = execute(server, text)["Status"]
    assert status["State"] == "FAILED"
    assert status["StateChangeReason"] == f"SYNTAX_ERROR: line 1:{len(text) + 1}: mismatched input '<EOF>'"
    with pytest.raises(ClientError, match=r"InvalidRequestException.*line 1:11: mismatched input '<EOF>'"):
        execute(server, "SELECT 1 +")


def tokens_of(sql: str) -> None:
    reader = TokenReader(sql)
    while reader.next().kind != "end":
        pass


@pytest.fixture
def without_collector() -> Iterator[None]:
    """What the garbage collector does depends on the tests before."""
    gc.disable()
    yield
    gc.enable()


def ddl_of(sql: str) -> None:
    with pytest.raises(MalformedQueryError):
        parse_catalog_statement(sql)


def type_of(text: str) -> None:
    with pytest.raises(UnknownTypeError):
        catalog_type(text)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (tokens_of, "/*"),
        (tokens_of, "/**/"),
        (ddl_of, "CREATE EXTERNAL TABLE t (,a int"),
        (type_of, "struct<,a:int"),
    ],
    ids=["comments that do not end", "comments", "columns", "fields of a type"],
)
@pytest.mark.usefixtures("without_collector")
def test_time_grows_with_the_length_of_a_text(read: Callable[[str], None], text: str) -> None:
    """Eight times the length took 64 times as long."""
    start, _, part = text.rpartition(",")
    part = f",{part}" if start else part

    def seconds(times: int) -> float:
        whole = f"{start}{(part * times).removeprefix(',')}"

        def once() -> float:
            began = time.process_time()
            read(whole)
            return time.process_time() - began

        return min(once() for _ in range(5))

    assert seconds(40_000) < 16 * seconds(5_000)


def test_worker_imports_nothing_of_the_server() -> None:
    code = (
        "import sys, local_aws.services.athena.worker.program\n"
        "sys.exit(', '.join(sys.modules.keys() & {'moto', 'botocore', 'cheroot'}) or None)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(athena.__file__).parents[3])
