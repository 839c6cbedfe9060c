"""S3's answers in XML, with every character of a key as XML can carry it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.serialize import S3Serializer

_SPECIAL = re.compile(r"[&<>\"\x00-\x1f\x7f]")
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


class XmlAnswers(S3Serializer):
    """moto's serialiser with XML that keeps line ends, and that is quick with a listing of 1,000 keys."""

    def _serialize_error_metadata(self, serialized: Any, error: Any, shape: Any) -> None:
        super()._serialize_error_metadata(serialized, error, shape)
        # S3's errors have members that its model does not tell of.
        serialized.update(error.members)

    def _serialize_body(self, body: Mapping[str, Any]) -> str:
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + "".join(_elements(body))


def can_be_written(text: str) -> bool:
    """Return whether XML 1.0 has all characters of a text; a reference to one that it has not breaks its reader."""
    return all(character in "\t\n\r" or "\x20" <= character < "\ufffe" or character > "\uffff" for character in text)


def _elements(node: Mapping[str, Any]) -> Iterator[str]:
    for name, value in node.items():
        for item in value if isinstance(value, list) else [value]:
            yield from _element(name, item)


def _element(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        attributes = "".join(
            f' {key[1:]}="{_escaped(str(item))}"' for key, item in value.items() if key.startswith("@")
        )
        yield f"<{name}{attributes}>"
        yield _escaped(str(value.get("#text", "") or ""))
        yield from _elements({key: item for key, item in value.items() if key[0] not in "@#"})
        yield f"</{name}>"
    else:
        text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        yield f"<{name}>{_escaped(text)}</{name}>"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda match: _NAMED.get(match[0]) or f"&#x{ord(match[0]):X};", text)
