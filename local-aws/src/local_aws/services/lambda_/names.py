"""The names of functions: how requests write them, and their ARNs."""

from __future__ import annotations

from local_aws.kernel.context import Settings
from local_aws.kernel.errors import AwsError

LATEST = "$LATEST"
"""The one version that is kept here."""


def function_arn(settings: Settings, name: str) -> str:
    """Return the unqualified ARN of a function."""
    return settings.arn("lambda", f"function:{name}")


def function_name(settings: Settings, text: str, qualifier: str | None = None) -> str:
    """Return the name of a function that a request names.

    Parameters
    ----------
    text
        A name, a partial ARN (``account:function:name``) or an ARN, each with a qualifier or without.

    Raises
    ------
    AwsError
        ``ResourceNotFoundException`` for another account, region, version or alias: none of them is here.
    """
    head, marker, tail = text.rpartition("function:")
    name, _, suffix = (tail if marker else text).partition(":")
    scope = settings.arn("lambda", "")
    is_here = not head or scope == head or scope.endswith(f":{head}")
    wanted = qualifier or suffix or LATEST
    if not is_here or wanted != LATEST:
        arn = f"{head}{marker}{name}" if head.startswith("arn:") else function_arn(settings, name)
        raise not_found(arn if wanted == LATEST else f"{arn}:{wanted}")
    return name


def not_found(arn: str) -> AwsError:
    """Return the error for a function that is not there."""
    return AwsError("ResourceNotFoundException", f"Function not found: {arn}", 404, {"Type": "User"})
