"""Type names of the Glue catalog, and their names in DuckDB and Trino."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from local_aws.services.athena.errors import MalformedQueryError
from local_aws.services.athena.sql.tokens import TokenReader

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


class UnknownTypeError(ValueError):
    """Raised when Athena does not have a type of that name."""


@dataclass(frozen=True)
class CatalogType:
    """A type of the Glue catalog, e.g. ``struct<a:int,b:array<string>>``."""

    name: str
    numbers: tuple[int, ...] = ()
    parts: tuple[tuple[str, CatalogType], ...] = ()

    def duckdb(self) -> str:
        """Return DuckDB's name of the type."""
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
        """Return the name that Athena's messages use."""
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
    """Parse a type name of the Glue catalog, or raise `UnknownTypeError`."""
    reader = TokenReader(text)
    try:
        parsed = _parse(reader)
        if reader.peek().kind != "end":
            raise reader.mismatch("<EOF>")
    except (MalformedQueryError, UnknownTypeError) as error:
        raise UnknownTypeError(f"{text!r} is not a type: {error}") from error
    return parsed


def expect_type(reader: TokenReader, expected: str) -> CatalogType:
    """Consume a type of a statement, or raise `MalformedQueryError` that names what was expected."""
    first = reader.peek()
    try:
        return _parse(reader)
    except UnknownTypeError as error:
        raise MalformedQueryError(f"{reader.mismatch(expected, first)} ({error})") from error


def _parse(reader: TokenReader) -> CatalogType:
    name = reader.next().text.lower()
    if name in ("array", "map", "struct"):
        parts = _parse_parts(reader, named=name == "struct")
        if len(parts) != {"array": 1, "map": 2}.get(name, len(parts)):
            raise UnknownTypeError(f"{name} takes another number of types")
        return CatalogType(name, parts=parts)
    if name not in _DUCKDB and name != "decimal":
        raise UnknownTypeError(f"{name!r} is not a type of the Glue catalog")
    at_parenthesis = reader.peek().kind == "symbol" and reader.peek().text == "("
    numbers = tuple(reader.expect_list(_number)) if at_parenthesis else ()
    limit = {"decimal": 2, "varchar": 1, "char": 1}.get(name, 0)
    if len(numbers) > limit:
        raise UnknownTypeError(f"{name} takes {limit} numbers")
    return CatalogType(name, numbers)


def _number(reader: TokenReader) -> int:
    digits = reader.next().text
    if not digits.isdecimal() or len(digits) > 9:
        raise UnknownTypeError("numbers are expected in the parentheses")
    return int(digits)


def _parse_parts(reader: TokenReader, *, named: bool) -> tuple[tuple[str, CatalogType], ...]:
    parts: list[tuple[str, CatalogType]] = []
    while reader.accept_symbol("," if parts else "<"):
        name = reader.next().text.lower() if named else ""
        if named and not reader.accept_symbol(":"):
            raise UnknownTypeError("a field is written name:type")
        parts.append((name, _parse(reader)))
    if not parts or not reader.accept_symbol(">"):
        raise UnknownTypeError(f"'{'>' if parts else '<'}' is expected")
    return tuple(parts)
