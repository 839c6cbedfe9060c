"""Data is told by its contents, whatever it is called."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from lambda_functions import resolve_data_version
from lambda_functions.resolve_data_version import LATEST, handler, newest_etags
from pipelines.accessibility import parameters
from processing.processed_table import newest_complete_partition

URL = "s3://processed/playgrounds_income/"
EVENT_ID = "6a7e8feb-b491-4cf7-a9f1-bf3703467718"


def entry(day: str, etag: str, name: str = "playgrounds_income.parquet") -> dict[str, Any]:
    year, month, date = day.split("-")
    return {"Key": f"playgrounds_income/year={year}/month={month}/day={date}/{name}", "ETag": etag}


def complete(day: str, etag: str) -> list[dict[str, Any]]:
    return [entry(day, '"marker"', "_SUCCESS"), entry(day, etag)]


@pytest.fixture
def version_of(monkeypatch):
    """Ask for the version of a listing."""
    s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    monkeypatch.setattr(resolve_data_version.boto3, "client", lambda service: s3)

    def ask(contents: list[dict[str, Any]], version: str = LATEST) -> str:
        with Stubber(s3) as stubber:
            expected = {"Bucket": "processed", "Prefix": "playgrounds_income/"}
            stubber.add_response("list_objects_v2", {"Contents": contents, "IsTruncated": False}, expected)
            return handler({"InputDataUrl": URL, "DataVersion": version}, None)["DataVersion"]

    return ask


def test_the_newest_day_counts_as_a_number():
    days = [*complete("2026-11-3", '"new"'), *complete("2026-9-30", '"old"'), *complete("2025-12-31", '"older"')]

    assert newest_etags(iter(days)) == ['"new"']


def test_files_that_hold_no_data_do_not_count():
    day = "2026-11-03"
    files = [*complete(day, '"data"'), entry(day, '"hidden"', ".part.parquet"), entry(day, '"note"', "notes.txt")]

    assert newest_etags(iter(files)) == ['"data"']


def test_it_is_the_day_that_feature_engineering_reads(tmp_path):
    unfinished, empty = entry("2026-11-04", '"unfinished"'), entry("2026-11-05", '"marker"', "_SUCCESS")
    files = [*complete("2026-11-03", '"read"'), unfinished, empty]
    for file in files:
        path = tmp_path / file["Key"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    assert newest_complete_partition(tmp_path / "playgrounds_income").label == "2026-11-03"
    assert newest_etags(iter(files)) == ['"read"']


def test_unchanged_data_keeps_its_version_on_another_day_and_for_another_event(version_of):
    first = version_of(complete("2026-11-03", '"a"'))
    second = version_of([*complete("2026-11-03", '"a"'), *complete("2026-11-04", '"a"')], EVENT_ID)

    assert first == second


def test_new_data_has_another_version(version_of):
    assert version_of(complete("2026-11-03", '"a"')) != version_of(complete("2026-11-03", '"b"'))


def test_what_a_caller_says_stands():
    assert handler({"InputDataUrl": URL, "DataVersion": "again-1"}, None) == {"DataVersion": "again-1"}


def test_no_data_is_said(version_of):
    with pytest.raises(LookupError, match=f"{URL} holds no complete partition.*Glue workflow"):
        version_of([])


def test_the_pipeline_asks_by_the_same_word():
    assert parameters.LATEST == LATEST
