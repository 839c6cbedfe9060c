"""Data is told by its contents, whatever it is called."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from lambda_functions import resolve_data_version
from lambda_functions.resolve_data_version import LATEST, handler, newest_files
from pipelines.accessibility import parameters
from processing.feed_dates import DATE, DATED_FEEDS, TAX_YEAR
from processing.processed_table import newest_complete_partition

URL = "s3://processed/playgrounds_income/"
EVENT_ID = "6a7e8feb-b491-4cf7-a9f1-bf3703467718"


def entry(day: str, etag: str, name: str = "playgrounds_income.parquet") -> dict[str, Any]:
    year, month, date = day.split("-")
    return {"Key": f"playgrounds_income/year={year}/month={month}/day={date}/{name}", "ETag": etag}


def complete(day: str, etag: str) -> list[dict[str, Any]]:
    return [entry(day, '"marker"', "_SUCCESS"), entry(day, etag)]


def etags(files: list[dict[str, Any]]) -> list[str]:
    return [file["ETag"] for file in newest_files(iter(files))]


@pytest.fixture
def ask(monkeypatch):
    """Ask for the version and the dates of a listing, whose newest file has metadata."""
    s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    monkeypatch.setattr(resolve_data_version.boto3, "client", lambda service: s3)

    def ask(
        contents: list[dict[str, Any]],
        version: str = LATEST,
        metadata: dict[str, str] | None = None,
        denied: str = "",
    ) -> dict[str, str]:
        with Stubber(s3) as stubber:
            expected = {"Bucket": "processed", "Prefix": "playgrounds_income/"}
            if denied == "list":
                stubber.add_client_error("list_objects_v2", "AccessDenied", "no", 403)
            else:
                stubber.add_response("list_objects_v2", {"Contents": contents, "IsTruncated": False}, expected)
            if denied == "head":
                stubber.add_client_error("head_object", "403", "Forbidden", 403)
            else:
                newest = [file["Key"] for file in newest_files(iter(contents))]
                expected = {"Bucket": "processed", "Key": newest[0] if newest else ""}
                stubber.add_response("head_object", {"Metadata": metadata or {}}, expected)
            return handler({"InputDataUrl": URL, "DataVersion": version}, None)

    return ask


@pytest.fixture
def version_of(ask):
    """Ask for the version of a listing."""
    return lambda *arguments: ask(*arguments)["DataVersion"]


def test_the_newest_day_counts_as_a_number():
    days = [*complete("2026-11-3", '"new"'), *complete("2026-9-30", '"old"'), *complete("2025-12-31", '"older"')]

    assert etags(days) == ['"new"']


def test_files_that_hold_no_data_do_not_count():
    day = "2026-11-03"
    files = [*complete(day, '"data"'), entry(day, '"hidden"', ".part.parquet"), entry(day, '"note"', "notes.txt")]

    assert etags(files) == ['"data"']


def test_it_is_the_day_that_feature_engineering_reads(tmp_path):
    unfinished, empty = entry("2026-11-04", '"unfinished"'), entry("2026-11-05", '"marker"', "_SUCCESS")
    files = [*complete("2026-11-03", '"read"'), unfinished, empty]
    for file in files:
        path = tmp_path / file["Key"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    assert newest_complete_partition(tmp_path / "playgrounds_income").label == "2026-11-03"
    assert etags(files) == ['"read"']


def test_unchanged_data_keeps_its_version_on_another_day_and_for_another_event(version_of):
    first = version_of(complete("2026-11-03", '"a"'))
    second = version_of([*complete("2026-11-03", '"a"'), *complete("2026-11-04", '"a"')], EVENT_ID)

    assert first == second


def test_new_data_has_another_version(version_of):
    assert version_of(complete("2026-11-03", '"a"')) != version_of(complete("2026-11-03", '"b"'))


DATES = {
    "playgrounds-date": "2019-08-20 Last-Modified of the server",
    "parks-date": "unknown the server sent no Last-Modified",
    "income-date": "2018-09-12 Last-Modified of the server",
    "tax-year": "2016",
}


@pytest.mark.parametrize("version", [LATEST, "again-1"])
def test_the_feeds_dates_are_those_kept_with_the_newest_file_and_not_part_of_the_version(ask, version):
    days = [*complete("2026-11-3", '"new"'), *complete("2026-9-30", '"old"')]
    answer = ask(days, version, DATES)
    assert answer == {
        "DataVersion": answer["DataVersion"],
        "PlaygroundsDate": "2019-08-20 Last-Modified of the server",
        "ParksDate": "unknown the server sent no Last-Modified",
        "IncomeDate": "2018-09-12 Last-Modified of the server",
        "TaxYear": "2016",
    }
    assert answer["DataVersion"] == ask(days, version, {})["DataVersion"]


@pytest.mark.parametrize(
    ("contents", "denied", "reason"),
    [
        (complete("2026-11-03", '"a"'), "", "unknown prep_data_for_ml kept no dates with this data"),
        (complete("2026-11-03", '"a"'), "head", "unknown the data's metadata cannot be read (HTTP 403)"),
        (
            [*complete("2026-11-03", '"a"'), entry("2026-11-03", '"b"', "more.parquet")],
            "",
            "unknown the data is 2 files, not the one of prep_data_for_ml",
        ),
    ],
)
def test_dates_that_are_not_to_be_had_are_unknown_with_the_reason(ask, contents, denied, reason):
    answer = ask(contents, denied=denied)
    assert {answer[name] for name in ("PlaygroundsDate", "ParksDate", "IncomeDate", "TaxYear")} == {reason}


def test_what_a_caller_says_stands(ask):
    assert ask(complete("2026-11-03", '"a"'), "again-1")["DataVersion"] == "again-1"
    elsewhere = ask([], "again-1", denied="list")
    assert elsewhere["DataVersion"] == "again-1"
    assert elsewhere["TaxYear"] == "unknown the data cannot be listed (AccessDenied)"


def test_data_that_cannot_be_listed_has_no_version(ask):
    with pytest.raises(ClientError, match="AccessDenied"):
        ask([], denied="list")


def test_the_names_of_the_dates_are_those_that_prep_data_for_ml_writes():
    written = {*(f"{feed}-{DATE}" for feed in DATED_FEEDS), TAX_YEAR}
    assert set(resolve_data_version._DATES.values()) == written


def test_no_data_is_said(version_of):
    with pytest.raises(LookupError, match=f"{URL} holds no complete partition.*Glue workflow"):
        version_of([])


def test_the_pipeline_asks_by_the_same_word():
    assert parameters.LATEST == LATEST
