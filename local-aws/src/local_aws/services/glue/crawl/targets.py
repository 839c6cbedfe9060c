"""The objects that a crawler's S3 target includes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from local_aws.kernel.objects import ObjectInfo
from local_aws.services.glue.crawl.exclude_patterns import exclude_pattern


def included(objects: Iterable[ObjectInfo], prefix: str, exclusions: Sequence[str]) -> list[ObjectInfo]:
    """Choose the objects of one target.

    Parameters
    ----------
    prefix
        The key part of the include path: a folder, with or without its last slash, or one object.
    exclusions
        Glob patterns relative to the include path, as the Glue developer guide defines them.

    Returns
    -------
    list
        The objects below the folder that are not empty, not hidden (a name starting with ``_`` or ``.``) and not
        excluded.
    """
    folder = folder_of(prefix)
    patterns = [exclude_pattern(pattern) for pattern in exclusions]
    chosen = []
    for found in objects:
        if found.key != prefix and not found.key.startswith(folder):
            continue
        relative = found.key[len(folder) :] if found.key.startswith(folder) else found.key.rpartition("/")[2]
        hidden = any(part.startswith(("_", ".")) for part in relative.split("/"))
        if found.size and not hidden and not any(pattern.matches(relative) for pattern in patterns):
            chosen.append(found)
    return chosen


def folder_of(prefix: str) -> str:
    """Return the prefix with one slash at its end; empty for the whole bucket."""
    return f"{prefix.strip('/')}/" if prefix.strip("/") else ""
