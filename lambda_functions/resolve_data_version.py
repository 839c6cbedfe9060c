"""Lambda step ``ResolveDataVersion``: a version of the processed data that changes with the contents, and only then.

Beside it the feeds' own dates, which ``prep_data_for_ml`` leaves as metadata of the data's object. They are no part of
the version: the same rows of a later feed are the same data.

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
from botocore.exceptions import ClientError

LATEST = "latest"
"""Default of the pipeline parameter ``DataVersion``."""

_EVENT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FILE = re.compile(r".*year=(\d{4})/month=(\d{1,2})/day=(\d{1,2})/([^/]+)")
_DATA_FILE = re.compile(r"[^_.].*\.parquet")
_SUCCESS_MARKER = "_SUCCESS"
_DATES = {
    "PlaygroundsDate": "playgrounds-date",
    "ParksDate": "parks-date",
    "IncomeDate": "income-date",
    "TaxYear": "tax-year",
}
"""The outputs by their names in the metadata of the data's object (``processing.feed_dates``)."""
_CHARACTERS = 250  # a job's argument holds 256


def handler(event: dict[str, str], _context: object) -> dict[str, str]:
    """Resolve a version, and the feeds' dates.

    Parameters
    ----------
    event
        ``InputDataUrl``: S3 prefix of the processed table or of one partition. ``DataVersion``: an event id or
        :data:`LATEST`, both replaced by the digest of the data, or any other text, which is kept: an execution started
        with ``DataVersion=again-1`` computes everything again.

    Returns
    -------
    dict
        ``DataVersion``; ``PlaygroundsDate``, ``ParksDate`` and ``IncomeDate``, each a date and how it is known, or
        ``unknown`` and why; ``TaxYear``.

    Raises
    ------
    LookupError
        The data has no complete partition.
    """
    version, url = event["DataVersion"], event["InputDataUrl"]
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    s3 = boto3.client("s3")
    stands = version != LATEST and not _EVENT_ID.fullmatch(version)
    try:
        files = newest_files(_objects(s3, bucket, prefix))
    except ClientError as error:
        # Data elsewhere, under a version that the caller names, may be the jobs' to read and not this function's.
        if not stands:
            raise
        return {"DataVersion": version, **_unknown(f"the data cannot be listed ({error.response['Error']['Code']})")}
    if stands:
        return {"DataVersion": version, **_dates(s3, bucket, files)}
    if not files:
        raise LookupError(f"{url} holds no complete partition: run the Glue workflow, then start again")
    etags = "\n".join(sorted(file["ETag"] for file in files))
    return {"DataVersion": hashlib.sha256(etags.encode()).hexdigest()[:32], **_dates(s3, bucket, files)}


def newest_files(objects: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the newest complete day's data files; ``engineer_features`` chooses the day in the same way.

    A day whose write has not ended is not read, so its contents must not stand for the data: they would name the data
    of the day before, and be found in the cache once the day is complete.
    """
    days: dict[tuple[int, ...], list[dict[str, Any]]] = {}
    ended = set()
    for entry in objects:
        if match := _FILE.fullmatch(entry["Key"]):
            *date, name = match.groups()
            day = tuple(int(part) for part in date)
            if name == _SUCCESS_MARKER:
                ended.add(day)
            elif _DATA_FILE.fullmatch(name):
                days.setdefault(day, []).append(entry)
    complete = days.keys() & ended
    return days[max(complete)] if complete else []


def _dates(s3: Any, bucket: str, files: list[dict[str, Any]]) -> dict[str, str]:
    if len(files) != 1:
        return _unknown(f"the data is {len(files)} files, not the one of prep_data_for_ml")
    try:
        metadata = s3.head_object(Bucket=bucket, Key=files[0]["Key"])["Metadata"]
    except ClientError as error:
        return _unknown(f"the data's metadata cannot be read (HTTP {error.response['Error']['Code']})")
    unknown = _unknown("prep_data_for_ml kept no dates with this data")
    return {output: (metadata.get(name) or unknown[output])[:_CHARACTERS] for output, name in _DATES.items()}


def _unknown(reason: str) -> dict[str, str]:
    return dict.fromkeys(_DATES, f"unknown {reason}"[:_CHARACTERS])


def _objects(s3: Any, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from page.get("Contents", [])
