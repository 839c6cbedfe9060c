"""Jobs in each way in which they can see ``/opt/ml``: as root, as an ordinary user, and with rewritten paths.

Each way is a server of its own; only root has the first. Where the kernel does not allow one its tests are skipped, and
fail where ``REQUIRE_JOB_ROOTS`` is true, as continuous integration sets it wherever the kernel does.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws.kernel.processes.isolation import VARIABLE
from tests import ordinary_user
from tests.job_roots import impossible
from tests.processes import ServerProcess
from tests.services.sagemaker.examples import BUCKET, ended, processing_request

_USER = 65534
_WAYS = ("root", "ordinary user", "rewritten paths")

_SEE = """
import os, pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
(folder / sys.argv[2]).touch()
time.sleep(2)
print("user", os.getuid())
print("seen", *sorted(path.name for path in folder.iterdir()))
"""
_WRITE = """
import os, pathlib, sys
for folder in ("/opt", sys.base_prefix, os.path.dirname(os.__file__), *sys.argv[3:]):
    try:
        pathlib.Path(folder, "written-by-a-job").touch()
        print("wrote", folder)
    except OSError:
        pass
"""


@pytest.fixture(scope="module", params=_WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def server(way: str) -> Iterator[ServerProcess]:
    """A server whose jobs have their roots in one of the ways, in a folder that its user can enter."""
    if way == "root" and os.getuid() != 0:
        pytest.skip("only root can run a server as root")
    becomes = (sys.executable, ordinary_user.__file__, str(_USER)) if way == "ordinary user" and not os.getuid() else ()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        own = folder / "own"
        own.mkdir()
        if becomes:
            os.chown(own, _USER, _USER)
        wish = "rewritten" if way == "rewritten paths" else "own"
        try:
            process = ServerProcess(own / "data", becomes=becomes, variables={VARIABLE: wish, "HOME": str(own)})
        except RuntimeError as error:
            impossible(f"no server as {way}: {error}")
        try:
            process.client("s3").create_bucket(Bucket=BUCKET)
            yield process
        finally:
            process.stop()


def _opt() -> list[tuple[str, float]]:
    return sorted((entry.path, entry.stat(follow_symlinks=False).st_mtime) for entry in os.scandir("/opt"))


def _logs(server: ServerProcess, *names: str, code: str, further: tuple[str, ...] = ()) -> list[dict[str, str]]:
    """Run jobs side by side; return the lines of each one's log, by their first word."""
    sagemaker, logs = server.client("sagemaker"), server.client("logs")
    for name in names:
        sagemaker.create_processing_job(
            **processing_request(server, name, code, "/opt/ml/processing/x", name, *further)
        )
    answers = []
    for name in names:
        job = ended(server, "processing_job", name)
        assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
        events = logs.filter_log_events(logGroupName="/aws/sagemaker/ProcessingJobs", logStreamNamePrefix=f"{name}/")
        lines = [event["message"] for event in events["events"]]
        answers.append({line.partition(" ")[0]: line.partition(" ")[2] for line in lines})
    return answers


def test_jobs_side_by_side_see_their_own_files_alone(server: ServerProcess, way: str) -> None:
    before = _opt()
    first, second = _logs(server, "first", "second", code=_SEE)

    assert (first["seen"], second["seen"]) == ("first", "second")
    assert _opt() == before
    user = _USER if way == "ordinary user" and os.getuid() == 0 else os.getuid()
    assert first["user"] == second["user"] == str(user)


def test_job_with_a_root_cannot_write_to_the_host(server: ServerProcess, way: str) -> None:
    if way == "rewritten paths":
        pytest.skip("a job without a root of its own may write what its user may")
    packages = sysconfig.get_path("purelib")
    [written] = _logs(server, "writer", code=_WRITE, further=(packages, str(server.data_dir)))

    assert written.get("wrote", "/opt") == "/opt"
    for folder in ("/opt", sys.base_prefix, packages, server.data_dir):
        assert not Path(folder, "written-by-a-job").exists(), folder
