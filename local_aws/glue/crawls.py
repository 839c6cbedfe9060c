"""Runs of crawlers: StartCrawler, StopCrawler, and the crawl itself."""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable
from datetime import datetime

from local_aws.context import Answer, Context, Request
from local_aws.errors import AwsError
from local_aws.glue.crawl.catalog import CatalogWriter
from local_aws.glue.crawl.classify import DataFile, UnsupportedFormatError, classify
from local_aws.glue.crawl.grouping import TableFound, find_tables
from local_aws.glue.crawl.options import crawl_options
from local_aws.glue.crawl.parquet_files import UnreadableFileError
from local_aws.glue.crawl.table_input import Origin
from local_aws.glue.crawl.targets import folder_of, included
from local_aws.glue.crawler_log import LOG_GROUP, CrawlerLog
from local_aws.glue.crawler_records import CrawlerRecords
from local_aws.records import Record, now
from local_aws.s3.objects import split_uri

_log = logging.getLogger(__name__)
_LAST_CRAWLS_SECONDS = 5.0


class _CrawlStopped(Exception):  # noqa: N818 (no error: StopCrawler asked for it)
    """Raised inside a crawl that has been asked to stop."""


class Crawls:
    """Starts and stops crawls.

    Parameters
    ----------
    context
        The parts that services share.
    crawlers
        The crawler definitions.
    """

    def __init__(self, context: Context, crawlers: CrawlerRecords) -> None:
        self._context = context
        self._crawlers = crawlers
        self._threads: set[threading.Thread] = set()
        self._closing = threading.Event()

    def start(self, request: Request) -> Answer:
        """StartCrawler: the crawl runs in the background."""
        name = request["Name"]
        crawl_id = str(uuid.uuid4())

        def begin(crawler: Record) -> None:
            if crawler["State"] != "READY":
                raise AwsError("CrawlerRunningException", f"Crawler with name {name} has already started")
            crawler |= {"State": "RUNNING", "_started": now(), "_crawl_id": crawl_id}

        crawler = self._crawlers.change(name, begin)
        thread = threading.Thread(target=self._crawl, args=(crawler,), name=f"crawler {name}", daemon=True)
        self._threads.add(thread)
        thread.start()
        return {}

    def stop_one(self, request: Request) -> Answer:
        """StopCrawler: the crawl ends at the next file."""

        def stop(crawler: Record) -> None:
            if crawler["State"] == "READY":
                raise AwsError("CrawlerNotRunningException", f"Crawler with name {crawler['Name']} is not running")
            if crawler["State"] == "STOPPING":
                raise AwsError("CrawlerStoppingException", f"Crawler with name {crawler['Name']} is stopping already")
            crawler["State"] = "STOPPING"

        self._crawlers.change(request["Name"], stop)
        return {}

    def recover(self) -> None:
        """Fail what was running when the server died."""
        for crawler in self._crawlers.all():
            if crawler["State"] != "READY":
                self._end(crawler, "FAILED", "the server stopped while the crawler was running")

    def stop(self) -> None:
        """End the crawls and wait until that is written down."""
        self._closing.set()
        deadline = time.monotonic() + _LAST_CRAWLS_SECONDS
        for thread in list(self._threads):
            thread.join(max(0.0, deadline - time.monotonic()))

    def _crawl(self, crawler: Record) -> None:
        """Do one crawl from start to end."""
        try:
            with CrawlerLog(self._context, crawler["Name"], crawler["_crawl_id"]) as log:
                status, reason = self._outcome(crawler, log)
        except Exception as error:  # noqa: BLE001 (the boundary: the crawler must come to an end)
            _log.exception("crawler %s", crawler["Name"])
            status, reason = "FAILED", f"local_aws could not crawl: {error!r}"
        finally:
            self._threads.discard(threading.current_thread())
        self._end(crawler, status, reason)

    def _outcome(self, crawler: Record, log: CrawlerLog) -> tuple[str, str | None]:
        log.say(f"BENCHMARK : Running Start Crawl for Crawler {crawler['Name']}")
        status, reason = "SUCCEEDED", None
        try:
            self._write(crawler, self._find(crawler, log.say), log.say)
        except _CrawlStopped:
            status = "CANCELLED"
        except (AwsError, UnreadableFileError, UnsupportedFormatError) as error:
            status, reason = "FAILED", error.message if isinstance(error, AwsError) else str(error)
            log.say(f"ERROR : {reason}")
        log.say("BENCHMARK : Crawler has finished running and is in state READY")
        return status, reason

    def _find(self, crawler: Record, say: Callable[[str], None]) -> list[tuple[Origin, TableFound]]:
        """Classify and group the files of every target."""
        combine = crawl_options(crawler["SchemaChangePolicy"], crawler.get("Configuration")).combine_compatible
        found = []
        for target in crawler["Targets"]["S3Targets"]:
            bucket, prefix = split_uri(target["Path"])
            exclusions = tuple(target.get("Exclusions", ()))
            origin = Origin(crawler["Name"], bucket, crawler.get("TablePrefix", ""), exclusions)
            files = self._classified(crawler, bucket, prefix, exclusions, say)
            folder = folder_of(prefix)
            root = (
                folder if any(file.key.startswith(folder) for file in files) else folder_of(prefix.rpartition("/")[0])
            )
            found += [(origin, table) for table in find_tables(files, root, combine=combine)]
        return found

    def _classified(
        self, crawler: Record, bucket: str, prefix: str, exclusions: tuple[str, ...], say: Callable[[str], None]
    ) -> list[DataFile]:
        files = []
        for info in included(self._context.objects.list(bucket, prefix.strip("/")), prefix, exclusions):
            self._check_stopped(crawler["Name"])
            file = classify(info)
            if file is None:
                say(f"WARN : s3://{bucket}/{info.key} is of no known format; it is in no table")
            else:
                files.append(file)
        return files

    def _write(self, crawler: Record, found: list[tuple[Origin, TableFound]], say: Callable[[str], None]) -> None:
        """Write the catalog and say what changed."""
        options = crawl_options(crawler["SchemaChangePolicy"], crawler.get("Configuration"))
        database = crawler["DatabaseName"]
        if options.table_threshold is not None and len(found) > options.table_threshold:
            locations = ", ".join(origin.uri(table.location) for origin, table in found)
            raise AwsError(
                "InvalidInputException",
                f"The number of tables detected by crawler: {len(found)} is greater than the table threshold value "
                f"provided: {options.table_threshold}. The tables are at {locations}",
            )
        say(f"BENCHMARK : Classification complete, writing results to database {database}")
        configuration = f"Configuration {crawler['Configuration']} and " if "Configuration" in crawler else ""
        policy = json.dumps(crawler["SchemaChangePolicy"])
        say(f"INFO : Crawler configured with {configuration}SchemaChangePolicy {policy}.")
        writer = CatalogWriter(self._context.call, database, options, say)
        for origin, table in found:
            self._check_stopped(crawler["Name"])
            writer.write(table, origin)
        writer.settle(crawler["Name"])
        say("BENCHMARK : Finished writing to Catalog")
        for kind in ("TABLE", "PARTITION"):
            changes = {action: number for (changed, action), number in writer.changes.items() if changed == kind}
            if changes:
                say(f"INFO : Run Summary For {kind}:")
                for action, number in changes.items():
                    say(f"INFO : {action}: {number}")

    def _check_stopped(self, name: str) -> None:
        if self._closing.is_set():
            raise AwsError("InternalServiceException", "the server stopped while the crawler was running")
        if self._crawlers.find(name)["State"] == "STOPPING":
            raise _CrawlStopped

    def _end(self, crawler: Record, status: str, reason: str | None) -> None:
        """Bring a crawler back to READY with the outcome of its crawl: the one place where crawls end."""
        started: datetime = crawler["_started"]
        last = {
            "Status": status,
            "LogGroup": LOG_GROUP,
            "LogStream": crawler["Name"],
            "MessagePrefix": crawler["_crawl_id"],
            "StartTime": started,
            **({"ErrorMessage": reason} if reason else {}),
        }
        self._crawlers.change(crawler["Name"], lambda record: record.update(State="READY", LastCrawl=last))
