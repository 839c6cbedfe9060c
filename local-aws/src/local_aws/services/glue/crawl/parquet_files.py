"""The schema of a parquet file in Hive's types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from local_aws.services.glue.crawl.schema import Column, Schema, UnreadableFileError

_PLAIN = {
    pa.bool_(): "boolean",
    pa.int8(): "tinyint",
    pa.int16(): "smallint",
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.uint8(): "smallint",
    pa.uint16(): "int",
    pa.uint32(): "bigint",
    pa.uint64(): "decimal(20,0)",
    pa.float16(): "float",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.null(): "string",
}


def read_parquet_schema(path: Path, uri: str) -> tuple[Schema, int]:
    """Read schema and number of rows from a parquet file's footer.

    Raises
    ------
    UnreadableFileError
        If it is damaged, or has a column of a type that the catalog does not know.
    """
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFileError(f"{uri} is not a readable parquet file: {error}") from error
    with file:
        try:
            columns = tuple(Column(field.name.lower(), hive_type(field.type)) for field in file.schema_arrow)
        except TypeError as error:
            raise UnreadableFileError(f"{uri}: {error}") from error
        return columns, file.metadata.num_rows


def hive_type(kind: Any) -> str:
    """Translate an Arrow type, nested ones included.

    Raises
    ------
    TypeError
        For a type that Hive does not have.
    """
    types = pa.types
    if kind in _PLAIN:
        return _PLAIN[kind]
    if types.is_dictionary(kind):
        return hive_type(kind.value_type)
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return "string"
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return "binary"
    if types.is_date(kind):
        return "date"
    if types.is_timestamp(kind):
        return "timestamp"
    if types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if types.is_map(kind):
        return f"map<{hive_type(kind.key_type)},{hive_type(kind.item_type)}>"
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return f"array<{hive_type(kind.value_type)}>"
    if types.is_struct(kind):
        return f"struct<{','.join(f'{field.name}:{hive_type(field.type)}' for field in kind)}>"
    raise TypeError(f"the catalog has no type for {kind}")
