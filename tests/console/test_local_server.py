"""The server as a process of its own."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest

from console import local_server
from console.errors import CommandError
from console.main import main


def test_a_server_is_started_reached_and_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "of-an-account")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
    server = local_server.start(tmp_path, keep=False)
    try:
        with local_server.pointed_at(server):
            assert "AWS_PROFILE" not in os.environ
            assert boto3.session.Session().client("sts").get_caller_identity()["Account"] == "123456789012"
        assert os.environ["AWS_PROFILE"] == "of-an-account"
        assert "AWS_ENDPOINT_URL" not in os.environ
        with pytest.raises(
            CommandError, match=r"one runs already on .*, at http://127.*: 'playgrounds down --data-dir "
        ):
            local_server.start(tmp_path, keep=False)
    finally:
        server.stop()
    assert not list(tmp_path.glob("server.[pe]*"))


def test_up_leaves_a_server_that_down_stops(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--data-dir", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:" in shown
    assert main(["up", "--data-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().out == shown
    assert main(["up", "--data-dir", str(tmp_path), "--port", "1"]) == 0
    again = capsys.readouterr()
    assert again.out == shown
    assert f"for 1, stop it first with 'playgrounds down --data-dir {tmp_path}'" in again.err
    assert main(["down", "--data-dir", str(tmp_path)]) == 0
    assert "stopped" in capsys.readouterr().out
    assert main(["down", "--data-dir", str(tmp_path)]) == 0
    assert "no server was left running" in capsys.readouterr().out


def test_a_server_ends_with_its_data_folder(tmp_path: Path) -> None:
    server = local_server.start(tmp_path / "data", keep=False)
    try:
        shutil.rmtree(tmp_path / "data")
        with pytest.raises(CommandError):
            for _ in range(200):
                server.check()
                time.sleep(0.1)
    finally:
        server.stop()


def test_a_disk_that_is_all_but_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_server, "_MIN_FREE_BYTES", 10**18)
    with pytest.raises(CommandError, match=r"MB are free on its disk; at least 1000000000000 MB are needed"):
        local_server.start(tmp_path, keep=False)


def test_a_process_file_that_was_tampered_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "server.pid").write_text("nonsense\n")
    assert main(["down", "--data-dir", str(tmp_path)]) == 1
    assert "server.pid\nreason: does not contain a process ID" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--port", "99999"], 2), (["--nonsense"], 2), (["--data-dir", "/dev/null/data"], 1), (["--port", "TAKEN"], 1)],
)
def test_up_that_fails_points_the_shell_nowhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        given = ["up", "--data-dir", str(tmp_path), *(port if each == "TAKEN" else each for each in arguments)]
        try:
            assert main(given) == code
        except SystemExit as end:
            assert end.code == code
    answer = capsys.readouterr()
    assert answer.out == local_server.UNREACHABLE
    if "TAKEN" in arguments:
        assert f"port {port} is taken; choose another with --port, or 0 for a free one" in answer.err


def test_a_server_that_fails_points_the_shell_nowhere_too(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local_aws", "--port", "0", "--data-dir", str(tmp_path)]
    (tmp_path / "keys").write_text("damaged")
    assert subprocess.run(command, capture_output=True, text=True, check=False).stdout == local_server.UNREACHABLE


def test_what_up_leaves_is_for_its_owner_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data_dir = tmp_path / "data"
    try:
        assert main(["up", "--data-dir", str(data_dir)]) == 0
        assert {path.stat().st_mode & 0o077 for path in (data_dir, *data_dir.rglob("*"))} == {0}
        secret = re.search("AWS_SECRET_ACCESS_KEY=(.+)", capsys.readouterr().out)
        assert secret is not None
        assert secret[1] not in (data_dir / "server.log").read_text()
    finally:
        assert main(["down", "--data-dir", str(data_dir)]) == 0
