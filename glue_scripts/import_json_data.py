"""Glue job ``import_json_data``: the parks and playgrounds feeds of NYC Parks, one parquet file each per day.

Plain Python (no Spark session, so no JVM); its modules come through ``--extra-py-files``.

Arguments: ``--JOB_NAME``, ``--PARKS_URL``, ``--PLAYGROUNDS_URL``, ``--TARGET_URI s3://raw/``, and optionally
``--DATE YYYY-MM-DD`` (default: today in UTC), ``--FORCE true`` (import even if the sources did not change), and
``--MAX_ROW_CHANGE 0.2`` and ``--MAX_MISSING_RISE 0.05``: how far the number of rows and a field's share of missing
values may be from the last accepted import's.

Writes ``parks/year=/month=/day=/parks.parquet`` and ``playgrounds/year=/month=/day=/playgrounds.parquet``, text
columns only. Both feeds are downloaded and checked before either is published; publishing replaces the day's
file in one step. Another run on the same day does nothing if the sources did not change since.
"""

import json
import logging
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.parquet as pq
from feeds import RetryPolicy, fetch, is_unchanged, publish
from job_contract import (
    FeedError,
    day_partition,
    job_arguments,
    log_to_stdout,
    parse_day,
    parse_flag,
)
from last_import import LIMIT_ARGUMENTS, ChangeLimits, check_against_last_import, check_missing_shares, parse_limits

from processing.value_domains import (
    EDIT_REMEDY,
    MISSING,
    PARK_DOMAINS,
    PLAYGROUND_DOMAINS,
    UNUSED_PARK_FIELDS,
    UNUSED_PLAYGROUND_FIELDS,
    Domain,
    OutsideDomainError,
    outside_domain,
)

log = logging.getLogger("import_json_data")


@dataclass(frozen=True)
class FeedFormat:
    """What a JSON feed must look like: a list of flat objects.

    Every record must have the fields, null or not, but for the `unused` ones; others are ignored. The name is also the
    folder and the file name. With `unique_id`, ``Prop_ID`` may occur only once.
    """

    name: str
    domains: Mapping[str, Domain] = field(hash=False)
    unused: tuple[str, ...]
    unique_id: bool


PARKS = FeedFormat("parks", PARK_DOMAINS, UNUSED_PARK_FIELDS, unique_id=True)
PLAYGROUNDS = FeedFormat("playgrounds", PLAYGROUND_DOMAINS, UNUSED_PLAYGROUND_FIELDS, unique_id=False)


def read_feed(content: bytes, feed: FeedFormat, url: str) -> pa.Table:
    """Check a JSON feed (UTF-8) and return a table of its text columns.

    Returns
    -------
    pyarrow.Table
        One row per record, one nullable string column per field of the format. Values are as their domain writes them;
        empty text and ``**`` are null; coordinates keep the digits they were written with.

    Raises
    ------
    FeedError
        The content is not a non-empty JSON list of such records.
    """
    records = _parse_records(content, feed, url)
    for number, record in enumerate(records, start=1):
        _check_record(number, record, feed, url)
    rows = _parse_values(records, feed, url)
    if feed.unique_id:
        _refuse_duplicate_ids(rows, feed, url)
    return pa.Table.from_pylist(rows, schema=pa.schema([(name, pa.string()) for name in feed.domains]))


def run(
    sources: dict[FeedFormat, str],
    target_uri: str,
    day: date,
    *,
    force: bool,
    limits: ChangeLimits | None = None,
    policy: RetryPolicy | None = None,
) -> dict[str, int]:
    """Import the feeds into a day's partitions; return the rows written by feed name.

    A feed that did not change since the day's last import is skipped, unless `force` is set.

    Raises
    ------
    FeedError
        A feed is not as expected. No partition has been touched then.
    """
    policy = policy or RetryPolicy()
    with tempfile.TemporaryDirectory() as folder:
        ready = []
        for feed, url in sources.items():
            feed_uri = f"{target_uri.rstrip('/')}/{feed.name}"
            target = f"{feed_uri}/{day_partition(day)}/{feed.name}.parquet"
            if not force and is_unchanged(feed.name, url, target, policy):
                log.info("feed %s: %s did not change since %s was written", feed.name, url, target)
                continue
            download = Path(folder, f"{feed.name}.json")
            version = fetch(feed.name, url, download, policy)
            table = read_feed(download.read_bytes(), feed, url)
            check_missing_shares(feed.name, url, table, feed.domains)
            used = table.drop_columns(list(feed.unused))
            check_against_last_import(feed.name, url, used, feed_uri, limits or ChangeLimits())
            file = Path(folder, f"{feed.name}.parquet")
            pq.write_table(table, file)
            ready.append((feed, table.num_rows, file, target, version))
        for feed, rows, file, target, version in ready:
            publish(file, target, version)
            log.info("feed %s: %d rows from %s to %s", feed.name, rows, version.source, target)
    return {feed.name: rows for feed, rows, *_ in ready}


def _parse_records(content: bytes, feed: FeedFormat, url: str) -> list[Any]:
    """Return the list of records, not yet checked."""
    if content.lstrip()[:1] == b"<":
        raise FeedError(feed.name, url, "the source sent an HTML page instead of JSON", "Check the URL in a browser")
    try:
        # Numbers stay as they are written: coordinates and ids are text in the raw zone.
        records = json.loads(
            content.decode("utf-8-sig"),
            parse_int=str,
            parse_float=str,
            parse_constant=_refuse_constant,
            object_pairs_hook=_refuse_repeated_fields,
        )
    except RecursionError:
        problem = "the content is nested too deeply for a list of records"
        raise FeedError(feed.name, url, problem, "Check the URL: it must be the feed itself") from None
    except ValueError as error:
        remedy = "The feed is truncated or malformed: run the job again, and tell the publisher if it fails again"
        raise FeedError(feed.name, url, f"the content is not valid JSON ({error})", remedy) from error
    if not isinstance(records, list):
        problem = f"the content is a JSON {type(records).__name__}, not a list of records"
        raise FeedError(feed.name, url, problem, "Check the URL: it must be the feed itself, not an API's envelope")
    if not records:
        raise FeedError(feed.name, url, "the list of records is empty", "Check the URL, or run the job again later")
    return records


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _refuse_repeated_fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object's fields; of two of the same name nobody knows which is meant."""
    record = dict(pairs)
    if len(record) != len(pairs):
        name = next(name for name, number in Counter(name for name, _ in pairs).items() if number > 1)
        raise ValueError(f"a record has the field '{name}' more than once")
    return record


def _is_unicode(text: str) -> bool:
    """Return whether a text can be stored; JSON's ``\\ud800`` alone cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _check_record(number: int, record: Any, feed: FeedFormat, url: str) -> None:
    """Check that a record is an object of texts and nulls with the feed's fields, and has the values it needs."""
    remedy = "The publisher changed the feed: adapt processing/value_domains.py, or import an older copy"
    if not isinstance(record, dict):
        problem = f"record {number} is a JSON {type(record).__name__}, not an object"
        raise FeedError(feed.name, url, problem, remedy)
    # An absent field is not read as null: a null Level is a label, and a renamed field would change labels.
    if absent := [f"'{name}'" for name in feed.domains if name not in record and name not in feed.unused]:
        problem = f"record {number} has no {'field' if len(absent) == 1 else 'fields'} {', '.join(absent)}"
        raise FeedError(feed.name, url, problem, remedy)
    for name, domain in feed.domains.items():
        value = record.get(name)
        if value is not None and not isinstance(value, str):
            problem = f"field '{name}' of record {number} is a JSON {type(value).__name__}, not text"
            raise FeedError(feed.name, url, problem, remedy)
        if not _is_unicode(value or ""):
            problem = f"field '{name}' of record {number} holds half of a character"
            raise FeedError(feed.name, url, problem, remedy)
        if domain.required and (value or "").strip() in MISSING:
            problem = f"field '{name}' of record {number} is empty"
            raise FeedError(
                feed.name, url, problem, "Every record needs one: tell the publisher, or import an older copy"
            )


def _parse_values(records: list[dict[str, Any]], feed: FeedFormat, url: str) -> list[dict[str, str | None]]:
    """Return the records' values as their domains write them, fields that the feed lacks as None."""
    rows: list[dict[str, str | None]] = [{} for _ in records]
    sentences = []
    for name, domain in feed.domains.items():
        parsed: dict[str | None, str | None] = {}
        outside: dict[str, int] = {}
        texts: Counter[Any] = Counter(record.get(name) for record in records)
        for text, number in texts.items():
            try:
                parsed[text] = domain.parse(text)
            except OutsideDomainError:
                outside[text] = number
        if outside:
            sentences.append(outside_domain(name, domain, outside))
        for row, record in zip(rows, records, strict=True):
            row[name] = parsed.get(record.get(name))
    if sentences:
        raise FeedError(feed.name, url, "; ".join(sentences), EDIT_REMEDY)
    return rows


def _refuse_duplicate_ids(rows: list[dict[str, str | None]], feed: FeedFormat, url: str) -> None:
    seen: set[str | None] = set()
    for row in rows:
        if row["Prop_ID"] in seen:
            problem = f"field 'Prop_ID' has the value '{row['Prop_ID']}' more than once"
            remedy = "The join needs one record a park: tell the publisher, or import a copy without the duplicate"
            raise FeedError(feed.name, url, problem, remedy)
        seen.add(row["Prop_ID"])


def main() -> None:
    """Run the job with the arguments that Glue passes."""
    log_to_stdout()
    arguments = job_arguments(
        ("JOB_NAME", "PARKS_URL", "PLAYGROUNDS_URL", "TARGET_URI"), {"DATE": "", "FORCE": "false"} | LIMIT_ARGUMENTS
    )
    run(
        {PARKS: arguments["PARKS_URL"], PLAYGROUNDS: arguments["PLAYGROUNDS_URL"]},
        arguments["TARGET_URI"],
        parse_day(arguments["DATE"]),
        force=parse_flag(arguments["FORCE"]),
        limits=parse_limits(arguments),
    )


if __name__ == "__main__":
    main()
