"""DDL and SHOW statements against the Glue catalog."""

from __future__ import annotations

import pytest

from tests.conftest import RunningServer
from tests.services.athena.queries import DATABASE, execute, put, reason, rows

CREATE = (
    "CREATE EXTERNAL TABLE {name} (zip string COMMENT 'the ZIP', n int) PARTITIONED BY (year string, month string) "
    "ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://athena-data/{name}/'"
)


def create(server: RunningServer, name: str) -> None:
    rows(server, CREATE.format(name=name))


def test_created_table_has_glues_members(server: RunningServer) -> None:
    create(server, "created")
    rows(server, CREATE.format(name="created").replace("TABLE ", "TABLE IF NOT EXISTS "))

    table = server.client("glue").get_table(DatabaseName=DATABASE, Name="created")["Table"]
    assert table["TableType"] == "EXTERNAL_TABLE"
    assert table["Parameters"]["EXTERNAL"] == "TRUE"
    assert [column["Name"] for column in table["PartitionKeys"]] == ["year", "month"]
    assert table["StorageDescriptor"]["Columns"][0] == {"Name": "zip", "Type": "string", "Comment": "the ZIP"}
    assert table["StorageDescriptor"]["SerdeInfo"]["Parameters"]["field.delim"] == ","
    assert "AlreadyExistsException(message:Table created already exists)" in reason(
        server, CREATE.format(name="created")
    )


def test_dropped_table_keeps_its_files(server: RunningServer) -> None:
    create(server, "dropped")
    put(server, "dropped/x.csv", b"1,2\n")

    rows(server, "DROP TABLE dropped")

    assert "dropped" not in [name for (name,) in rows(server, "SHOW TABLES")]
    assert server.client("s3").get_object(Bucket="athena-data", Key="dropped/x.csv")["Body"].read() == b"1,2\n"
    rows(server, "DROP TABLE IF EXISTS dropped")
    assert reason(server, "DROP TABLE dropped") == (
        "FAILED: SemanticException [Error 10001]: Table not found playgrounds.dropped"
    )


def test_partitions_are_repaired_added_and_dropped(server: RunningServer) -> None:
    create(server, "parts")
    put(server, "parts/year=2016/month=01/a.csv", b"10001,1\n")
    put(server, "parts/year=2017/month=a%20b/a.csv", b"10002,2\n")
    put(server, "parts/_temporary/year=2018/a.csv", b"10003,3\n")
    put(server, "parts/year=2016/month=01/_temporary/a.csv", b"10005,5\n")
    put(server, "parts/elsewhere/a.csv", b"10004,4\n")
    assert rows(server, "SELECT * FROM parts") == [], "what the catalog does not have is not read"

    repaired = rows(server, "MSCK REPAIR TABLE parts")

    assert repaired[0] == ("Partitions not in metastore:\tparts:year=2016/month=01\tparts:year=2017/month=a b",)
    assert rows(server, "MSCK REPAIR TABLE parts") == []
    assert rows(server, "SHOW PARTITIONS parts") == [("year=2016/month=01",), ("year=2017/month=a b",)]
    assert rows(server, "SELECT zip, month FROM parts WHERE year = '2017'") == [("10002", "a b")]

    add = "ALTER TABLE parts ADD {} PARTITION (month='x', year='2019') LOCATION 's3://athena-data/parts/elsewhere/'"
    rows(server, add.format(""))
    rows(server, add.format("IF NOT EXISTS"))
    assert "Partition already exists" in reason(server, add.format(""))
    assert rows(server, "SELECT zip, year, month FROM parts WHERE year = '2019'") == [("10004", "2019", "x")]

    rows(server, "ALTER TABLE parts DROP PARTITION (year='2016', month='01'), PARTITION (year='2019', month='x')")
    rows(server, "ALTER TABLE parts DROP IF EXISTS PARTITION (year='2016', month='01')")
    assert "Partition not found" in reason(server, "ALTER TABLE parts DROP PARTITION (year='2016', month='01')")
    assert "does not name the partition keys" in reason(server, "ALTER TABLE parts ADD PARTITION (year='2020')")
    assert rows(server, "SHOW PARTITIONS parts") == [("year=2017/month=a b",)]


def test_many_partitions_are_added_at_once(server: RunningServer) -> None:
    create(server, "many")
    for day in range(130):
        put(server, f"many/year=2016/month={day:03d}/a.csv", b"1,1\n")

    rows(server, "MSCK REPAIR TABLE many")

    assert len(rows(server, "SHOW PARTITIONS many")) == 130
    assert rows(server, "SELECT count(*), count(DISTINCT month) FROM many") == [("130", "130")]


def test_databases_are_created_and_dropped(server: RunningServer) -> None:
    rows(server, "CREATE DATABASE extra COMMENT 'more'")
    rows(server, "CREATE SCHEMA IF NOT EXISTS extra")
    assert "Database extra already exists" in reason(server, "CREATE DATABASE extra")
    assert rows(server, "SHOW DATABASES LIKE 'ext*'") == [("extra",)]

    rows(server, "CREATE EXTERNAL TABLE extra.t (a int) STORED AS PARQUET LOCATION 's3://athena-data/extra/'")
    assert rows(server, "SHOW TABLES IN extra") == [("t",)]
    assert "Database extra is not empty" in reason(server, "DROP DATABASE extra")
    rows(server, "DROP DATABASE extra CASCADE")
    assert "Database does not exist: extra" in reason(server, "DROP DATABASE extra")
    assert "Database does not exist: extra" in reason(server, "SHOW TABLES IN extra")
    rows(server, "DROP DATABASE IF EXISTS extra")


def test_describe_lists_columns_and_partition_keys(server: RunningServer) -> None:
    create(server, "described")

    assert [name.strip() for (name,) in rows(server, "SHOW COLUMNS IN described")] == ["zip", "n", "year", "month"]
    lines = [line for (line,) in rows(server, "DESCRIBE described")]
    assert [field.strip() for field in lines[0].split("\t")] == ["zip", "string", "the ZIP"]
    assert "# Partition Information\t \t " in lines


def test_results_of_catalog_statements_are_text(server: RunningServer) -> None:
    create(server, "shown")
    execution = execute(server, "SHOW TABLES 'sho*|no'")

    assert execution["StatementType"] == "UTILITY"
    assert execution["SubstatementType"] == "SHOW_TABLES"
    location = execution["ResultConfiguration"]["OutputLocation"]
    assert location.endswith(f"/{execution['QueryExecutionId']}.txt")
    key = location.removeprefix("s3://athena-results/")
    assert server.client("s3").get_object(Bucket="athena-results", Key=key)["Body"].read() == b"shown\n"
    results = server.client("athena").get_query_results(QueryExecutionId=execution["QueryExecutionId"])
    (column,) = results["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert (column["Name"], column["Type"]) == ("tab_name", "string")


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("CREATE EXTERNAL TABLE nowhere.t (a int) LOCATION 's3://b/'", "Database does not exist: nowhere"),
        ("CREATE EXTERNAL TABLE t (a int) LOCATION 'http://b/'", "is not an S3 URI"),
        ("MSCK REPAIR TABLE nowhere.t", "Table not found nowhere.t"),
        ("SHOW PARTITIONS playgrounds.plain", "is not a partitioned table"),
    ],
)
def test_impossible_statement_fails_in_hives_words(server: RunningServer, sql: str, words: str) -> None:
    rows(server, "CREATE EXTERNAL TABLE IF NOT EXISTS plain (a int) LOCATION 's3://athena-data/plain/'")

    assert words in reason(server, sql)


@pytest.mark.parametrize(
    ("sql", "words", "kind"),
    [
        ("INSERT INTO t SELECT 1", "INSERT INTO", "DML"),
        ("CREATE TABLE t AS SELECT 1 AS x", "CREATE TABLE", "DDL"),
        ("CREATE OR REPLACE VIEW v AS SELECT 1", "CREATE OR", "DDL"),
        ("UNLOAD (SELECT 1) TO 's3://b/' WITH (format = 'PARQUET')", "UNLOAD", "DML"),
        ("EXPLAIN SELECT 1", "EXPLAIN", "UTILITY"),
    ],
)
def test_unsupported_statement_is_named(server: RunningServer, sql: str, words: str, kind: str) -> None:
    execution = execute(server, sql)

    assert execution["StatementType"] == kind
    assert execution["Status"]["StateChangeReason"].startswith(f"NOT_SUPPORTED: local_aws does not support {words}")


def test_database_in_backticks_is_accepted(server: RunningServer) -> None:
    create(server, "quoted")

    lines = rows(server, "DESCRIBE `quoted`", QueryExecutionContext={"Database": f"`{DATABASE}`"})

    assert lines[0][0].split("\t")[0].strip() == "zip"
