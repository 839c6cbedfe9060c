"""Lambda step ``ResolveDataVersion``: a version of the processed data that changes with the contents, and only then.

A pipeline's step cache compares URIs and environments. An event id in the environment would make every run compute
everything again; a fixed word would hide new data. The ETags of the newest partition do neither, because
``prep_data_for_ml`` writes the same bytes for the same rows. (With SSE-KMS an ETag differs for each upload: then
nothing is cached, and nothing hidden.)
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

import boto3

LATEST = "latest"
"""Default of the pipeline parameter ``DataVersion``."""

_EVENT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FILE = re.compile(r".*year=(\d{4})/month=(\d{1,2})/day=(\d{1,2})/([^/]+)")
_DATA_FILE = re.compile(r"[^_.].*\.parquet")
_SUCCESS_MARKER = "_SUCCESS"


def handler(event: dict[str, str], _context: object) -> dict[str, str]:
    """Resolve a version.

    Parameters
    ----------
    event
        ``InputDataUrl``: S3 prefix of the processed table or of one partition. ``DataVersion``: an event id or
        :data:`LATEST`, both replaced by the digest of the data, or any other text, which is kept: an execution started
        with ``DataVersion=again-1`` computes everything again.

    Raises
    ------
    LookupError
        The data has no complete partition.
    """
    version = event["DataVersion"]
    if version != LATEST and not _EVENT_ID.fullmatch(version):
        return {"DataVersion": version}
    url = event["InputDataUrl"]
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    etags = newest_etags(_objects(boto3.client("s3"), bucket, prefix))
    if not etags:
        raise LookupError(f"{url} holds no complete partition: run the Glue workflow, then start again")
    return {"DataVersion": hashlib.sha256("\n".join(sorted(etags)).encode()).hexdigest()[:32]}


def newest_etags(objects: Iterator[dict[str, Any]]) -> list[str]:
    """Return the ETags of the newest complete day's data files; ``engineer_features`` chooses the day in the same way.

    A day whose write has not ended is not read, so its contents must not stand for the data: they would name the data
    of the day before, and be found in the cache once the day is complete.
    """
    days: dict[tuple[int, ...], list[str]] = {}
    ended = set()
    for entry in objects:
        if match := _FILE.fullmatch(entry["Key"]):
            *date, name = match.groups()
            day = tuple(int(part) for part in date)
            if name == _SUCCESS_MARKER:
                ended.add(day)
            elif _DATA_FILE.fullmatch(name):
                days.setdefault(day, []).append(entry["ETag"])
    complete = days.keys() & ended
    return days[max(complete)] if complete else []


def _objects(s3: Any, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from page.get("Contents", [])
