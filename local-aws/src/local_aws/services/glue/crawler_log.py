"""A crawler's log: on disk, and in CloudWatch Logs under the crawler's name."""

from __future__ import annotations

from types import TracebackType

from local_aws.kernel.context import Context

LOG_GROUP = "/aws-glue/crawlers"


class CrawlerLog:
    """The log of one crawl; a context manager."""

    def __init__(self, context: Context, crawler: str, crawl_id: str) -> None:
        self._crawl_id = crawl_id
        self._log = context.jobs.open_log(
            context.jobs.folder("crawlers", crawler.replace("/", "\\")), LOG_GROUP, crawler
        )

    def __enter__(self) -> CrawlerLog:
        self._log.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._log.__exit__(kind, error, traceback)

    def say(self, line: str) -> None:
        """Add one line, e.g. ``INFO : Created table ...``."""
        self._log.write(f"[{self._crawl_id}] {line}")
