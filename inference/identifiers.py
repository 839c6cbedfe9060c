"""Names that go into SQL text: checked, not escaped."""

from __future__ import annotations

import re

_TABLE = re.compile(r"[a-z_][a-z0-9_]{0,254}")
_ENDPOINT = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
_LOCATION = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^'\\\s]*")


def table_identifier(name: str) -> str:
    """Return a database, table or column name that Glue accepts; raise `ValueError` for another."""
    return _checked(_TABLE, name, "name", "lower-case letters, digits and underscores")


def column_identifier(name: str) -> str:
    """Return a column name in Trino's quotes, because it may be a reserved word, such as ``returns``."""
    return f'"{table_identifier(name)}"'


def endpoint_identifier(name: str) -> str:
    """Return an endpoint name that SageMaker accepts; raise `ValueError` for another."""
    return _checked(_ENDPOINT, name, "endpoint name", "up to 63 letters and digits, and hyphens between them")


def location(uri: str) -> str:
    """Return an S3 prefix with a trailing slash; raise `ValueError` for another URI, quotes or white space."""
    return _checked(_LOCATION, uri if uri.endswith("/") else f"{uri}/", "location", "s3://bucket/prefix/")


def _checked(pattern: re.Pattern[str], text: str, kind: str, legal: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(f"{kind} {text!r} is not allowed in SQL: use {legal}")
    return text
