"""Type names of the Glue catalog, of DuckDB, of Trino and of Athena's API."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import Any, Final

_DUCKDB: Final = {
    "string": "VARCHAR",
    "varchar": "VARCHAR",
    "char": "VARCHAR",
    "int": "INTEGER",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "smallint": "SMALLINT",
    "tinyint": "TINYINT",
    "double": "DOUBLE",
    "float": "FLOAT",
    "real": "FLOAT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "binary": "BLOB",
    "varbinary": "BLOB",
}
_TRINO: Final = {"string": "varchar", "int": "integer", "float": "real", "binary": "varbinary"}
_DEFAULT_DECIMAL: Final = (10, 0)
_TOKEN: Final = re.compile(r"\s*([A-Za-z_]\w*|\d+|[<>(),:])")

# DuckDB type -> (Athena type, precision, scale), as GetQueryResults reports them.
_API_TYPES: Final = {
    "VARCHAR": ("varchar", 2147483647, 0),
    "JSON": ("json", 2147483647, 0),
    "UUID": ("varchar", 2147483647, 0),
    "DOUBLE": ("double", 17, 0),
    "FLOAT": ("float", 17, 0),
    "BIGINT": ("bigint", 19, 0),
    "HUGEINT": ("bigint", 19, 0),
    "UINTEGER": ("bigint", 19, 0),
    "UBIGINT": ("bigint", 19, 0),
    "UHUGEINT": ("bigint", 19, 0),
    "INTEGER": ("integer", 10, 0),
    "USMALLINT": ("integer", 10, 0),
    "SMALLINT": ("smallint", 5, 0),
    "UTINYINT": ("smallint", 5, 0),
    "TINYINT": ("tinyint", 3, 0),
    "BOOLEAN": ("boolean", 0, 0),
    "DATE": ("date", 0, 0),
    "TIME": ("time", 3, 0),
    "TIMESTAMP": ("timestamp", 3, 0),
    "TIMESTAMP_S": ("timestamp", 3, 0),
    "TIMESTAMP_MS": ("timestamp", 3, 0),
    "TIMESTAMP_NS": ("timestamp", 3, 0),
    "TIMESTAMP WITH TIME ZONE": ("timestamp with time zone", 3, 0),
    "TIMESTAMPTZ_NS": ("timestamp with time zone", 3, 0),
    "BLOB": ("varbinary", 1073741824, 0),
    "INTERVAL": ("interval day to second", 0, 0),
    '"NULL"': ("unknown", 0, 0),
}


class UnknownTypeError(ValueError):
    """Raised when a type name of the catalog or of a statement is none that Athena has."""


@dataclass(frozen=True)
class CatalogType:
    """A type of the Glue catalog, e.g. ``struct<a:int,b:array<string>>``."""

    name: str
    numbers: tuple[int, ...] = ()
    parts: tuple[tuple[str, CatalogType], ...] = ()

    def duckdb(self) -> str:
        """Give DuckDB's name of the type."""
        if self.name == "decimal":
            return "DECIMAL({},{})".format(*self._decimal())
        if self.name == "array":
            return f"{self.parts[0][1].duckdb()}[]"
        if self.name == "map":
            return f"MAP({self.parts[0][1].duckdb()}, {self.parts[1][1].duckdb()})"
        if self.name == "struct":
            fields = ", ".join(f'"{name}" {part.duckdb()}' for name, part in self.parts)
            return f"STRUCT({fields})"
        return _DUCKDB[self.name]

    def trino(self) -> str:
        """Give the name that Athena's messages use."""
        if self.name == "decimal":
            return "decimal({},{})".format(*self._decimal())
        if self.name == "array":
            return f"array({self.parts[0][1].trino()})"
        if self.name == "map":
            return f"map({self.parts[0][1].trino()}, {self.parts[1][1].trino()})"
        if self.name == "struct":
            fields = ", ".join(f"{name} {part.trino()}" for name, part in self.parts)
            return f"row({fields})"
        length = f"({self.numbers[0]})" if self.numbers else ""
        return _TRINO.get(self.name, self.name) + length

    def _decimal(self) -> tuple[int, int]:
        precision, scale = (*self.numbers, *_DEFAULT_DECIMAL[len(self.numbers) :])
        return precision, scale


def catalog_type(text: str) -> CatalogType:
    """Parse a type name of the Glue catalog or of a CREATE TABLE.

    Parameters
    ----------
    text
        e.g. ``"decimal(10,2)"``.

    Returns
    -------
    CatalogType

    Raises
    ------
    UnknownTypeError
        If it is none.
    """
    tokens = [match.group(1) for match in _TOKEN.finditer(text)]
    if "".join(tokens) != re.sub(r"\s+", "", text):
        raise UnknownTypeError(f"{text!r} is no type")
    rest = deque(tokens)
    found = _parse(rest, text)
    if rest:
        raise UnknownTypeError(f"{text!r} is no type: {' '.join(rest)!r} is left over")
    return found


def column_info(name: str, duckdb_type: str) -> dict[str, Any]:
    """Describe a result column as GetQueryResults does.

    Parameters
    ----------
    name
        Column name.
    duckdb_type
        DuckDB's name of its type.

    Returns
    -------
    dict
        Athena's ``ColumnInfo``.
    """
    athena, precision, scale = _api_type(duckdb_type)
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": athena,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": athena == "varchar",
    }


def _api_type(duckdb_type: str) -> tuple[str, int, int]:
    decimal = re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", duckdb_type)
    if decimal:
        return "decimal", int(decimal.group(1)), int(decimal.group(2))
    if duckdb_type.endswith("]"):
        return "array", 0, 0
    head = duckdb_type.partition("(")[0]
    if head in ("MAP", "STRUCT"):
        return ("map" if head == "MAP" else "row"), 0, 0
    if head == "ENUM":
        return _API_TYPES["VARCHAR"]
    return _API_TYPES.get(duckdb_type, (duckdb_type.lower(), 0, 0))


def _parse(tokens: deque[str], text: str) -> CatalogType:
    """Take a type off the tokens."""
    if not tokens:
        raise UnknownTypeError(f"{text!r} is no type: it ends too early")
    name = tokens.popleft().lower()
    if name in ("array", "map", "struct"):
        parts = _parse_parts(tokens, text, named=name == "struct")
        wanted = {"array": 1, "map": 2}.get(name, len(parts))
        if len(parts) != wanted or not parts:
            raise UnknownTypeError(f"{text!r} is no type: {name} takes other arguments")
        return CatalogType(name, parts=parts)
    numbers = _parse_numbers(tokens, text) if _accept(tokens, "(") else ()
    if name not in _DUCKDB and name != "decimal":
        raise UnknownTypeError(f"{name!r} is no type of the Glue catalog")
    most = {"decimal": 2, "varchar": 1, "char": 1}.get(name, 0)
    if len(numbers) > most:
        raise UnknownTypeError(f"{text!r} is no type: {name} takes {most} numbers")
    return CatalogType(name, numbers)


def _parse_numbers(tokens: deque[str], text: str) -> tuple[int, ...]:
    inside: list[str] = []
    while tokens and tokens[0] != ")":
        inside.append(tokens.popleft())
    digits = [part for part in inside if part != ","]
    if not _accept(tokens, ")") or not digits or not all(part.isdigit() and len(part) < 10 for part in digits):
        raise UnknownTypeError(f"{text!r} is no type: numbers are expected in the parentheses")
    return tuple(map(int, digits))


def _parse_parts(tokens: deque[str], text: str, *, named: bool) -> tuple[tuple[str, CatalogType], ...]:
    if not _accept(tokens, "<"):
        raise UnknownTypeError(f"{text!r} is no type: '<' is expected")
    parts: list[tuple[str, CatalogType]] = []
    while not parts or _accept(tokens, ","):
        name = tokens.popleft().lower() if named and tokens else ""
        if named and not _accept(tokens, ":"):
            raise UnknownTypeError(f"{text!r} is no type: a field is written name:type")
        parts.append((name, _parse(tokens, text)))
    if not _accept(tokens, ">"):
        raise UnknownTypeError(f"{text!r} is no type: '>' is expected")
    return tuple(parts)


def _accept(tokens: deque[str], token: str) -> bool:
    found = bool(tokens) and tokens[0] == token
    if found:
        tokens.popleft()
    return found
