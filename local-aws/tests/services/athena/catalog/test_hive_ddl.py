"""Parsing Hive DDL."""

from __future__ import annotations

import pytest

from local_aws.services.athena.catalog.changes import (
    CreateDatabase,
    CreateTable,
    DeclaredColumn,
    DropDatabase,
    DropTable,
)
from local_aws.services.athena.catalog.hive_ddl import parse_catalog_statement
from local_aws.services.athena.catalog.listings import Describe, ShowColumns, ShowDatabases, ShowPartitions, ShowTables
from local_aws.services.athena.catalog.partitions import AddPartitions, DropPartitions, PartitionSpec, RepairTable
from local_aws.services.athena.catalog.statements import CatalogStatement, TableName
from local_aws.services.athena.errors import MalformedQueryError, QueryFailedError
from local_aws.services.athena.worker.table_source import DELIMITED_SERDE, PARQUET_SERDE, QUOTED_SERDE


def created(sql: str) -> CreateTable:
    statement = parse_catalog_statement(sql)
    assert isinstance(statement, CreateTable)
    return statement


def test_parquet_table_is_parsed() -> None:
    table = created(
        """CREATE EXTERNAL TABLE IF NOT EXISTS `nyc`.`Parks` (
            `Zip` string COMMENT 'it''s the "ZIP"', -- the code
            shape struct<a:int, b:array<decimal(10, 2)>>
        )
        COMMENT 'parks'
        PARTITIONED BY (year string, month int)
        STORED AS PARQUET
        LOCATION 's3://bucket/parks/'
        TBLPROPERTIES ('classification' = 'parquet', "parquet.compression"="SNAPPY");"""
    )

    assert table.name == TableName("nyc", "parks")
    assert table.if_not_exists
    assert table.columns == (
        DeclaredColumn("zip", "string", 'it\'s the "ZIP"'),
        DeclaredColumn("shape", "struct<a:int,b:array<decimal(10,2)>>"),
    )
    assert table.partition_keys == (DeclaredColumn("year", "string"), DeclaredColumn("month", "int"))
    assert (table.comment, table.location) == ("parks", "s3://bucket/parks/")
    assert table.storage.serde == PARQUET_SERDE
    assert table.properties == {"classification": "parquet", "parquet.compression": "SNAPPY"}


@pytest.mark.parametrize(
    ("storage", "serde", "parameters"),
    [
        ("", DELIMITED_SERDE, {"serialization.format": "1"}),
        ("STORED AS TEXTFILE", DELIMITED_SERDE, {"serialization.format": "1"}),
        (
            r"ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t' ESCAPED BY '\\' LINES TERMINATED BY '\n' "
            "NULL DEFINED AS '' STORED AS TEXTFILE",
            DELIMITED_SERDE,
            {
                "field.delim": "\t",
                "serialization.format": "\t",
                "escape.delim": "\\",
                "serialization.null.format": "",
            },
        ),
        (r"ROW FORMAT DELIMITED FIELDS TERMINATED BY '\001'", DELIMITED_SERDE, None),
        (
            f"ROW FORMAT SERDE '{QUOTED_SERDE}' WITH SERDEPROPERTIES ('separatorChar' = ';', \"quoteChar\" = '\"')",
            QUOTED_SERDE,
            {"separatorChar": ";", "quoteChar": '"'},
        ),
        (
            f"ROW FORMAT SERDE '{PARQUET_SERDE}' STORED AS INPUTFORMAT 'in' OUTPUTFORMAT 'out'",
            PARQUET_SERDE,
            {},
        ),
    ],
)
def test_storage_of_a_table_is_parsed(storage: str, serde: str, parameters: dict[str, str] | None) -> None:
    table = created(f"CREATE EXTERNAL TABLE t (a int) {storage} LOCATION 's3://b/t/'")

    assert table.storage.serde == serde
    assert table.storage.serde_parameters == (
        parameters if parameters is not None else {"field.delim": "\x01", "serialization.format": "\x01"}
    )


@pytest.mark.parametrize(
    ("sql", "statement"),
    [
        ("DROP TABLE IF EXISTS `a-b`.t", DropTable(TableName("a-b", "t"), True)),
        ("drop table T;", DropTable(TableName(None, "t"), False)),
        (
            "CREATE DATABASE IF NOT EXISTS nyc COMMENT 'c' LOCATION 's3://b/' WITH DBPROPERTIES ('a'='b')",
            CreateDatabase("nyc", True, "c", "s3://b/", {"a": "b"}),
        ),
        ("CREATE SCHEMA nyc", CreateDatabase("nyc", False, None, None, {})),
        ("DROP DATABASE IF EXISTS nyc CASCADE", DropDatabase("nyc", True, True)),
        ("DROP SCHEMA nyc RESTRICT", DropDatabase("nyc", False, False)),
        (
            "ALTER TABLE t ADD IF NOT EXISTS PARTITION (year='2016', month=1) LOCATION 's3://b/x/' "
            "PARTITION (year='2017', month=2)",
            AddPartitions(
                TableName(None, "t"),
                True,
                (
                    PartitionSpec({"year": "2016", "month": "1"}, "s3://b/x/"),
                    PartitionSpec({"year": "2017", "month": "2"}),
                ),
            ),
        ),
        (
            "ALTER TABLE t DROP PARTITION (year='2016'), PARTITION (year='2017')",
            DropPartitions(
                TableName(None, "t"), False, (PartitionSpec({"year": "2016"}), PartitionSpec({"year": "2017"}))
            ),
        ),
        ("MSCK REPAIR TABLE nyc.t", RepairTable(TableName("nyc", "t"))),
        ("SHOW DATABASES LIKE 'n*'", ShowDatabases("n*")),
        ("SHOW SCHEMAS", ShowDatabases(None)),
        ("SHOW TABLES IN nyc 'p*|q'", ShowTables("nyc", "p*|q")),
        ("SHOW TABLES", ShowTables(None, None)),
        ("SHOW COLUMNS FROM t IN nyc", ShowColumns(TableName("nyc", "t"))),
        ("SHOW PARTITIONS nyc.t", ShowPartitions(TableName("nyc", "t"))),
        ("DESC t", Describe(TableName(None, "t"))),
        ("DESCRIBE nyc.formatted", Describe(TableName("nyc", "formatted"))),
    ],
)
def test_catalog_statement_is_parsed(sql: str, statement: CatalogStatement) -> None:
    assert parse_catalog_statement(sql) == statement


@pytest.mark.parametrize("sql", ["SELECT 1", "CREATE VIEW v AS SELECT 1", "SHOW FUNCTIONS", "CREATE TABLE t (a int)"])
def test_other_statement_is_not_a_catalog_statement(sql: str) -> None:
    assert parse_catalog_statement(sql) is None


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("CREATE EXTERNAL TABLE t (a int)", "line 1:32: mismatched input '<EOF>'. Expecting: LOCATION"),
        ("CREATE EXTERNAL TABLE t (a texts) LOCATION 's3://b/'", "line 1:28: mismatched input 'texts'"),
        ("CREATE EXTERNAL TABLE t (a array<int) LOCATION 's3://b/'", "mismatched input 'array'"),
        ("CREATE EXTERNAL TABLE t () LOCATION 's3://b/'", "line 1:26: mismatched input ')'. Expecting: <identifier>"),
        ("DROP TABLE a.b.c", "line 1:15: mismatched input '.'. Expecting: <EOF>"),
        ("ALTER TABLE t ADD PARTITION (year)", "mismatched input ')'. Expecting: '='"),
        ("DROP DATABASE nyc NOW", "line 1:19: mismatched input 'NOW'"),
    ],
)
def test_malformed_statement_is_refused_with_its_place(sql: str, message: str) -> None:
    with pytest.raises(MalformedQueryError) as caught:
        parse_catalog_statement(sql)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("CREATE EXTERNAL TABLE t (a int) STORED AS ORC LOCATION 's3://b/'", "STORED AS ORC"),
        ("CREATE EXTERNAL TABLE t (a int) CLUSTERED BY (a) INTO 2 BUCKETS LOCATION 's3://b/'", "CLUSTERED BY"),
        ("ALTER TABLE t SET LOCATION 's3://b/'", "ALTER TABLE SET"),
        ("ALTER TABLE t ADD COLUMNS (b int)", "ADD COLUMNS"),
        ("DESCRIBE EXTENDED t", "DESCRIBE EXTENDED"),
    ],
)
def test_unsupported_clause_is_named(sql: str, words: str) -> None:
    with pytest.raises(QueryFailedError, match=words) as caught:
        parse_catalog_statement(sql)

    assert caught.value.code == "NOT_SUPPORTED"
