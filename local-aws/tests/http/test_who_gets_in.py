"""The server as a process: what it prints, who may read its folder, and which keys it takes."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.__main__ import NOWHERE, exports
from tests.clients import client_of, exported

SHELLS = [shell for shell in ("bash", "dash", "zsh", "sh") if shutil.which(shell)]


@contextmanager
def served(folder: Path, *options: str, umask: int = 0o022) -> Iterator[tuple[dict[str, str], subprocess.Popen[str]]]:
    """Run a server for the time of the block; its standard error goes to ``stderr`` beside the folder."""
    with (folder.parent / "stderr").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "local_aws", "--port", "0", "--data-dir", str(folder), *options],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            umask=umask,
        )
        try:
            assert process.stdout is not None
            yield exported(process.stdout), process
        finally:
            process.terminate()
            process.communicate()


def modes(folder: Path) -> set[int]:
    """Return the rights of others on what is in a folder."""
    return {path.lstat().st_mode & 0o077 for path in folder.rglob("*") if not path.is_symlink()}


def test_a_folder_is_its_owners_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with served(folder) as (environment, process):
        s3 = client_of(environment, "s3")
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="a/b", Body=b"c")
        secrets = [environment["AWS_SECRET_ACCESS_KEY"], (folder / "keys").read_text().strip()]
        command = Path(f"/proc/{process.pid}/cmdline").read_text() if Path("/proc").is_dir() else ""
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert modes(folder) == {0}
    assert stat.S_IMODE((folder / "keys").stat().st_mode) == 0o600
    texts = [path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "keys"]
    texts += [(tmp_path / "stderr").read_bytes(), command.encode()]
    assert not [text for text in texts for secret in secrets if secret.encode() in text]


def test_a_folder_of_an_older_version_is_closed_to_others_and_gets_keys(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with served(folder) as (first, _):
        client_of(first, "s3").create_bucket(Bucket="bucket")
    (folder / "keys").unlink()
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    outside = tmp_path / "outside"
    outside.touch()
    outside.chmod(0o644)
    (folder / "link").symlink_to(outside)
    with served(folder) as (second, _):
        assert [bucket["Name"] for bucket in client_of(second, "s3").list_buckets()["Buckets"]] == ["bucket"]
        assert first["AWS_SECRET_ACCESS_KEY"] != second["AWS_SECRET_ACCESS_KEY"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert modes(folder) == {0}
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644


def test_keys_stay_the_folders(tmp_path: Path) -> None:
    keys = []
    for _ in range(2):
        with served(tmp_path / "data") as (environment, _process):
            keys.append((environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]))
    with served(tmp_path / "other") as (environment, _process):
        assert keys[0] == keys[1] != (environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
        assert re.fullmatch(r"AKIA[A-Z2-7]{16} [\w-]{40}", " ".join(keys[0]))


def test_any_key_is_taken_only_when_the_server_was_told_so(tmp_path: Path) -> None:
    def arn(environment: dict[str, str]) -> Any:
        return client_of(environment, "sts").get_caller_identity()["Arn"]

    strange = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"}
    with served(tmp_path / "data") as (environment, _), pytest.raises(ClientError, match="InvalidClientTokenId"):
        arn(environment | strange)
    with served(tmp_path / "data", "--any-key") as (environment, _):
        assert arn(environment | strange) == "arn:aws:iam::123456789012:user/local"
        s3 = client_of(environment | strange, "s3")
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="a", Body=b"c")
        assert s3.get_object(Bucket="bucket", Key="a")["Body"].read() == b"c"
        # A key of the folder is not one of any.
        with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
            arn(environment | {"AWS_SECRET_ACCESS_KEY": "y"})
    assert "takes any key: every program and every user of this machine" in (tmp_path / "stderr").read_text()


def test_refused_argument_points_nowhere(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "local_aws", "--port", "99999", "--data-dir", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, NOWHERE)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda folder: (folder / "keys").write_text("nonsense"), "does not hold the folder's keys"),
        (lambda folder: (folder / "keys").write_text(""), "does not hold the folder's keys"),
    ],
)
def test_a_server_that_cannot_start_says_why_and_points_nowhere(tmp_path: Path, damage: Any, reason: str) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    damage(folder)
    done = subprocess.run(
        [sys.executable, "-m", "local_aws", "--port", "0", "--data-dir", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, NOWHERE)
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("port", ["65536", "-1", "x", "٤"])
def test_a_port_that_is_none(tmp_path: Path, port: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "local_aws", "--port", port, "--data-dir", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "must be from 0 to 65535" in done.stderr or "expected one argument" in done.stderr


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("lines", [exports({"AWS_ENDPOINT_URL": "http://127.0.0.1:4600", "A": "b"}), NOWHERE])
def test_the_lines_leave_a_shell_at_the_server_or_nowhere(shell: str, lines: str) -> None:
    before = {
        "AWS_ENDPOINT_URL_S3": "https://s3.amazonaws.com",
        "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": "https://x",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_PROFILE": "of an account",
        "AWS_SESSION_TOKEN": "a=b\nAWS_ENDPOINT_URL_GLUE=c",
        "AWS_REGION": "us-east-1",
    }
    show = f"{sys.executable} -c 'import json, os; print(json.dumps(dict(os.environ)))'"
    done = subprocess.run(
        [shell, "-c", f'eval "$LINES_"; echo "$?"; {show}'],
        env={"PATH": os.environ["PATH"], "LINES_": lines, **before},
        capture_output=True,
        text=True,
        check=True,
    )
    status, after = done.stdout.splitlines()
    left = {name: value for name, value in json.loads(after).items() if name.startswith("AWS_")}
    url = "http://127.0.0.1:1" if lines == NOWHERE else "http://127.0.0.1:4600"
    assert left == {"AWS_ENDPOINT_URL": url, "AWS_REGION": "us-east-1"}
    assert status == ("1" if lines == NOWHERE else "0")
    assert done.stderr == ""
