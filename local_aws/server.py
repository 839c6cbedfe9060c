"""Puts the parts together and serves them on loopback."""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

from cheroot.wsgi import Server as HttpServer

from local_aws.context import Context, Service, Settings
from local_aws.errors import AwsError
from local_aws.front import Front
from local_aws.jobs.runner import JobRunner
from local_aws.moto_side.allow_list import ALLOWED
from local_aws.moto_side.forward import MotoForwarder
from local_aws.moto_side.snapshots import Snapshots
from local_aws.records import Records
from local_aws.s3.disk_key import DiskKey
from local_aws.s3.layout import Layout
from local_aws.s3.objects import Objects

_log = logging.getLogger(__name__)
_THREADS = 32
_LAST_ANSWERS_SECONDS = 5


class DataFolderInUseError(RuntimeError):
    """Raised when another server holds the data folder."""


class Server:
    """AWS on 127.0.0.1, with its state in a data folder.

    Parameters
    ----------
    data_dir
        The data folder; made when it is not there.
    port
        TCP port; 0 for one that is free.
    region
        The region to serve.
    builders
        What makes the services, e.g. `local_aws.services.BUILDERS`.

    Raises
    ------
    DataFolderInUseError
        If another server runs on the folder.
    OSError
        If the port is taken.
    """

    def __init__(
        self,
        data_dir: Path,
        builders: Iterable[Callable[[Context], Service]],
        port: int = 0,
        region: str = "us-east-1",
    ) -> None:
        data_dir = data_dir.resolve()
        data_dir.mkdir(parents=True, exist_ok=True)
        self._lock_file = (data_dir / "lock").open("w")
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock_file.close()
            raise DataFolderInUseError(
                f"another server runs on {data_dir}; stop it, or choose another folder with --data-dir"
            ) from None
        self._http = HttpServer(
            ("127.0.0.1", port), self._answer, numthreads=_THREADS, shutdown_timeout=_LAST_ANSWERS_SECONDS
        )
        self._http.prepare()
        self.settings = Settings(data_dir, self._http.bind_addr[1], region)
        self._records = Records(data_dir / "records.sqlite")
        layout = Layout(data_dir / "s3")
        DiskKey.install(layout)
        snapshots = Snapshots(self._records, tuple(ALLOWED))
        snapshots.restore()
        objects = Objects(layout, self._records, region)
        objects.restore()
        self.front = Front(self.settings, MotoForwarder(snapshots, objects))
        self._jobs = JobRunner(data_dir / "jobs", self.settings.client_environment(), self._put_log_events)
        self.context = Context(self.settings, self._records, objects, self._jobs, self.front.call)
        self._services: list[Service] = [build(self.context) for build in builders]
        for service in self._services:
            self.front.own(service.operations)
        for service in self._services:
            service.recover()

    def serve(self) -> None:
        """Serve until `stop`, in this thread."""
        self._http.serve()

    def stop(self) -> None:
        """Stop serving: every child process ends, and the records are closed."""
        self._jobs.close()
        for service in self._services:
            service.stop()
        self._http.stop()
        self._records.close()
        self._lock_file.close()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self.front(environ, start_response)

    def _put_log_events(self, group: str, stream: str, events: list[tuple[int, str]]) -> None:
        """Send a batch of log lines to CloudWatch Logs, making group and stream first."""
        for operation, request in (
            ("CreateLogGroup", {"logGroupName": group}),
            ("CreateLogStream", {"logGroupName": group, "logStreamName": stream}),
        ):
            try:
                self.front.call("logs", operation, request)
            except AwsError as error:
                if error.code != "ResourceAlreadyExistsException":
                    raise
        self.front.call(
            "logs",
            "PutLogEvents",
            {
                "logGroupName": group,
                "logStreamName": stream,
                "logEvents": [{"timestamp": at, "message": line} for at, line in events],
            },
        )
