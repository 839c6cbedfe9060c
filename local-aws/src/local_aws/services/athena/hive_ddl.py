"""The parser of Hive DDL as Athena takes it.

Grammar: https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from local_aws.services.athena.catalog_statements import (
    AddPartitions,
    CatalogStatement,
    CreateDatabase,
    CreateTable,
    DeclaredColumn,
    Describe,
    DropDatabase,
    DropPartitions,
    DropTable,
    PartitionSpec,
    RepairTable,
    ShowColumns,
    ShowDatabases,
    ShowPartitions,
    ShowTables,
    StorageFormat,
    TableName,
)
from local_aws.services.athena.failures import MalformedQueryError, not_supported
from local_aws.services.athena.sql_tokens import TokenReader
from local_aws.services.athena.table_source import DELIMITED_SERDE, PARQUET_SERDE
from local_aws.services.athena.type_names import UnknownTypeError, catalog_type

_TEXT_INPUT: Final = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUTPUT: Final = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
_PARQUET_INPUT: Final = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
_PARQUET_OUTPUT: Final = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
_BRACKETS: Final = {"(": 1, "<": 1, ")": -1, ">": -1}


def parse_catalog_statement(sql: str) -> CatalogStatement | None:
    """Parse a statement about the catalog.

    Parameters
    ----------
    sql
        The statement.

    Returns
    -------
    CatalogStatement or None
        None when it is none of those that are run here.

    Raises
    ------
    MalformedQueryError
        If it is not well-formed.
    QueryFailedError
        If it asks for a table that local_aws does not read.
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
    comment = reader.expect_string() if reader.accept_words("COMMENT") else None
    partition_keys = _columns(reader) if reader.accept_words("PARTITIONED", "BY") else ()
    if reader.at_words("CLUSTERED"):
        raise not_supported("CREATE TABLE with CLUSTERED BY")
    storage = _storage(reader)
    reader.expect_words("LOCATION")
    location = reader.expect_string()
    properties = _properties(reader) if reader.accept_words("TBLPROPERTIES") else {}
    return CreateTable(name, if_not_exists, columns, partition_keys, comment, storage, location, properties)


def _columns(reader: TokenReader) -> tuple[DeclaredColumn, ...]:
    reader.expect_symbol("(")
    columns: list[DeclaredColumn] = []
    while not columns or reader.accept_symbol(","):
        name = reader.expect_identifier()
        declared = _type(reader)
        columns.append(
            DeclaredColumn(name, declared, reader.expect_string() if reader.accept_words("COMMENT") else None)
        )
    reader.expect_symbol(")")
    return tuple(columns)


def _type(reader: TokenReader) -> str:
    """Take a type: a word, and the brackets that follow it."""
    first, depth = reader.peek(), 0
    reader.expect_identifier()
    while depth or (reader.peek().kind == "symbol" and reader.peek().text in "(<"):
        token = reader.next()
        if token.kind == "end":
            raise reader.mismatch("<type>", first)
        if token.kind == "symbol":
            depth += _BRACKETS.get(token.text, 0)
    text = "".join(reader.text_since(first.start).split()).lower()
    try:
        catalog_type(text)
    except UnknownTypeError as error:
        raise MalformedQueryError(f"{reader.mismatch('<type>', first)} ({error})") from error
    return text


def _storage(reader: TokenReader) -> StorageFormat:
    serde, parameters = DELIMITED_SERDE, {"serialization.format": "1"}
    input_format, output_format = _TEXT_INPUT, _TEXT_OUTPUT
    if reader.accept_words("ROW", "FORMAT", "DELIMITED"):
        parameters = _delimited(reader)
    elif reader.accept_words("ROW", "FORMAT", "SERDE"):
        serde = reader.expect_string()
        parameters = _properties(reader) if reader.accept_words("WITH", "SERDEPROPERTIES") else {}
    if reader.accept_words("STORED", "AS"):
        if reader.accept_words("PARQUET"):
            serde, input_format, output_format = PARQUET_SERDE, _PARQUET_INPUT, _PARQUET_OUTPUT
        elif reader.accept_words("INPUTFORMAT"):
            input_format = reader.expect_string()
            reader.expect_words("OUTPUTFORMAT")
            output_format = reader.expect_string()
        elif not reader.accept_words("TEXTFILE"):
            raise not_supported(f"tables STORED AS {reader.peek().text.upper()}; PARQUET and TEXTFILE are read")
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


def _properties(reader: TokenReader) -> dict[str, str]:
    reader.expect_symbol("(")
    properties: dict[str, str] = {}
    while not properties or reader.accept_symbol(","):
        name = reader.expect_string()
        reader.expect_symbol("=")
        properties[name] = reader.expect_string()
    reader.expect_symbol(")")
    return properties


def _drop_table(reader: TokenReader) -> CatalogStatement:
    if_exists = reader.accept_words("IF", "EXISTS")
    return DropTable(_table_name(reader), if_exists)


def _create_database(reader: TokenReader) -> CatalogStatement:
    if_not_exists = reader.accept_words("IF", "NOT", "EXISTS")
    name = reader.expect_identifier()
    comment = reader.expect_string() if reader.accept_words("COMMENT") else None
    location = reader.expect_string() if reader.accept_words("LOCATION") else None
    properties = _properties(reader) if reader.accept_words("WITH", "DBPROPERTIES") else {}
    return CreateDatabase(name, if_not_exists, comment, location, properties)


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
        partitions = [_partition(reader, with_location=True)]
        while reader.at_words("PARTITION"):
            partitions.append(_partition(reader, with_location=True))
        return AddPartitions(name, if_not_exists, tuple(partitions))
    if reader.accept_words("DROP"):
        if_exists = reader.accept_words("IF", "EXISTS")
        partitions = [_partition(reader, with_location=False)]
        while reader.accept_symbol(","):
            partitions.append(_partition(reader, with_location=False))
        return DropPartitions(name, if_exists, tuple(partitions))
    raise not_supported(f"ALTER TABLE {reader.peek().text.upper()}")


def _partition(reader: TokenReader, *, with_location: bool) -> PartitionSpec:
    reader.expect_words("PARTITION")
    reader.expect_symbol("(")
    values: dict[str, str] = {}
    while not values or reader.accept_symbol(","):
        key = reader.expect_identifier()
        reader.expect_symbol("=")
        if reader.peek().kind not in ("string", "number"):
            raise reader.mismatch("<value>")
        values[key] = reader.next().text
    reader.expect_symbol(")")
    located = with_location and reader.accept_words("LOCATION")
    return PartitionSpec(values, reader.expect_string() if located else None)


def _repair(reader: TokenReader) -> CatalogStatement:
    return RepairTable(_table_name(reader))


def _show_databases(reader: TokenReader) -> CatalogStatement:
    reader.accept_words("LIKE")
    return ShowDatabases(_pattern(reader))


def _show_tables(reader: TokenReader) -> CatalogStatement:
    database = reader.expect_identifier() if reader.accept_words("IN") or reader.accept_words("FROM") else None
    return ShowTables(database, _pattern(reader))


def _pattern(reader: TokenReader) -> str | None:
    return reader.expect_string() if reader.peek().kind == "string" else None


def _show_columns(reader: TokenReader) -> CatalogStatement:
    table = _expect_in(reader, _table_name)
    if reader.accept_words("IN") or reader.accept_words("FROM"):
        table = TableName(reader.expect_identifier(), table.table)
    return ShowColumns(table)


def _expect_in(reader: TokenReader, take: Callable[[TokenReader], TableName]) -> TableName:
    if not reader.accept_words("IN"):
        reader.expect_words("FROM")
    return take(reader)


def _show_partitions(reader: TokenReader) -> CatalogStatement:
    return ShowPartitions(_table_name(reader))


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
    ("MSCK", "REPAIR", "TABLE"): _repair,
    ("SHOW", "DATABASES"): _show_databases,
    ("SHOW", "SCHEMAS"): _show_databases,
    ("SHOW", "TABLES"): _show_tables,
    ("SHOW", "COLUMNS"): _show_columns,
    ("SHOW", "PARTITIONS"): _show_partitions,
    ("DESCRIBE",): _describe,
    ("DESC",): _describe,
}
