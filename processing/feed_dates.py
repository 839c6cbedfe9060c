"""The dates of the feeds themselves, as opposed to the day of their import.

Standard library only: the Glue jobs, the processing container and the console all import it. A date travels as text
with its basis, ``2019-08-01 Last-Modified of the server`` or ``unknown the server sent no Last-Modified``: in the
metadata of S3 objects, in the output of a Lambda step, in the argument of a job. Each of them has its limit of length.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

DATE, BASIS = "date", "basis"
"""Names of S3 metadata: of a feed's object in the raw zone, and of a source that is itself an S3 object."""

UNKNOWN = "unknown"
GENERATED = "the feed is generated"
NOT_KEPT = "the import kept no date"

DATED_FEEDS = ("playgrounds", "parks", "income")
TAX_YEAR = "tax-year"
"""Metadata of the processed table has ``<feed>-date`` for each feed, and ``tax-year``."""

_EARLIEST = 1990
"""What is dated earlier has the zero of a clock, of Unix or of a zip archive."""
_AT_ONCE = timedelta(seconds=5)
_LONGEST_BASIS = 120


@dataclass(frozen=True)
class FeedDate:
    """When a feed was made."""

    day: date | None
    """None if it is unknown."""
    basis: str
    """How it is known, or why it is not."""

    @property
    def text(self) -> str:
        """The date as it travels."""
        return f"{self.day or UNKNOWN} {self.basis[:_LONGEST_BASIS]}".strip()


def parse_date(text: str) -> FeedDate:
    """Return the date of a text as `FeedDate.text` writes it; one that says something else is unknown."""
    day, _, basis = text.strip().partition(" ")
    if day.lower() == UNKNOWN:
        return FeedDate(None, basis or "nothing says why")
    try:
        return FeedDate(date.fromisoformat(day), basis or "nothing says how it is known")
    except ValueError:
        return FeedDate(None, f"{day[:40]!r} is not a date" if day else NOT_KEPT)


def date_of_answer(headers: Mapping[str, str]) -> FeedDate:
    """Return the date that an HTTP answer gives its content: ``Last-Modified``, where that is one of the content.

    A server that writes the content anew for each request says that it was modified just now.
    """
    stated = headers.get("Last-Modified", "")
    if not stated:
        return FeedDate(None, "the server sent no Last-Modified")
    modified, asked = _parse_http_date(stated), _parse_http_date(headers.get("Date", "")) or datetime.now(UTC)
    if modified is None:
        return FeedDate(None, f"the server's Last-Modified {stated[:40]!r} is not a date")
    if modified > asked - _AT_ONCE:
        return FeedDate(None, "the server dates each answer with the time of asking")
    return _since_clocks_are_set(modified, "Last-Modified of the server")


def date_of_file(modified: float, now: datetime | None = None) -> FeedDate:
    """Return the date of a local file by its time of change, in seconds since 1970."""
    changed = datetime.fromtimestamp(modified, UTC)
    if changed > (now or datetime.now(UTC)) + timedelta(days=1):
        return FeedDate(None, f"the file's time of change, {changed.date()}, is in the future")
    return _since_clocks_are_set(changed, "the file's time of change")


def date_of_object(metadata: Mapping[str, str], stored: datetime) -> FeedDate:
    """Return the date that the metadata of an S3 object gives it; when it was stored is not when it was made."""
    stated = metadata.get(DATE, "")
    if not stated:
        return FeedDate(None, f"the S3 object of {stored.date()} has no metadata '{DATE}'")
    parsed = parse_date(f"{stated} {metadata.get(BASIS, '')}")
    if not metadata.get(BASIS) and parsed.day:
        return FeedDate(parsed.day, f"metadata '{DATE}' of the S3 object")
    return parsed if parsed.day or stated == UNKNOWN else FeedDate(None, f"metadata '{DATE}', {parsed.basis}")


def metadata_of(known: FeedDate) -> dict[str, str]:
    """Return a date as the metadata of an S3 object."""
    return {DATE: str(known.day or UNKNOWN), BASIS: known.basis[:_LONGEST_BASIS]}


def _parse_http_date(text: str) -> datetime | None:
    try:
        sent = parsedate_to_datetime(text)
    except ValueError:
        return None
    return sent.astimezone(UTC) if sent.tzinfo else sent.replace(tzinfo=UTC)


def _since_clocks_are_set(changed: datetime, basis: str) -> FeedDate:
    if changed.year < _EARLIEST:
        return FeedDate(None, f"{basis} is {changed.date()}, the zero of a clock")
    return FeedDate(changed.date(), basis)
