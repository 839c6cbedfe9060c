"""The attributes of a message, checked in the order and the words of SNS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from local_aws.kernel.errors import AwsError

_FIELDS = {"String": "String", "Number": "String", "Binary": "Binary"}
_MAX_NAME_BYTES = 256
_OTHER_THAN_NAME = re.compile(r"[^A-Za-z0-9_.-]")


def check_attributes(attributes: Mapping[str, Mapping[str, Any]]) -> None:
    """Check that each attribute has a valid name, and the one value that its type asks for."""
    for name, attribute in attributes.items():
        _check_name(name)
        _check_value(name, attribute)


def _check_name(name: str) -> None:
    if len(name.encode()) > _MAX_NAME_BYTES:
        raise _invalid(f"Length of message attribute name must be less than {_MAX_NAME_BYTES} bytes.")
    if match := _OTHER_THAN_NAME.search(name):
        raise _invalid(
            f"Invalid non-alphanumeric character '#x{ord(match[0]):X}' was found in the message attribute name. Can "
            "only include alphanumeric characters, hyphens, underscores, or dots."
        )
    if name.startswith("."):
        raise _invalid("Invalid message attribute name starting with character '.' was found.")
    if name.endswith("."):
        raise _invalid("Invalid message attribute name ending with character '.' was found.")
    if ".." in name:
        raise _invalid("Message attribute name can not have successive '.' character.")


def _check_value(name: str, attribute: Mapping[str, Any]) -> None:
    kind = attribute["DataType"]
    field = _FIELDS.get(kind.partition(".")[0])
    if field is None:
        raise _invalid(
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes "
            "is Binary, Number, and String."
        )
    values = {member.removesuffix("Value") for member, value in attribute.items() if member != "DataType" and value}
    if values - {field}:
        raise _invalid(f"The message attribute '{name}' with type '{kind}' must use field '{field}'.")
    if not values:
        raise _invalid(
            f"The message attribute '{name}' must contain non-empty message attribute value for message attribute type "
            f"'{kind}'."
        )


def _invalid(message: str) -> AwsError:
    return AwsError("ParameterValueInvalid", message)
