"""Type names of the Glue catalog, and their names in DuckDB and Trino."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import Final

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
    """Parse a type name of the Glue catalog or of a CREATE TABLE, or raise `UnknownTypeError`."""
    tokens = [match.group(1) for match in _TOKEN.finditer(text)]
    if "".join(tokens) != re.sub(r"\s+", "", text):
        raise UnknownTypeError(f"{text!r} is not a type")
    rest = deque(tokens)
    parsed = _parse(rest, text)
    if rest:
        raise UnknownTypeError(f"{text!r} is not a type: {' '.join(rest)!r} is left over")
    return parsed


def _parse(tokens: deque[str], text: str) -> CatalogType:
    """Take a type off the tokens."""
    if not tokens:
        raise UnknownTypeError(f"{text!r} is not a type: it ends too early")
    name = tokens.popleft().lower()
    if name in ("array", "map", "struct"):
        parts = _parse_parts(tokens, text, named=name == "struct")
        wanted = {"array": 1, "map": 2}.get(name, len(parts))
        if len(parts) != wanted or not parts:
            raise UnknownTypeError(f"{text!r} is not a type: {name} takes other arguments")
        return CatalogType(name, parts=parts)
    numbers = _parse_numbers(tokens, text) if _accept(tokens, "(") else ()
    if name not in _DUCKDB and name != "decimal":
        raise UnknownTypeError(f"{name!r} is not a type of the Glue catalog")
    limit = {"decimal": 2, "varchar": 1, "char": 1}.get(name, 0)
    if len(numbers) > limit:
        raise UnknownTypeError(f"{text!r} is not a type: {name} takes {limit} numbers")
    return CatalogType(name, numbers)


def _parse_numbers(tokens: deque[str], text: str) -> tuple[int, ...]:
    inside: list[str] = []
    while tokens and tokens[0] != ")":
        inside.append(tokens.popleft())
    digits = [part for part in inside if part != ","]
    if not _accept(tokens, ")") or not digits or not all(part.isdigit() and len(part) < 10 for part in digits):
        raise UnknownTypeError(f"{text!r} is not a type: numbers are expected in the parentheses")
    return tuple(map(int, digits))


def _parse_parts(tokens: deque[str], text: str, *, named: bool) -> tuple[tuple[str, CatalogType], ...]:
    if not _accept(tokens, "<"):
        raise UnknownTypeError(f"{text!r} is not a type: '<' is expected")
    parts: list[tuple[str, CatalogType]] = []
    while not parts or _accept(tokens, ","):
        name = tokens.popleft().lower() if named and tokens else ""
        if named and not _accept(tokens, ":"):
            raise UnknownTypeError(f"{text!r} is not a type: a field is written name:type")
        parts.append((name, _parse(tokens, text)))
    if not _accept(tokens, ">"):
        raise UnknownTypeError(f"{text!r} is not a type: '>' is expected")
    return tuple(parts)


def _accept(tokens: deque[str], token: str) -> bool:
    if not tokens or tokens[0] != token:
        return False
    tokens.popleft()
    return True
