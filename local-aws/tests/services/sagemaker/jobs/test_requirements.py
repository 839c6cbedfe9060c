"""What jobs install: their requirements, once for all that ask for the same, and nothing into the server's Python."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import sysconfig
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunningServer
from tests.services.sagemaker.examples import BUCKET, ended, processing_request, put, s3_input, tar_of, training_request

WHEEL = "tidings-1.0-py3-none-any.whl"
_IMPORT = b"import numpy, tidings; print(tidings.WORDS, numpy.__name__, tidings.__file__)"


def wheel(words: str = "good") -> bytes:
    """Return a wheel of a package with these words."""
    files = {
        "tidings.py": f"WORDS = {words!r}\n".encode(),
        "tidings-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: tidings\nVersion: 1.0\nRequires-Dist: numpy\n",
        "tidings-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    hashes = {
        name: base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        for name, content in files.items()
    }
    record = "".join(f"{name},sha256={hashes[name]},{len(content)}\n" for name, content in files.items())
    files["tidings-1.0.dist-info/RECORD"] = f"{record}tidings-1.0.dist-info/RECORD,,\n".encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def packages() -> list[tuple[str, int]]:
    """Return what is installed into the server's Python, with the times of its last changes."""
    return sorted((entry.path, entry.stat().st_mtime_ns) for entry in os.scandir(sysconfig.get_path("purelib")))


def _train(server: RunningServer, name: str, files: dict[str, bytes]) -> tuple[dict[str, Any], str]:
    """Run a training job of these files; return its description and its log."""
    request = training_request(server, name, "")
    put(server, f"code/{name}/sourcedir.tar.gz", tar_of(files))
    server.client("sagemaker").create_training_job(**request)
    job = ended(server, "training_job", name)
    return job, (server.context.jobs.folder("training-jobs", name) / "log.txt").read_text()


def _environments(server: RunningServer) -> list[Path]:
    return list((server.context.settings.data_dir / "environments").iterdir())


def _check_requirements(server: RunningServer) -> None:
    before = packages()
    files = {"train.py": _IMPORT, "requirements.txt": f"./{WHEEL}\n".encode(), WHEEL: wheel()}

    first, first_log = _train(server, "first", files)
    second, second_log = _train(server, "second", files)
    other, other_log = _train(server, "other", {**files, WHEEL: wheel("bad")})

    assert {job["TrainingJobStatus"] for job in (first, second, other)} == {"Completed"}, first_log
    assert "Successfully installed tidings-1.0" in first_log
    assert "good numpy " in first_log
    assert "installed" not in second_log
    assert "good numpy " in second_log
    assert "bad numpy " in other_log
    assert len(_environments(server)) == 2
    assert packages() == before
    assert find_spec("tidings") is None


def test_requirements_are_installed_once_in_roots_of_their_own(own_root_server: RunningServer) -> None:
    _check_requirements(own_root_server)


def test_requirements_are_installed_once_where_paths_are_rewritten(rewriting_server: RunningServer) -> None:
    _check_requirements(rewriting_server)


def test_requirement_that_cannot_be_had_fails_the_job_with_its_name(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    job, log = _train(server, "absent", {"train.py": _IMPORT, "requirements.txt": b"tidings-of-nobody==7\n"})

    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"] == (
        "AlgorithmError: InstallRequirementsError:\nExitCode 1\n"
        'ErrorMessage "No matching distribution found for tidings-of-nobody==7"\n'
        'Command "python3 -m pip install -r requirements.txt", exit code: 1'
    ), log
    assert _environments(server) == []


def test_index_that_is_out_of_reach_is_said(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    job, log = _train(server, "offline", {"train.py": _IMPORT, "requirements.txt": b"tidings-of-nobody==7\n"})

    assert job["TrainingJobStatus"] == "Failed"
    assert "(no package index can be reached; pip's settings of the server" in job["FailureReason"], log


@pytest.mark.parametrize("pip", ["[sys.executable, '-m', 'pip', 'install']", "['pip', 'install']"])
def test_script_that_installs_something_has_it_alone(server: RunningServer, pip: str) -> None:
    before = packages()
    name = f"installs-{len(pip)}"
    place = "/opt/ml/processing/input/wheels"
    script = (
        f"import subprocess, sys; subprocess.check_call([*{pip}, sys.argv[1] + '/{WHEEL}'])\n"
        "import numpy, tidings; print(tidings.WORDS, numpy.__name__)\n"
        "assert not subprocess.call(['python3', '-c', 'import tidings'])\n"
    )
    put(server, f"wheels/{WHEEL}", wheel())
    request = processing_request(
        server, name, script, place, ProcessingInputs=[s3_input(f"s3://{BUCKET}/wheels/", place)]
    )
    server.client("sagemaker").create_processing_job(**request)

    job = ended(server, "processing_job", name)

    log = (server.context.jobs.folder("processing-jobs", name) / "log.txt").read_text()
    assert job["ProcessingJobStatus"] == "Completed", log
    assert "good numpy" in log
    assert packages() == before
    assert find_spec("tidings") is None
