import gzip
import os
import random
from pathlib import Path

import boto3
import pytest
from feeds import RetryPolicy, SourceVersion, fetch, is_unchanged, publish
from job_contract import FeedError
from table_files import read_metadata

from tests.glue_scripts.conftest import FeedServer, Reply

BODY = b"a feed" * 1000


class Clock:
    """A policy's sleep that passes no time but remembers what was waited for."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def policy(self) -> RetryPolicy:
        return RetryPolicy(timeout=(1.0, 0.2), sleep=self.waits.append)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.parametrize(
    "fault",
    [Reply(status=503), Reply(status=429), Reply(BODY, sent=100), Reply(BODY, delay=0.5)],
    ids=["unavailable", "too many requests", "broken off", "slow"],
)
def test_fetch_tries_again_after_a_transient_fault(feed_server: FeedServer, tmp_path: Path, clock: Clock, fault: Reply):
    url = feed_server.publish("/feed", fault, fault, Reply(BODY, headers={"ETag": '"1"'}))
    version = fetch("parks", url, tmp_path / "feed", clock.policy())
    assert (tmp_path / "feed").read_bytes() == BODY
    assert version == SourceVersion(url, etag='"1"', size=str(len(BODY)))
    assert clock.waits == [1.0, 2.0]


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (Reply(status=500), "the server answered HTTP 500 Internal Server Error (tried 4 times)"),
        (Reply(BODY, delay=0.5), "did not answer within"),
        (Reply(BODY, sent=100), "(tried 4 times)"),
    ],
)
def test_fetch_gives_up_after_a_bounded_number_of_tries(
    feed_server: FeedServer, tmp_path: Path, clock: Clock, reply: Reply, sentence: str
):
    url = feed_server.publish("/feed", reply)
    with pytest.raises(FeedError) as failure:
        fetch("parks", url, tmp_path / "feed", clock.policy())
    assert str(failure.value).startswith(f"Feed 'parks' ({url}): ")
    assert sentence in str(failure.value)
    assert clock.waits == [1.0, 2.0, 4.0]


def test_fetch_decodes_gzip_that_was_not_asked_for(feed_server: FeedServer, tmp_path: Path, clock: Clock):
    url = feed_server.publish("/feed", Reply(gzip.compress(BODY), headers={"Content-Encoding": "gzip"}))
    fetch("parks", url, tmp_path / "feed", clock.policy())
    assert (tmp_path / "feed").read_bytes() == BODY
    assert [path.name for path in tmp_path.iterdir()] == ["feed"]


def test_fetch_refuses_every_gzip_encoding_that_ends_early(feed_server: FeedServer, tmp_path: Path):
    """The body is what the server says that it sends, so only the encoding tells that it is cut."""
    whole = gzip.compress(random.Random(1).randbytes(100) * 3)
    policy = RetryPolicy(attempts=1)
    for size in range(1, len(whole)):
        url = feed_server.publish("/feed", Reply(whole[:size], headers={"Content-Encoding": "gzip"}))
        with pytest.raises(FeedError, match="the download broke off: its gzip encoding is not whole"):
            fetch("parks", url, tmp_path / "feed", policy)


def test_fetch_refuses_an_encoding_that_it_does_not_know(feed_server: FeedServer, tmp_path: Path, clock: Clock):
    url = feed_server.publish("/feed", Reply(BODY, headers={"Content-Encoding": "br"}))
    with pytest.raises(FeedError, match="Content-Encoding 'br', which was not asked for"):
        fetch("parks", url, tmp_path / "feed", clock.policy())
    assert clock.waits == []


def test_fetch_does_not_insist_on_what_is_not_there(feed_server: FeedServer, tmp_path: Path, clock: Clock):
    with pytest.raises(FeedError, match=r"HTTP 404 Not Found\. Check the URL"):
        fetch("parks", feed_server.publish("/feed", Reply(status=404)), tmp_path / "feed", clock.policy())
    assert clock.waits == []


def test_fetch_reports_a_server_that_is_down(feed_server: FeedServer, tmp_path: Path, clock: Clock):
    url = feed_server.publish("/feed", Reply(BODY))
    feed_server.stop()
    with pytest.raises(FeedError, match="the connection failed"):
        fetch("parks", url, tmp_path / "feed", clock.policy())


@pytest.mark.parametrize("url", ["ftp://host/feed", "/feed", "file:///no/such/feed", "http://"])
def test_fetch_refuses_a_url_that_it_cannot_read(tmp_path: Path, clock: Clock, url: str):
    with pytest.raises(FeedError, match="Feed 'parks'"):
        fetch("parks", url, tmp_path / "feed", clock.policy())


def test_fetch_refuses_an_address_at_which_somebody_between_could_change_the_feed(tmp_path: Path, clock: Clock):
    with pytest.raises(FeedError, match=r"http:// is not encrypted. Use https://"):
        fetch("parks", "http://parks.example/feed", tmp_path / "feed", clock.policy())


def test_fetch_follows_no_redirection_to_such_an_address(feed_server: FeedServer, tmp_path: Path, clock: Clock):
    moved = Reply(status=302, headers={"Location": "http://parks.example/feed"})
    with pytest.raises(FeedError, match=r"it redirects to http://parks\.example/feed, which is not encrypted"):
        fetch("parks", feed_server.publish("/feed", moved), tmp_path / "feed", clock.policy())


@pytest.mark.parametrize(
    ("before", "now", "unchanged"),
    [
        ({"ETag": '"1"'}, {"ETag": '"1"'}, True),
        ({"ETag": '"1"'}, {"ETag": '"2"'}, False),
        ({"ETag": '"1"', "Last-Modified": "Thu"}, {"ETag": '"1"', "Last-Modified": "Fri"}, True),
        ({"Last-Modified": "Thu"}, {"Last-Modified": "Thu"}, True),
        ({"Last-Modified": "Thu"}, {"Last-Modified": "Fri"}, False),
        ({}, {}, True),
        ({}, {"Content-Length": "7"}, False),
    ],
)
def test_is_unchanged_compares_etag_then_date_then_size(
    feed_server: FeedServer,
    tmp_path: Path,
    clock: Clock,
    before: dict[str, str],
    now: dict[str, str],
    unchanged: bool,
):
    url = feed_server.publish("/feed", Reply(BODY, headers=before), Reply(BODY, headers=now))
    target = (tmp_path / "feed.parquet").as_uri()
    publish(tmp_path / "feed", target, fetch("parks", url, tmp_path / "feed", clock.policy()))
    assert is_unchanged("parks", url, target, clock.policy()) is unchanged


def test_the_date_of_a_source_is_kept_with_what_was_made_of_it(
    feed_server: FeedServer, tmp_path: Path, bucket: str, clock: Clock
):
    """On S3 as the object's metadata, in whose names AWS takes no capitals, and whose values are ASCII."""
    s3 = boto3.client("s3")
    dated = {"Last-Modified": "Wed, 12 Sep 2018 17:01:30 GMT"}
    s3.put_object(Bucket=bucket, Key="copy.json", Body=BODY, Metadata={"date": "2019-08-20"})
    s3.put_object(Bucket=bucket, Key="plain.json", Body=BODY)
    (tmp_path / "local.json").write_bytes(BODY)
    os.utime(tmp_path / "local.json", (1544780847, 1544780847))
    sources = {
        feed_server.publish("/dated", Reply(BODY, headers=dated)): ("2018-09-12", "Last-Modified of the server"),
        feed_server.publish("/undated", Reply(BODY)): ("unknown", "the server sent no Last-Modified"),
        feed_server.publish("/odd", Reply(BODY, headers={"Last-Modified": "hé"})): (
            "unknown",
            "the server's Last-Modified 'h%C3%A9' is not a date",
        ),
        f"s3://{bucket}/copy.json": ("2019-08-20", "metadata 'date' of the S3 object"),
        f"s3://{bucket}/plain.json": ("unknown", None),
        (tmp_path / "local.json").as_uri(): ("2018-12-14", "the file's time of change"),
    }
    for url, (day, basis) in sources.items():
        version = fetch("parks", url, tmp_path / "feed", clock.policy())
        for target in (f"s3://{bucket}/parks/parks.parquet", (tmp_path / "parks.parquet").as_uri()):
            publish(tmp_path / "feed", target, version)
            metadata = read_metadata(target)
            assert metadata is not None and metadata["date"] == day, url
            assert basis in (None, metadata["basis"])
    assert read_metadata(f"s3://{bucket}/none.parquet") is None


def test_is_unchanged_without_a_file_or_an_answer(feed_server: FeedServer, tmp_path: Path, clock: Clock):
    url = feed_server.publish("/feed", Reply(BODY))
    target = (tmp_path / "feed.parquet").as_uri()
    assert not is_unchanged("parks", url, target, clock.policy())
    publish(tmp_path / "feed", target, fetch("parks", url, tmp_path / "feed", clock.policy()))
    assert not is_unchanged("parks", feed_server.publish("/other", Reply(BODY)), target, clock.policy())
    feed_server.publish("/feed", Reply(BODY, status=405))
    assert not is_unchanged("parks", url, target, clock.policy())


def test_s3_source_and_target(tmp_path: Path, bucket: str, clock: Clock):
    s3 = boto3.client("s3")
    s3.put_object(Bucket=bucket, Key="source/fünf.json", Body=BODY)
    url, target = f"s3://{bucket}/source/fünf.json", f"s3://{bucket}/parks/parks.parquet"
    assert not is_unchanged("parks", url, target, clock.policy())

    publish(tmp_path / "feed", target, fetch("parks", url, tmp_path / "feed", clock.policy()))
    assert s3.get_object(Bucket=bucket, Key="parks/parks.parquet")["Body"].read() == BODY
    assert is_unchanged("parks", url, target, clock.policy())

    s3.put_object(Bucket=bucket, Key="source/fünf.json", Body=BODY.upper())
    assert not is_unchanged("parks", url, target, clock.policy())


def test_s3_source_that_is_not_there(tmp_path: Path, bucket: str, clock: Clock):
    with pytest.raises(FeedError, match=r"Feed 'income' \(s3://.*/none\.csv\): it cannot be read"):
        fetch("income", f"s3://{bucket}/none.csv", tmp_path / "feed", clock.policy())
