"""The parser of Hive DDL as Athena takes it.

Grammar: https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from local_aws.services.athena.catalog.changes import (
    CreateDatabase,
    CreateTable,
    DeclaredColumn,
    DropDatabase,
    DropTable,
    StorageFormat,
)
from local_aws.services.athena.catalog.listings import Describe, ShowColumns, ShowDatabases, ShowPartitions, ShowTables
from local_aws.services.athena.catalog.partitions import AddPartitions, DropPartitions, PartitionSpec, RepairTable
from local_aws.services.athena.catalog.statements import CatalogStatement, TableName
from local_aws.services.athena.errors import not_supported
from local_aws.services.athena.sql.tokens import TokenReader
from local_aws.services.athena.sql.type_names import expect_type
from local_aws.services.athena.worker.table_source import DELIMITED_SERDE, PARQUET_SERDE

_TEXT_INPUT: Final = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUTPUT: Final = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
_PARQUET_INPUT: Final = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
_PARQUET_OUTPUT: Final = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"


def parse_catalog_statement(sql: str) -> CatalogStatement | None:
    """Parse a statement about the catalog; None when it is of another kind.

    Raise `MalformedQueryError` if it is not well-formed, `QueryFailedError` if it asks for what is not supported here.
    """
    reader = TokenReader(sql, hive=True)
    for words, parse in _STATEMENTS.items():
        if reader.accept_words(*words):
            statement = parse(reader)
            reader.expect_end()
            return statement
    return None


def _create_table(reader: TokenReader) -> CatalogStatement:
    if_not_exists = reader.accept_words("IF", "NOT", "EXISTS")
    name = _table_name(reader)
    columns = _columns(reader)
    comment = _string_after(reader, "COMMENT")
    partition_keys = _columns(reader) if reader.accept_words("PARTITIONED", "BY") else ()
    if reader.at_words("CLUSTERED"):
        raise not_supported("CREATE TABLE with CLUSTERED BY")
    storage = _storage(reader)
    reader.expect_words("LOCATION")
    location = reader.expect_string()
    properties = _properties_after(reader, "TBLPROPERTIES")
    return CreateTable(name, if_not_exists, columns, partition_keys, comment, storage, location, properties)


def _columns(reader: TokenReader) -> tuple[DeclaredColumn, ...]:
    def column(reader: TokenReader) -> DeclaredColumn:
        return DeclaredColumn(reader.expect_identifier(), _type(reader), _string_after(reader, "COMMENT"))

    return tuple(reader.expect_list(column))


def _type(reader: TokenReader) -> str:
    start = reader.peek().start
    expect_type(reader, "<type>")
    return "".join(reader.text_since(start).split()).lower()


def _storage(reader: TokenReader) -> StorageFormat:
    serde, parameters = DELIMITED_SERDE, {"serialization.format": "1"}
    input_format, output_format = _TEXT_INPUT, _TEXT_OUTPUT
    if reader.accept_words("ROW", "FORMAT", "DELIMITED"):
        parameters = _delimited(reader)
    elif reader.accept_words("ROW", "FORMAT", "SERDE"):
        serde = reader.expect_string()
        parameters = _properties_after(reader, "WITH", "SERDEPROPERTIES")
    if reader.accept_words("STORED", "AS"):
        if reader.accept_words("PARQUET"):
            serde, input_format, output_format = PARQUET_SERDE, _PARQUET_INPUT, _PARQUET_OUTPUT
        elif reader.accept_words("INPUTFORMAT"):
            input_format = reader.expect_string()
            reader.expect_words("OUTPUTFORMAT")
            output_format = reader.expect_string()
        elif not reader.accept_words("TEXTFILE"):
            raise not_supported(f"tables STORED AS {reader.peek().text.upper()}, only PARQUET and TEXTFILE")
    return StorageFormat(serde, input_format, output_format, parameters)


def _delimited(reader: TokenReader) -> dict[str, str]:
    parameters: dict[str, str] = {}
    while True:
        if reader.accept_words("FIELDS", "TERMINATED", "BY"):
            parameters["field.delim"] = parameters["serialization.format"] = reader.expect_string()
        elif reader.accept_words("ESCAPED", "BY"):
            parameters["escape.delim"] = reader.expect_string()
        elif reader.accept_words("NULL", "DEFINED", "AS"):
            parameters["serialization.null.format"] = reader.expect_string()
        elif reader.accept_words("LINES", "TERMINATED", "BY"):
            if reader.expect_string() != "\n":
                raise not_supported("lines that do not end with '\\n'")
        elif reader.at_words("COLLECTION") or reader.at_words("MAP"):
            raise not_supported("collections and maps in text tables")
        else:
            return parameters


def _string_after(reader: TokenReader, word: str) -> str | None:
    return reader.expect_string() if reader.accept_words(word) else None


def _properties_after(reader: TokenReader, *words: str) -> dict[str, str]:
    def entry(reader: TokenReader) -> tuple[str, str]:
        name = reader.expect_string()
        reader.expect_symbol("=")
        return name, reader.expect_string()

    return dict(reader.expect_list(entry)) if reader.accept_words(*words) else {}


def _drop_table(reader: TokenReader) -> CatalogStatement:
    if_exists = reader.accept_words("IF", "EXISTS")
    return DropTable(_table_name(reader), if_exists)


def _create_database(reader: TokenReader) -> CatalogStatement:
    if_not_exists = reader.accept_words("IF", "NOT", "EXISTS")
    name = reader.expect_identifier()
    comment = _string_after(reader, "COMMENT")
    location = _string_after(reader, "LOCATION")
    return CreateDatabase(name, if_not_exists, comment, location, _properties_after(reader, "WITH", "DBPROPERTIES"))


def _drop_database(reader: TokenReader) -> CatalogStatement:
    if_exists = reader.accept_words("IF", "EXISTS")
    name = reader.expect_identifier()
    cascade = reader.accept_words("CASCADE")
    if not cascade:
        reader.accept_words("RESTRICT")
    return DropDatabase(name, if_exists, cascade)


def _alter_table(reader: TokenReader) -> CatalogStatement:
    name = _table_name(reader)
    if reader.accept_words("ADD"):
        if_not_exists = reader.accept_words("IF", "NOT", "EXISTS")
        if reader.at_words("COLUMNS"):
            raise not_supported("ALTER TABLE ADD COLUMNS")
        partitions: list[PartitionSpec] = []
        while not partitions or reader.at_words("PARTITION"):
            partitions.append(replace(_partition(reader), location=_string_after(reader, "LOCATION")))
        return AddPartitions(name, if_not_exists, tuple(partitions))
    if reader.accept_words("DROP"):
        if_exists = reader.accept_words("IF", "EXISTS")
        partitions = [_partition(reader)]
        while reader.accept_symbol(","):
            partitions.append(_partition(reader))
        return DropPartitions(name, if_exists, tuple(partitions))
    raise not_supported(f"ALTER TABLE {reader.peek().text.upper()}")


def _partition(reader: TokenReader) -> PartitionSpec:
    def value(reader: TokenReader) -> tuple[str, str]:
        key = reader.expect_identifier()
        reader.expect_symbol("=")
        if reader.peek().kind not in ("string", "number"):
            raise reader.mismatch("<value>")
        return key, reader.next().text

    reader.expect_words("PARTITION")
    return PartitionSpec(dict(reader.expect_list(value)))


def _show_databases(reader: TokenReader) -> CatalogStatement:
    reader.accept_words("LIKE")
    return ShowDatabases(_pattern(reader))


def _show_tables(reader: TokenReader) -> CatalogStatement:
    database = reader.expect_identifier() if reader.accept_words("IN") or reader.accept_words("FROM") else None
    return ShowTables(database, _pattern(reader))


def _pattern(reader: TokenReader) -> str | None:
    return reader.expect_string() if reader.peek().kind == "string" else None


def _show_columns(reader: TokenReader) -> CatalogStatement:
    if not reader.accept_words("IN"):
        reader.expect_words("FROM")
    table = _table_name(reader)
    if reader.accept_words("IN") or reader.accept_words("FROM"):
        table = TableName(reader.expect_identifier(), table.table)
    return ShowColumns(table)


def _describe(reader: TokenReader) -> CatalogStatement:
    for form in ("EXTENDED", "FORMATTED"):
        if reader.at_words(form) and reader.peek(1).kind in ("word", "quoted"):
            raise not_supported(f"DESCRIBE {form}")
    return Describe(_table_name(reader))


def _table_name(reader: TokenReader) -> TableName:
    first = reader.expect_identifier()
    if reader.accept_symbol("."):
        return TableName(first, reader.expect_identifier())
    return TableName(None, first)


_STATEMENTS: Final[dict[tuple[str, ...], Callable[[TokenReader], CatalogStatement]]] = {
    ("CREATE", "EXTERNAL", "TABLE"): _create_table,
    ("CREATE", "DATABASE"): _create_database,
    ("CREATE", "SCHEMA"): _create_database,
    ("DROP", "TABLE"): _drop_table,
    ("DROP", "DATABASE"): _drop_database,
    ("DROP", "SCHEMA"): _drop_database,
    ("ALTER", "TABLE"): _alter_table,
    ("MSCK", "REPAIR", "TABLE"): lambda reader: RepairTable(_table_name(reader)),
    ("SHOW", "DATABASES"): _show_databases,
    ("SHOW", "SCHEMAS"): _show_databases,
    ("SHOW", "TABLES"): _show_tables,
    ("SHOW", "COLUMNS"): _show_columns,
    ("SHOW", "PARTITIONS"): lambda reader: ShowPartitions(_table_name(reader)),
    ("DESCRIBE",): _describe,
    ("DESC",): _describe,
}
