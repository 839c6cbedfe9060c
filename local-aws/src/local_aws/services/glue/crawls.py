"""Runs of crawlers: StartCrawler, StopCrawler, and how each crawl ends."""

from __future__ import annotations

import contextlib
import functools
import logging
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.principals import acting_as, role_arn
from local_aws.kernel.records import Record, now
from local_aws.kernel.work import SERVER_STOPPED, Work
from local_aws.services.glue.crawl.classify import UnsupportedFormatError
from local_aws.services.glue.crawl.schema import UnreadableFileError
from local_aws.services.glue.crawl.work import CrawlWork
from local_aws.services.glue.crawler_records import CrawlerRecords
from local_aws.services.glue.events import crawler_failed, crawler_started, crawler_succeeded
from local_aws.services.glue.firing import Firing

LOG_GROUP = "/aws-glue/crawlers"
_log = logging.getLogger(__name__)


class _CrawlStopped(Exception):  # noqa: N818 (not an error: StopCrawler asked for it)
    """Raised inside a crawl that has been asked to stop."""


@dataclass(frozen=True)
class _Outcome:
    """How a crawl ended, why, and what it had changed in the catalog."""

    status: str
    reason: str | None = None
    changes: Counter[tuple[str, str]] = field(default_factory=Counter)


class Crawls:
    """Starts and stops crawls."""

    def __init__(self, context: Context, crawlers: CrawlerRecords) -> None:
        self._context = context
        self._crawlers = crawlers
        self._work = Work("crawler")
        self._closing = threading.Event()
        self._listeners: list[Callable[[Record], None]] = []

    def listen(self, listener: Callable[[Record], None]) -> None:
        """Add a listener that is called with the crawler's record when a crawl of a trigger has ended."""
        self._listeners.append(listener)

    def start(self, request: Request) -> Answer:
        """Serve StartCrawler: the crawl runs in the background."""
        self._start(request["Name"], str(uuid.uuid4()), None)
        return {}

    def start_fired(self, name: str, firing: Firing) -> None:
        """Start a crawl for a trigger."""
        self._start(name, firing.id, firing.chain)

    def stop_one(self, request: Request) -> Answer:
        """Serve StopCrawler: the crawl ends at the next file."""
        self._stop(request["Name"], None)
        return {}

    def stop_fired(self, name: str, crawl_id: str) -> None:
        """Stop one crawl, if it still runs; another crawl of that crawler goes on."""
        with contextlib.suppress(AwsError):
            self._stop(name, crawl_id)

    def last_of(self, name: str) -> Record | None:
        """Return ``LastCrawl`` of a crawler, None if it is not there or has never run."""
        crawler = next((crawler for crawler in self._crawlers.all() if crawler["Name"] == name), {})
        return crawler.get("LastCrawl")

    def _start(self, name: str, crawl_id: str, chain: str | None) -> None:
        def mark(crawler: Record) -> None:
            if crawler["State"] != "READY":
                raise AwsError("CrawlerRunningException", f"Crawler with name {name} has already started")
            crawler |= {"State": "RUNNING", "_started": now(), "_crawl_id": crawl_id, "_chain": chain}

        crawler = self._crawlers.change(name, mark)
        # A crawl that is recorded as ended may not have ended its thread yet.
        self._work.wait(name)
        self._work.start(name, lambda running: self._crawl(crawler))

    def _stop(self, name: str, crawl_id: str | None) -> None:
        def stop(crawler: Record) -> None:
            if crawl_id not in (None, crawler.get("_crawl_id")):
                raise AwsError("CrawlerNotRunningException", f"Crawl {crawl_id} is not running")
            if crawler["State"] == "READY":
                raise AwsError("CrawlerNotRunningException", f"Crawler with name {crawler['Name']} is not running")
            if crawler["State"] == "STOPPING":
                raise AwsError("CrawlerStoppingException", f"Crawler with name {crawler['Name']} is stopping already")
            crawler["State"] = "STOPPING"

        self._crawlers.change(name, stop)

    def recover(self) -> None:
        """Fail what was running when the server died."""
        for crawler in self._crawlers.all():
            if crawler["State"] != "READY":
                self._end(crawler, _Outcome("FAILED", SERVER_STOPPED))

    def stop(self) -> None:
        """End the crawls, and wait until that is recorded."""
        self._closing.set()
        self._work.stop()

    def _crawl(self, crawler: Record) -> None:
        """Do one crawl from start to end."""
        self._context.announce(crawler_started(crawler["Name"], crawler["_started"]))
        try:
            # Under the crawler's name, on disk and in CloudWatch Logs.
            folder = self._context.jobs.folder("crawlers", crawler["Name"].replace("/", "\\"))
            with (
                acting_as(role_arn(crawler["Role"])),
                self._context.jobs.open_log(folder, LOG_GROUP, crawler["Name"]) as log,
            ):
                outcome = self._outcome(crawler, lambda line: log.write(f"[{crawler['_crawl_id']}] {line}"))
        except Exception as error:  # noqa: BLE001 (the boundary: the crawler must come to an end)
            _log.exception("crawler %s", crawler["Name"])
            outcome = _Outcome("FAILED", f"local_aws could not crawl: {error!r}")
        ended = self._end(crawler, outcome)
        if ended["_chain"] is not None and not self._closing.is_set():
            for listener in self._listeners:
                listener(ended)

    def _outcome(self, crawler: Record, say: Callable[[str], None]) -> _Outcome:
        say(f"BENCHMARK : Running Start Crawl for Crawler {crawler['Name']}")
        try:
            check = functools.partial(self._check_stopped, crawler["Name"])
            outcome = _Outcome("SUCCEEDED", changes=CrawlWork(self._context, crawler, say, check).run())
        except _CrawlStopped:
            outcome = _Outcome("CANCELLED")
        except (AwsError, UnreadableFileError, UnsupportedFormatError) as error:
            outcome = _Outcome("FAILED", error.reason if isinstance(error, AwsError) else str(error))
            say(f"ERROR : {outcome.reason}")
        say("BENCHMARK : Crawler has finished running and is in state READY")
        return outcome

    def _check_stopped(self, name: str) -> None:
        if self._closing.is_set():
            raise AwsError("InternalServiceException", SERVER_STOPPED)
        if self._crawlers.find(name)["State"] == "STOPPING":
            raise _CrawlStopped

    def _end(self, crawler: Record, outcome: _Outcome) -> Record:
        """Set a crawler to READY with the outcome of its crawl, the only place where crawls end, and return it."""
        name, started = crawler["Name"], crawler["_started"]
        last = {
            "Status": outcome.status,
            "LogGroup": LOG_GROUP,
            "LogStream": name,
            "MessagePrefix": crawler["_crawl_id"],
            "StartTime": started,
            **({"ErrorMessage": outcome.reason} if outcome.reason else {}),
        }
        with self._context.records.together():
            ended = self._crawlers.change(name, lambda record: record.update(State="READY", LastCrawl=last))
            if outcome.status == "SUCCEEDED":
                self._context.announce(crawler_succeeded(name, self._log_link(name), started, now(), outcome.changes))
            elif outcome.status == "FAILED":
                self._context.announce(crawler_failed(name, self._log_link(name), outcome.reason or ""))
        return ended

    def _log_link(self, stream: str) -> str:
        region = self._context.settings.region
        return (
            f"https://console.aws.amazon.com/cloudwatch/home?region={region}"
            f"#logEventViewer:group={LOG_GROUP};stream={stream}"
        )
