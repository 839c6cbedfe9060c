"""Crawlers over real objects, and what they leave in the catalog."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningServer
from tests.waiting import wait_until

PARKS: dict[str, list[Any]] = {
    "Prop_ID": ["B001", "B007"],
    "Name": ["American Playground", "Bensonhurst Park"],
    "Zip": ["11222", None],
}
INCOME = b"STATE,zipcode,N1\nNY,10001,5\nNY,10002,6\n"


def parquet(columns: dict[str, list[Any]]) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


class Lake:
    """A bucket and a database of their own, and crawls over them."""

    def __init__(self, server: RunningServer, name: str) -> None:
        self.server = server
        self.glue = server.client("glue")
        self.s3 = server.client("s3")
        self.bucket = self.database = self.crawler = name
        self.s3.create_bucket(Bucket=name)

    def put(self, key: str, content: bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=content)

    def create(self, *, prefix: str = "", exclusions: tuple[str, ...] = (), **members: Any) -> None:
        target = {"Path": f"s3://{self.bucket}/{prefix}", "Exclusions": list(exclusions)}
        self.glue.create_crawler(
            Name=self.crawler, Role="role", DatabaseName=self.database, Targets={"S3Targets": [target]}, **members
        )

    def crawl(self) -> dict[str, Any]:
        self.glue.start_crawler(Name=self.crawler)

        def ready() -> dict[str, Any] | None:
            crawler = self.glue.get_crawler(Name=self.crawler)["Crawler"]
            return crawler if crawler["State"] == "READY" else None

        return wait_until(ready)["LastCrawl"]

    def tables(self) -> dict[str, dict[str, Any]]:
        return {table["Name"]: table for table in self.glue.get_tables(DatabaseName=self.database)["TableList"]}

    def partitions(self, table: str) -> list[list[str]]:
        found = self.glue.get_partitions(DatabaseName=self.database, TableName=table)["Partitions"]
        return sorted(partition["Values"] for partition in found)

    def log(self, crawl: dict[str, Any]) -> list[str]:
        events = self.server.client("logs").get_log_events(
            logGroupName=crawl["LogGroup"], logStreamName=crawl["LogStream"], startFromHead=True
        )["events"]
        prefix = f"[{crawl['MessagePrefix']}] "
        return [event["message"].removeprefix(prefix) for event in events if event["message"].startswith(prefix)]


@pytest.fixture
def lake(server: RunningServer, request: pytest.FixtureRequest) -> Lake:
    return Lake(server, request.node.name.removeprefix("test_").replace("_", "-")[:40].rstrip("-"))


def columns(table: dict[str, Any]) -> dict[str, str]:
    return {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}


def test_a_crawl_makes_a_table_a_feed_with_its_partitions(lake: Lake) -> None:
    lake.put("income/year=2016/income.csv", INCOME)
    lake.put("parks/year=2026/month=01/day=02/parks.parquet", parquet(PARKS))
    lake.put("parks/year=2026/month=01/day=03/parks.parquet", parquet(PARKS))
    lake.put("parks/_SUCCESS", b"hidden")
    lake.create(TablePrefix="raw_")

    crawl = lake.crawl()

    assert crawl["Status"] == "SUCCEEDED"
    assert list(lake.tables()) == ["raw_income", "raw_parks"]
    income, parks = lake.tables().values()
    assert columns(income) == {"state": "string", "zipcode": "bigint", "n1": "bigint"}
    assert income["Parameters"]["skip.header.line.count"] == "1"
    assert columns(parks) == {"prop_id": "string", "name": "string", "zip": "string"}
    assert parks["PartitionKeys"] == [{"Name": name, "Type": "string"} for name in ("year", "month", "day")]
    assert parks["StorageDescriptor"]["Location"] == f"s3://{lake.bucket}/parks/"
    assert parks["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"].endswith("ParquetHiveSerDe")
    statistics = ("classification", "objectCount", "recordCount", "UPDATED_BY_CRAWLER")
    assert [parks["Parameters"][name] for name in statistics] == ["parquet", "2", "4", lake.crawler]
    assert lake.partitions("raw_parks") == [["2026", "01", "02"], ["2026", "01", "03"]]
    partition = lake.glue.get_partition(
        DatabaseName=lake.database, TableName="raw_parks", PartitionValues=["2026", "01", "02"]
    )["Partition"]
    assert partition["StorageDescriptor"]["Location"] == f"s3://{lake.bucket}/parks/year=2026/month=01/day=02/"
    assert f"INFO : Created table raw_parks in database {lake.database}" in lake.log(crawl)


def test_crawling_again_changes_nothing_and_then_what_changed(lake: Lake) -> None:
    lake.put("t/day=1/a.parquet", parquet(PARKS))
    lake.put("t/day=2/a.parquet", parquet(PARKS))
    lake.create()
    lake.crawl()

    again = lake.log(lake.crawl())
    assert not [line for line in again if "Summary" in line or "Updated" in line]

    lake.put("t/day=3/a.parquet", parquet({**PARKS, "Acres": [1.5, 2.5]}))
    changed = lake.log(lake.crawl())

    assert columns(lake.tables()["t"]) == {"prop_id": "string", "name": "string", "zip": "string", "acres": "double"}
    assert lake.partitions("t") == [["1"], ["2"], ["3"]]
    assert "INFO : ADD 1 partitions of table t" in changed


def test_headerless_and_compressed_csv(lake: Lake) -> None:
    lake.put("scores/train/train.csv", b"1,0.5\n0,0.25\n")
    lake.put("packed/a.csv.gz", gzip.compress(INCOME.replace(b",", b"|")))
    lake.create()

    lake.crawl()

    tables = lake.tables()
    assert columns(tables["train"]) == {"col0": "bigint", "col1": "double"}
    assert "skip.header.line.count" not in tables["train"]["Parameters"]
    packed = tables["packed"]
    assert packed["Parameters"]["compressionType"] == "gzip"
    assert packed["Parameters"]["recordCount"] == "2"
    assert packed["StorageDescriptor"]["Compressed"]
    assert packed["StorageDescriptor"]["SerdeInfo"]["Parameters"] == {"field.delim": "|"}


def test_an_include_path_and_exclusions_bound_the_crawl(lake: Lake) -> None:
    lake.put("in/a/a.parquet", parquet(PARKS))
    lake.put("in/b/b.csv", INCOME)
    lake.put("out/c.parquet", parquet(PARKS))
    lake.create(prefix="in", exclusions=("**.csv",))

    lake.crawl()

    (table,) = lake.tables().values()
    assert table["Name"] == "a"
    assert json.loads(table["Parameters"]["exclusions"]) == ["**.csv"]


def test_a_single_object_is_a_table(lake: Lake) -> None:
    lake.put("data/Some File.csv", INCOME)
    lake.create(prefix="data/Some File.csv")

    lake.crawl()

    assert lake.tables()["data"]["StorageDescriptor"]["Location"] == f"s3://{lake.bucket}/data/"


def test_a_name_that_is_taken_gets_a_hash(lake: Lake) -> None:
    lake.put("a/same/x.parquet", parquet(PARKS))
    lake.put("b/same/x.csv", INCOME)
    lake.create()

    lake.crawl()

    names = list(lake.tables())
    assert names[0] == "same"
    assert names[1].startswith("same_")
    assert len(names[1]) == len("same_") + 32


@pytest.mark.parametrize(
    ("behavior", "tables", "partitions"),
    [
        ("DELETE_FROM_DATABASE", ["kept"], [["1"]]),
        ("LOG", ["gone", "kept"], [["1"], ["2"]]),
        ("DEPRECATE_IN_DATABASE", ["gone", "kept"], [["1"], ["2"]]),
    ],
)
def test_deleted_data(server: RunningServer, behavior: str, tables: list[str], partitions: list[list[str]]) -> None:
    lake = Lake(server, f"deleted-{behavior.lower().replace('_', '-')}")
    for key in ("kept/day=1/a", "kept/day=2/a"):
        lake.put(key, parquet(PARKS))
    lake.put("gone/a.csv", INCOME)
    lake.create(SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": behavior})
    lake.crawl()
    for key in ("kept/day=2/a", "gone/a.csv"):
        lake.s3.delete_object(Bucket=lake.bucket, Key=key)

    lake.crawl()

    assert sorted(lake.tables()) == tables
    assert lake.partitions("kept") == partitions
    deprecated = [name for name, table in lake.tables().items() if "DEPRECATED_BY_CRAWLER" in table["Parameters"]]
    assert deprecated == (["gone"] if behavior == "DEPRECATE_IN_DATABASE" else [])


def test_changes_are_only_logged_if_so_configured(lake: Lake) -> None:
    lake.put("t/day=1/a.parquet", parquet(PARKS))
    lake.create(SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"})
    lake.crawl()
    lake.put("t/day=2/a.parquet", parquet({**PARKS, "Acres": [1.5, 2.5]}))

    lines = lake.log(lake.crawl())

    assert columns(lake.tables()["t"]) == {"prop_id": "string", "name": "string", "zip": "string"}
    assert lake.partitions("t") == [["1"], ["2"]]
    assert f"INFO : Table t in database {lake.database} has changed and is left as it is" in lines


def test_new_columns_only_and_partitions_like_their_table(lake: Lake) -> None:
    lake.put("t/day=1/a.parquet", parquet({"a": [1], "b": ["x"], "c": [1.0]}))
    output = {
        "Tables": {"AddOrUpdateBehavior": "MergeNewColumns"},
        "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"},
    }
    lake.create(Configuration=json.dumps({"Version": 1.0, "CrawlerOutput": output}))
    lake.crawl()
    lake.put("t/day=2/a.parquet", parquet({"b": ["x"], "c": [1.0], "d": [True]}))
    lake.s3.delete_object(Bucket=lake.bucket, Key="t/day=1/a.parquet")

    lake.crawl()

    expected = {"a": "bigint", "b": "string", "c": "double", "d": "boolean"}
    assert columns(lake.tables()["t"]) == expected
    found = lake.glue.get_partition(DatabaseName=lake.database, TableName="t", PartitionValues=["2"])["Partition"]
    assert columns(found) == expected


def test_a_table_that_is_partitioned_otherwise_is_made_anew(lake: Lake) -> None:
    lake.put("t/day=1/a.parquet", parquet(PARKS))
    lake.create()
    lake.crawl()
    lake.s3.delete_object(Bucket=lake.bucket, Key="t/day=1/a.parquet")
    lake.put("t/year=2026/a.parquet", parquet(PARKS))

    lake.crawl()

    assert [key["Name"] for key in lake.tables()["t"]["PartitionKeys"]] == ["year"]
    assert lake.partitions("t") == [["2026"]]


def test_a_format_that_is_not_crawled_fails_the_crawl_and_names_the_file(lake: Lake) -> None:
    lake.put("t/lines.json", b'{"a": 1}\n{"a": 2}\n')
    lake.create()

    crawl = lake.crawl()

    assert crawl["Status"] == "FAILED"
    assert f"s3://{lake.bucket}/t/lines.json is json" in crawl["ErrorMessage"]
    assert any(line.startswith("ERROR") for line in lake.log(crawl))


def test_a_file_of_no_format_is_logged_and_left_out(lake: Lake) -> None:
    lake.put("t/readme.txt", b"only prose\n")
    lake.create()

    crawl = lake.crawl()

    assert crawl["Status"] == "SUCCEEDED"
    assert f"WARN : s3://{lake.bucket}/t/readme.txt is of no known format; it is in no table" in lake.log(crawl)
    assert lake.tables() == {}


def test_a_bucket_that_is_not_there_fails_the_crawl(lake: Lake) -> None:
    targets = {"S3Targets": [{"Path": "s3://bucket-that-is-not-there/x/"}]}
    lake.glue.create_crawler(Name=lake.crawler, Role="r", DatabaseName="db", Targets=targets)

    crawl = lake.crawl()

    assert crawl["Status"] == "FAILED"
    assert "bucket-that-is-not-there" in crawl["ErrorMessage"]


def test_more_tables_than_allowed_fail_the_crawl_and_write_nothing(lake: Lake) -> None:
    lake.put("a/a.csv", INCOME)
    lake.put("b/b.parquet", parquet(PARKS))
    configuration = {"Version": 1.0, "CrawlerOutput": {"Tables": {"TableThreshold": 1}}}
    lake.create(Configuration=json.dumps(configuration))

    assert "greater than the table threshold value" in lake.crawl()["ErrorMessage"]


def test_definitions(lake: Lake) -> None:
    lake.create(Description="first")
    with pytest.raises(ClientError) as caught:
        lake.create()
    assert caught.value.response["Error"]["Code"] == "AlreadyExistsException"

    lake.glue.update_crawler(Name=lake.crawler, TablePrefix="p_")

    crawler = lake.glue.get_crawler(Name=lake.crawler)["Crawler"]
    assert (crawler["Description"], crawler["TablePrefix"], crawler["Version"]) == ("first", "p_", 2)
    assert crawler["SchemaChangePolicy"]["DeleteBehavior"] == "DEPRECATE_IN_DATABASE"
    assert lake.crawler in lake.glue.list_crawlers()["CrawlerNames"]
    assert crawler in lake.glue.get_crawlers()["Crawlers"]
    with pytest.raises(ClientError) as caught:
        lake.glue.stop_crawler(Name=lake.crawler)
    assert caught.value.response["Error"]["Code"] == "CrawlerNotRunningException"
    lake.glue.delete_crawler(Name=lake.crawler)
    with pytest.raises(ClientError) as caught:
        lake.glue.start_crawler(Name=lake.crawler)
    assert caught.value.response["Error"]["Code"] == "EntityNotFoundException"


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"Schedule": "cron(0 1 * * ? *)"}, "Schedule"),
        ({"Classifiers": ["mine"]}, "Classifiers"),
        ({"LakeFormationConfiguration": {"UseLakeFormationCredentials": True}}, "UseLakeFormationCredentials"),
        ({"LakeFormationConfiguration": {"AccountId": "210987654321"}}, "LakeFormationConfiguration.AccountId"),
        ({"LineageConfiguration": {"CrawlerLineageSettings": "ENABLE"}}, "LineageConfiguration.CrawlerLineageSettings"),
        ({"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}}, "CRAWL_EVERYTHING"),
        ({"Targets": {"JdbcTargets": [{"ConnectionName": "c", "Path": "db/%"}]}}, "Targets.JdbcTargets"),
        ({"Targets": {"S3Targets": [{"Path": "folder"}]}}, "S3 target path"),
        ({"Targets": {"S3Targets": [{"Path": "s3://b/", "SampleSize": 1}]}}, "SampleSize"),
        ({"Configuration": "{"}, "not JSON"),
        ({"Configuration": '{"Grouping": {"TableLevelConfiguration": 2}}'}, r"Grouping\.TableLevelConfiguration"),
    ],
)
def test_what_crawlers_do_not_do_is_refused(server: RunningServer, members: dict[str, Any], named: str) -> None:
    definition = {"Name": "refused", "Role": "r", "DatabaseName": "db", "Targets": {"S3Targets": [{"Path": "s3://b/"}]}}

    with pytest.raises(ClientError, match=named) as caught:
        server.client("glue").create_crawler(**(definition | members))

    assert caught.value.response["Error"]["Code"] == "InvalidInputException"


def test_what_changes_nothing_is_allowed_and_an_update_is_checked_too(server: RunningServer) -> None:
    glue = server.client("glue")
    switched_off = {
        "LakeFormationConfiguration": {"UseLakeFormationCredentials": False},
        "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
    }
    targets = {"S3Targets": [{"Path": "s3://b/"}]}
    glue.create_crawler(Name="plain", Role="r", DatabaseName="db", Targets=targets, **switched_off)

    with pytest.raises(ClientError, match="CrawlerLineageSettings"):
        glue.update_crawler(Name="plain", LineageConfiguration={"CrawlerLineageSettings": "ENABLE"})
    with pytest.raises(ClientError, match="UseLakeFormationCredentials"):
        glue.update_crawler(Name="plain", LakeFormationConfiguration={"UseLakeFormationCredentials": True})

    crawler = glue.get_crawler(Name="plain")["Crawler"]
    assert {member: crawler[member] for member in switched_off} == switched_off


def test_a_running_crawler_is_left_to_run_or_stopped(lake: Lake) -> None:
    # Many small files, so that the crawl is still at it when the next calls come.
    for at in range(300):
        lake.put(f"t/day={at}/a.parquet", parquet(PARKS))
    lake.create()
    lake.glue.start_crawler(Name=lake.crawler)

    for call in (lake.glue.start_crawler, lake.glue.delete_crawler, lake.glue.update_crawler):
        with pytest.raises(ClientError) as caught:
            call(Name=lake.crawler)
        assert caught.value.response["Error"]["Code"] == "CrawlerRunningException"
    lake.glue.stop_crawler(Name=lake.crawler)

    crawler = wait_until(
        lambda: (found := lake.glue.get_crawler(Name=lake.crawler)["Crawler"])["State"] == "READY" and found
    )
    assert crawler["LastCrawl"]["Status"] == "CANCELLED"


def test_crawler_of_an_odd_name_writes_inside_the_data_folder(lake: Lake) -> None:
    """Glue takes nearly every character in a crawler's name."""
    lake.put("a.csv", INCOME)
    lake.crawler = "../../../escaped"
    lake.create()

    assert lake.crawl()["Status"] == "SUCCEEDED"

    data_dir = lake.server.context.settings.data_dir
    assert not (data_dir.parent / "escaped").exists()
    (log,) = (data_dir / "jobs" / "crawlers").glob("*escaped*/log.txt")
    assert log.stat().st_size
