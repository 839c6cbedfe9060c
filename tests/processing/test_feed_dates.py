"""The date of a feed: what a server, a file or an S3 object says of it, and what none of them can."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from processing.feed_dates import (
    FeedDate,
    date_of_answer,
    date_of_file,
    date_of_object,
    metadata_of,
    parse_date,
)

ASKED = "Sun, 29 Nov 2026 12:00:00 GMT"
STORED = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "day", "basis"),
    [
        ({"Last-Modified": "Wed, 12 Sep 2018 17:01:30 GMT"}, date(2018, 9, 12), "Last-Modified of the server"),
        # Any time zone is read, and the day is that of UTC.
        ({"Last-Modified": "Wed, 12 Sep 2018 23:30:00 -0400"}, date(2018, 9, 13), "Last-Modified of the server"),
        ({}, None, "the server sent no Last-Modified"),
        ({"Last-Modified": "yesterday"}, None, "the server's Last-Modified 'yesterday' is not a date"),
        ({"Last-Modified": "Wed, 99 Sep 2018 17:01:30 GMT"}, None, "is not a date"),
        ({"Last-Modified": ASKED}, None, "the server dates each answer with the time of asking"),
        ({"Last-Modified": "Sun, 29 Nov 2026 11:59:58 GMT"}, None, "the server dates each answer"),
        ({"Last-Modified": "Mon, 30 Nov 2026 12:00:00 GMT"}, None, "the server dates each answer"),
        ({"Last-Modified": "Thu, 01 Jan 1970 00:00:00 GMT"}, None, "is 1970-01-01, the zero of a clock"),
    ],
)
def test_a_server_dates_its_content_only_by_a_believable_last_modified(headers, day, basis):
    made = date_of_answer({"Date": ASKED} | headers)
    assert made.day == day
    assert basis in made.basis


def test_an_answer_without_a_date_is_held_against_the_clock_here():
    assert date_of_answer({"Last-Modified": "Wed, 12 Sep 2018 17:01:30 GMT"}).day == date(2018, 9, 12)
    assert date_of_answer({"Last-Modified": "Wed, 12 Sep 3018 17:01:30 GMT", "Date": "never"}).day is None


@pytest.mark.parametrize(
    ("moment", "day", "basis"),
    [
        (datetime(2019, 8, 20, tzinfo=UTC), date(2019, 8, 20), "the file's time of change"),
        (datetime(1980, 1, 1, tzinfo=UTC), None, "is 1980-01-01, the zero of a clock"),
        (datetime(2036, 1, 1, tzinfo=UTC), None, "2036-01-01, is in the future"),
    ],
)
def test_a_file_is_of_its_time_of_change(moment, day, basis):
    made = date_of_file(moment.timestamp(), now=STORED)
    assert made.day == day
    assert basis in made.basis


@pytest.mark.parametrize(
    ("metadata", "day", "basis"),
    [
        ({}, None, "the S3 object of 2026-11-29 has no metadata 'date'"),
        ({"date": "2019-08-20"}, date(2019, 8, 20), "metadata 'date' of the S3 object"),
        (
            {"date": "2019-08-20", "basis": "the file's time of change"},
            date(2019, 8, 20),
            "the file's time of change",
        ),
        ({"date": "unknown", "basis": "the feed is generated"}, None, "the feed is generated"),
        ({"date": "August"}, None, "metadata 'date', 'August' is not a date"),
    ],
)
def test_an_s3_object_is_of_the_date_in_its_metadata_and_not_of_its_upload(metadata, day, basis):
    assert date_of_object(metadata, STORED) == FeedDate(day, basis)


@pytest.mark.parametrize(
    "made", [FeedDate(date(2018, 12, 14), "the file's time of change"), FeedDate(None, "a reason")]
)
def test_a_date_travels_as_text_and_as_metadata(made):
    assert parse_date(made.text) == made
    assert date_of_object(metadata_of(made), STORED) == made


def test_a_date_that_travels_fits_an_argument_of_a_job():
    assert len(FeedDate(None, "x" * 1000).text) < 250
    assert parse_date("") == FeedDate(None, "the import kept no date")
    assert parse_date("2018-13-45 x").day is None
