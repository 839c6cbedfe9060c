"""Pages of a listing, with opaque tokens."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, TypeVar

from local_aws.kernel.errors import AwsError

Item = TypeVar("Item")


def page(
    items: Iterable[Item],
    request: Mapping[str, Any],
    *,
    token_key: str = "NextToken",  # noqa: S107 (the name of a member, no secret)
    size_key: str = "MaxResults",
    default: int = 100,
) -> tuple[list[Item], str | None]:
    """Cut one page out of a listing.

    Parameters
    ----------
    items
        The whole listing, in an order that is stable between calls; iterated to the end of the page and one further.
    request
        The request, for its token and page size.
    token_key, size_key
        The members' names in that API.
    default
        Page size when the request names none.

    Returns
    -------
    tuple
        The page's items and the next token; None after the last page.

    Raises
    ------
    AwsError
        ``ValidationException`` for a token that this listing did not give.
    """
    start = _decode(request[token_key]) if request.get(token_key) else 0
    size = int(request.get(size_key) or default)
    chosen = list(islice(items, start, start + size + 1))
    token = base64.urlsafe_b64encode(f"at:{start + size}".encode()).decode() if len(chosen) > size else None
    return chosen[:size], token


def _decode(token: str) -> int:
    try:
        word, _, number = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if word == "at":
            return int(number)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        pass
    raise AwsError("ValidationException", f"Invalid pagination token: {token!r}")
