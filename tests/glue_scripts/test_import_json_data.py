import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import pyarrow.parquet as pq
import pytest
from feeds import RetryPolicy
from import_json_data import PARKS, PLAYGROUNDS, main, read_feed, run
from job_contract import FeedError

from processing.table_columns import PLAYGROUND_FIELDS
from tests.glue_scripts.conftest import FeedServer, Reply

DAY = date(2019, 8, 1)
PARK = {"Prop_ID": "B001", "Name": "Otter Park", "Location": "Birch St.", "Zip": "11201, 11205"}
PLAYGROUND = dict.fromkeys(PLAYGROUND_FIELDS) | {"Prop_ID": "B001", "Level": "4", "lat": "40.7"}
PATIENCE = RetryPolicy(sleep=lambda seconds: None)


def as_json(*records: Any) -> bytes:
    return json.dumps(records).encode()


def test_read_feed_makes_text_columns_and_nulls():
    playground = PLAYGROUND | {"Adaptive_Swing": "", "Level": "**", "Status": " ", "extra": {"ignored": True}}
    table = read_feed(as_json(playground).replace(b'"40.7"', b"40.70"), PLAYGROUNDS, "url")
    assert table.column_names == list(PLAYGROUND_FIELDS)
    assert {str(kind) for kind in table.schema.types} == {"string"}
    row = table.to_pylist()[0]
    assert (row["Adaptive_Swing"], row["Level"], row["Status"]) == (None, None, None)
    assert row["lat"] == "40.70"


def test_read_feed_keeps_playgrounds_that_share_an_id():
    assert read_feed(as_json(PLAYGROUND, PLAYGROUND), PLAYGROUNDS, "url").num_rows == 2


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"<!DOCTYPE html><title>Sorry</title>", "HTML page instead of JSON"),
        (as_json(PARK)[:-10], "not valid JSON"),
        (b"", "not valid JSON"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b"\xff\xfe", "not valid JSON"),
        (b'{"a":' * 200_000, "nested too deeply"),
        (as_json(PARK | {"Name": "\ud800"}), "field 'Name' of record 1 holds half of a character"),
        (as_json(PARK | {"Zip": {"a": [1]}}), "field 'Zip' of record 1 is a JSON dict, not text"),
        (b"null", "a JSON NoneType, not a list of records"),
        (b'[{"Prop_ID": NaN}]', "NaN is not a JSON value"),
        (b'{"parks": []}', "a JSON dict, not a list of records"),
        (b"[]", "the list of records is empty"),
        (b'["B001"]', "record 1 is a JSON str, not an object"),
        (as_json(PARK, {"Prop_ID": "B002"}), "record 2 has no field 'Zip'"),
        (as_json(PARK | {"Zip": ["11201"]}), "field 'Zip' of record 1 is a JSON list, not text"),
        (as_json(PARK | {"Prop_ID": ""}), "field 'Prop_ID' of record 1 is empty"),
        (as_json(PARK, PARK), "field 'Prop_ID' has the value 'B001' more than once"),
    ],
)
def test_a_bad_feed_fails_with_a_sentence(content: bytes, problem: str):
    with pytest.raises(FeedError) as failure:
        read_feed(content, PARKS, "https://feeds/parks.json")
    message = str(failure.value)
    assert message.startswith("Feed 'parks' (https://feeds/parks.json): ")
    assert problem in message
    assert message.endswith(".")


@pytest.mark.parametrize(
    "bad", [Reply(status=404), Reply(status=500), Reply(b"<html>"), Reply(as_json(PLAYGROUND)[:20]), Reply(b"[]")]
)
def test_a_bad_feed_leaves_both_partitions_as_they_were(feed_server: FeedServer, tmp_path: Path, bad: Reply):
    sources = {
        PARKS: feed_server.publish("/parks", Reply(as_json(PARK))),
        PLAYGROUNDS: feed_server.publish("/playgrounds", Reply(as_json(PLAYGROUND))),
    }
    assert run(sources, tmp_path.as_uri(), DAY, force=False) == {"parks": 1, "playgrounds": 1}
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")}
    assert {path.relative_to(tmp_path).as_posix() for path in before} == {
        "parks/year=2019/month=08/day=01/parks.parquet",
        "playgrounds/year=2019/month=08/day=01/playgrounds.parquet",
    }

    feed_server.publish("/parks", Reply(as_json(PARK, PARK | {"Prop_ID": "B002"})))
    feed_server.publish("/playgrounds", bad)
    with pytest.raises(FeedError, match="Feed 'playgrounds'"):
        run(sources, tmp_path.as_uri(), DAY, force=False, policy=PATIENCE)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")} == before


def test_a_second_run_downloads_only_what_changed(feed_server: FeedServer, bucket: str):
    sources = {
        PARKS: feed_server.publish("/parks", Reply(as_json(PARK))),
        PLAYGROUNDS: feed_server.publish("/playgrounds", Reply(as_json(PLAYGROUND))),
    }
    raw_uri = f"s3://{bucket}/"
    run(sources, raw_uri, DAY, force=False)
    assert feed_server.downloads() == 2
    assert run(sources, raw_uri, DAY, force=False) == {}
    assert feed_server.downloads() == 2
    assert run(sources, raw_uri, DAY, force=True) == {"parks": 1, "playgrounds": 1}

    feed_server.publish("/parks", Reply(as_json(PARK, PARK | {"Prop_ID": "B002"})))
    assert run(sources, raw_uri, DAY, force=False) == {"parks": 2}
    assert run(sources, raw_uri, date(2019, 8, 2), force=False) == {"parks": 2, "playgrounds": 1}
    keys = [entry["Key"] for entry in boto3.client("s3").list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys == [
        f"{feed}/year=2019/month=08/day={day}/{feed}.parquet"
        for feed in ("parks", "playgrounds")
        for day in ("01", "02")
    ]


def test_main_reads_glue_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "parks.json").write_bytes(as_json(PARK))
    (tmp_path / "playgrounds.json").write_bytes(as_json(PLAYGROUND))
    arguments = {
        "JOB_NAME": "import_json_data",
        "PARKS_URL": (tmp_path / "parks.json").as_uri(),
        "PLAYGROUNDS_URL": (tmp_path / "playgrounds.json").as_uri(),
        "TARGET_URI": f"{tmp_path.as_uri()}/raw/",
        "DATE": "2019-08-01",
    }
    command = [word for name, value in arguments.items() for word in (f"--{name}", value)]
    monkeypatch.setattr(sys, "argv", ["import_json_data.py", *command])
    main()
    table = pq.ParquetFile(tmp_path / "raw/parks/year=2019/month=08/day=01/parks.parquet").read()
    assert table.to_pylist() == [PARK]
