"""Attributes of a message: their digest, and how records hold them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from local_aws.kernel.errors import AwsError

Attributes = Mapping[str, Mapping[str, Any]]
"""By name, each with ``DataType`` and ``StringValue`` or ``BinaryValue``, as requests have them."""


def check(attributes: Attributes) -> None:
    """Check that each attribute has the one value that its type asks for."""
    if len(attributes) > 10:
        raise AwsError("InvalidParameterValue", f"Number of message attributes [{len(attributes)}] exceeds 10.")
    for name, attribute in attributes.items():
        kind = attribute["DataType"].partition(".")[0]
        member = {"String": "StringValue", "Number": "StringValue", "Binary": "BinaryValue"}.get(kind)
        if member is None or not set(attribute) <= {"DataType", member}:
            raise AwsError(
                "InvalidParameterValue",
                f"The message attribute '{name}' must have a DataType of String, Number or Binary and a "
                "StringValue (BinaryValue for Binary), and nothing else.",
            )
        if not attribute.get(member):
            raise AwsError(
                "InvalidParameterValue",
                f"Message (user) attribute '{name}' must contain a non-empty value of type '{kind}'.",
            )


def digest(attributes: Attributes) -> str:
    """Return the MD5 that clients compare, over names, types and values in the order of the names."""
    md5 = hashlib.md5(usedforsecurity=False)
    for name, attribute in sorted(attributes.items()):
        is_binary = "BinaryValue" in attribute
        value = attribute["BinaryValue"] if is_binary else attribute["StringValue"].encode()
        for piece in (name.encode(), attribute["DataType"].encode()):
            md5.update(len(piece).to_bytes(4, "big") + piece)
        md5.update((b"\x02" if is_binary else b"\x01") + len(value).to_bytes(4, "big") + value)
    return md5.hexdigest()


def size(attributes: Attributes) -> int:
    """Return the bytes that count towards the size of a message."""
    return sum(
        len(name.encode())
        + len(attribute["DataType"].encode())
        + len(attribute.get("StringValue", "").encode() or attribute.get("BinaryValue", b""))
        for name, attribute in attributes.items()
    )


def to_record(attributes: Attributes) -> dict[str, dict[str, str]]:
    """Make attributes that JSON can hold."""
    return {
        name: {
            key: base64.b64encode(value).decode() if key == "BinaryValue" else value for key, value in attribute.items()
        }
        for name, attribute in attributes.items()
    }


def from_record(attributes: Attributes, wanted: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the attributes whose names are wanted.

    ``All``, ``*`` and ``.*`` want all, ``a.*`` all with the prefix a.
    """
    wishes = tuple(wanted)

    def is_wanted(name: str) -> bool:
        return any(
            wish in ("All", "*", ".*", name) or (wish.endswith(".*") and name.startswith(wish[:-2])) for wish in wishes
        )

    return {
        name: {key: base64.b64decode(value) if key == "BinaryValue" else value for key, value in attribute.items()}
        for name, attribute in attributes.items()
        if is_wanted(name)
    }
