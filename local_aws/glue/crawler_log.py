"""A crawler's log: on disk, and in CloudWatch Logs under the crawler's name."""

from __future__ import annotations

from types import TracebackType

from local_aws.context import Context
from local_aws.errors import AwsError
from local_aws.jobs.job_log import Events, JobLog

LOG_GROUP = "/aws-glue/crawlers"


class CrawlerLog:
    """The log of one crawl; a context manager.

    Parameters
    ----------
    context
        The parts that services share.
    crawler
        The crawler's name, which is that of the log stream.
    crawl_id
        What each line begins with.
    """

    def __init__(self, context: Context, crawler: str, crawl_id: str) -> None:
        self._context = context
        self._stream = crawler
        self._crawl_id = crawl_id
        self._log = JobLog(context.jobs.folder("crawlers", crawler) / "log.txt", self._send)

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

    def _send(self, events: Events) -> None:
        where = {"logGroupName": LOG_GROUP, "logStreamName": self._stream}
        for operation, request in (
            ("CreateLogGroup", {"logGroupName": LOG_GROUP}),
            ("CreateLogStream", where),
        ):
            try:
                self._context.call("logs", operation, request)
            except AwsError as error:
                if error.code != "ResourceAlreadyExistsException":
                    raise
        lines = [{"timestamp": at, "message": line} for at, line in events]
        self._context.call("logs", "PutLogEvents", {**where, "logEvents": lines})
