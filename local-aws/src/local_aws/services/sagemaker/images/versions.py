"""Versions as numbers. Programs that run on an image's own Python use this too: it must work from Python 3.7 on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeAlias

    Version: TypeAlias = tuple[int, ...]


def numbers(version: str) -> Version:
    """Return the numbers of a version, ``(1, 2)`` of ``1.2``; what is not a number ends them."""
    parts: list[int] = []
    for part in version.split("."):
        if not part.isdecimal():
            break
        parts.append(int(part))
    return tuple(parts)


def same_version(version: str, installed: str) -> bool:
    """Return whether an installed version is the image's, as far as the image's goes: 3.2.0 is 3.2."""
    wanted = numbers(version)
    return numbers(installed)[: len(wanted)] == wanted
