"""Schemas in the catalog's terms: column names, and Hive types by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SIMILARITY = 0.7
"""The share of columns from which on two schemas are similar; Glue names 70 % and not the measure."""

_WIDTH = ("tinyint", "smallint", "int", "bigint", "float", "double")
"""Numbers, each of which the next ones hold (bigint in double: to 53 bits, as in Glue)."""


class UnreadableFileError(ValueError):
    """Raised for a file whose schema cannot be read or put into Hive's types."""


@dataclass(frozen=True)
class Column:
    """One column."""

    name: str
    type: str
    """A Hive type, e.g. ``"bigint"`` or ``"array<string>"``."""


Schema = tuple[Column, ...]


def merge(schemas: Iterable[Schema]) -> Schema:
    """Return every column of the schemas once, in the order they appear; types that differ are widened."""
    types: dict[str, str] = {}
    for schema in schemas:
        for column in schema:
            types[column.name] = common_type(types.get(column.name, column.type), column.type)
    return tuple(Column(name, type_name) for name, type_name in types.items())


def common_type(first: str, other: str) -> str:
    """Return the narrowest type that holds both: numbers widen, anything else that differs becomes a string."""
    if first == other:
        return first
    if first in _WIDTH and other in _WIDTH:
        return max(first, other, key=_WIDTH.index)
    return "string"


def similar(first: Schema, other: Schema) -> bool:
    """Return whether two schemas are of the same table: most columns in both, of types that go together."""
    ours = {column.name: column.type for column in first}
    theirs = {column.name: column.type for column in other}
    shared = sum(name in theirs and _compatible(kind, theirs[name]) for name, kind in ours.items())
    return shared >= SIMILARITY * max(len(ours), len(theirs))


def _compatible(first: str, other: str) -> bool:
    return first == other or (first in _WIDTH and other in _WIDTH)
