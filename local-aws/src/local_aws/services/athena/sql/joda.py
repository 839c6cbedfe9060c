"""Joda-Time's patterns, which ``format_datetime`` takes, as those of DuckDB's ``strftime``."""

from __future__ import annotations

import re
from typing import Final

from local_aws.services.athena.errors import not_supported

_PARTS: Final = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")
_DIRECTIVES: Final = {
    "yyyy": "%Y", "y": "%Y", "yy": "%y", "MM": "%m", "M": "%-m", "MMM": "%b", "MMMM": "%B", "dd": "%d", "d": "%-d",
    "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M", "m": "%-M", "ss": "%S", "s": "%-S", "SSS": "%g",
    "a": "%p", "EEE": "%a", "E": "%a", "EEEE": "%A", "DDD": "%j",
}  # fmt: skip


def strftime_format(pattern: str) -> str:
    """Return a pattern in the form of ``strftime``; `not_supported` names letters that it has no directive for."""
    written = ""
    for match in _PARTS.finditer(pattern):
        text, letters = match.group(1), match.group() if match.group(2) else None
        if letters is None:
            plain = match.group() if text is None else text.replace("''", "'") or "'"
            written += plain.replace("%", "%%")
        elif letters in _DIRECTIVES:
            written += _DIRECTIVES[letters]
        else:
            raise not_supported(f"{letters!r} in the format of format_datetime")
    return written
