"""When the feeds were made, in words and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from processing.feed_dates import FeedDate, parse_date
from processing.reporting.wording import listed


@dataclass(frozen=True)
class FeedDates:
    """The dates of the feeds themselves."""

    playgrounds: FeedDate
    parks: FeedDate
    income: FeedDate
    """When the income file was made; `tax_year` is what its figures are of, and None if it is unknown."""
    tax_year: int | None
    generated: bool
    """Whether the playgrounds say that they are generated: then no date is one of New York's data."""


def parse_dates(playgrounds: str, parks: str, income: str, tax_year: str, *, generated: bool) -> FeedDates:
    """Read the texts that the pipeline passes on from the processed table; an empty one is unknown."""
    year = int(tax_year) if tax_year.isdecimal() else None
    return FeedDates(parse_date(playgrounds), parse_date(parks), parse_date(income), year, generated)


def in_short(dates: FeedDates) -> str:
    """State the dates in a part of a sentence."""
    if dates.generated:
        return f"feeds generated, without a date, income in the form of {_tax_year(dates)}"
    return f"playgrounds as of {_day(dates.playgrounds)}, parks as of {_day(dates.parks)}, income of {_tax_year(dates)}"


def in_full(dates: FeedDates) -> str:
    """State the dates in a sentence, and how each is known, or why it is not."""
    if dates.generated:
        return f"The feeds are generated and have no date; their income has the form of {_tax_year(dates)}."
    parts = [
        f"playgrounds as of {_day(dates.playgrounds)} ({dates.playgrounds.basis})",
        f"parks as of {_day(dates.parks)} ({dates.parks.basis})",
        f"income of {_tax_year(dates)} in a file of {_day(dates.income)} ({dates.income.basis})",
    ]
    return f"The feeds' own dates: {listed(parts)}."


def as_json(dates: FeedDates) -> dict[str, Any]:
    """Return the dates for programs: ``null`` where one is unknown, and why."""
    feeds = {"playgrounds": dates.playgrounds, "parks": dates.parks, "income": dates.income}
    return {
        "generated": dates.generated,
        **{
            name: {"date": None if made.day is None or dates.generated else str(made.day), "basis": made.basis}
            for name, made in feeds.items()
        },
        "tax_year": dates.tax_year,
    }


def _day(made: FeedDate) -> str:
    return f"{made.day.day} {made.day:%B %Y}" if made.day else "an unknown date"


def _tax_year(dates: FeedDates) -> str:
    return "an unknown tax year" if dates.tax_year is None else f"tax year {dates.tax_year}"
