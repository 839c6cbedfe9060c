"""Puts the parts together and serves them on loopback."""

from __future__ import annotations

import fcntl
import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

from local_aws.contracts.moto_operations import MOTO
from local_aws.contracts.operations import Service
from local_aws.http.call_log import CallLog
from local_aws.http.front import Front
from local_aws.http.server.server import HttpServer
from local_aws.kernel.context import Context, Settings
from local_aws.kernel.errors import AwsError
from local_aws.kernel.events import EventFeed
from local_aws.kernel.folder_keys import make_owner_only, open_keys
from local_aws.kernel.principals import Credentials
from local_aws.kernel.processes.runner import JobRunner
from local_aws.kernel.records import Records
from local_aws.moto_side.forward import MotoForwarder
from local_aws.moto_side.snapshots import Snapshots
from local_aws.services.s3.layout import Layout
from local_aws.services.s3.moto_state import take_over
from local_aws.services.s3.objects import StoredObjects
from local_aws.services.s3.operations import object_operations
from local_aws.services.s3.store import Store

_log = logging.getLogger(__name__)


class DataFolderInUseError(RuntimeError):
    """Raised when another server holds the data folder."""


class Server:
    """AWS on 127.0.0.1, with its state in a data folder.

    Parameters
    ----------
    on_failure
        Called when state can no longer be stored; see `local_aws.kernel.records.Records`.
    """

    def __init__(
        self,
        data_dir: Path,
        builders: Iterable[Callable[[Context], Service]],
        port: int = 0,
        region: str = "us-east-1",
        on_failure: Callable[[sqlite3.Error], None] = lambda error: None,
        *,
        takes_any_key: bool = False,
        images_file: Path | None = None,
        strict_images: bool = False,
    ) -> None:
        data_dir = data_dir.resolve()
        make_owner_only(data_dir)
        with ExitStack() as opened:
            opened.enter_context(_lock(data_dir))
            keys = open_keys(data_dir)
            self._records = Records(data_dir / "records.sqlite", on_failure)
            opened.callback(self._records.close)
            self._http = HttpServer(port, self._answer)
            opened.callback(self._http.stop)
            self.settings = Settings(data_dir, self._http.port, keys, region, takes_any_key, images_file, strict_images)
            self._start_services(builders, opened)
            opened.callback(self._http.close)
            self._opened = opened.pop_all()

    def serve(self) -> None:
        """Serve until `stop`, in this thread."""
        self._http.serve()

    def stop(self) -> None:
        """Stop serving: every child process ends, and the records are closed."""
        self._opened.close()

    def _start_services(self, builders: Iterable[Callable[[Context], Service]], opened: ExitStack) -> None:
        data_dir = self.settings.data_dir
        store = Store(Layout(data_dir / "s3"), self._records)
        take_over(store)
        snapshots = Snapshots(self._records, tuple(MOTO))
        snapshots.restore()
        call_log = CallLog(data_dir / "calls.jsonl")
        opened.callback(call_log.close)
        objects = StoredObjects(store, call_log)
        objects.restore()
        event_feed, credentials = EventFeed(), Credentials(self._records, self.settings.keys)
        self.front = Front(self.settings, MotoForwarder(snapshots, self.settings.region), credentials, call_log)
        environment = self.settings.job_environment()
        jobs = JobRunner(data_dir / "jobs", environment, self._put_log_events, hidden=data_dir)
        self.context = Context(
            self.settings,
            self._records,
            objects,
            jobs,
            self.front.call,
            event_feed.announce,
            event_feed.listen,
            credentials,
        )
        self.front.own(object_operations(self.context, store, objects.engines))
        services = [build(self.context) for build in builders]
        for service in services:
            self.front.own(service.operations)
            opened.callback(service.stop)
        opened.callback(jobs.close)
        for service in services:
            service.recover()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self.front(environ, start_response)

    def _put_log_events(self, group: str, stream: str, events: list[tuple[int, str]], begun: bool) -> None:
        """Send a batch of log lines to CloudWatch Logs, making group and stream unless the log has begun."""
        log_events = [{"timestamp": at, "message": line} for at, line in events]
        request = {"logGroupName": group, "logStreamName": stream, "logEvents": log_events}
        try:
            self.front.call("logs", "PutLogEvents", request)
        except AwsError as error:
            if error.code != "ResourceNotFoundException":
                raise
            if not begun:
                self._create_log_stream(group, stream)
                self.front.call("logs", "PutLogEvents", request)

    def _create_log_stream(self, group: str, stream: str) -> None:
        """Create a log stream, and its group if that is missing: a role may be allowed the stream only."""
        try:
            self.front.call("logs", "CreateLogStream", {"logGroupName": group, "logStreamName": stream})
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                self._create_log_group(group)
                self._create_log_stream(group, stream)
            elif error.code != "ResourceAlreadyExistsException":
                raise

    def _create_log_group(self, group: str) -> None:
        """Create a log group; one that another job has created meanwhile stays."""
        try:
            self.front.call("logs", "CreateLogGroup", {"logGroupName": group})
        except AwsError as error:
            if error.code != "ResourceAlreadyExistsException":
                raise


@contextmanager
def _lock(data_dir: Path) -> Iterator[None]:
    """Hold the data folder for one server."""
    with (data_dir / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataFolderInUseError(
                f"another server runs on {data_dir}; stop it, or choose another folder with --data-dir"
            ) from None
        yield
