"""The server as a process of its own."""

import os
from pathlib import Path

import boto3
import pytest

from console import local_server
from console.errors import CommandError
from console.main import main


def test_a_server_is_started_reached_and_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "of-an-account")
    server = local_server.start(tmp_path, keep=False)
    try:
        with local_server.pointed_at(server):
            assert "AWS_PROFILE" not in os.environ
            assert boto3.session.Session().client("sts").get_caller_identity()["Account"] == "123456789012"
        assert os.environ["AWS_PROFILE"] == "of-an-account"
        assert "AWS_ENDPOINT_URL" not in os.environ
        with pytest.raises(CommandError, match="another server runs on"):
            local_server.start(tmp_path, keep=False)
    finally:
        server.stop()
    assert not (tmp_path / "server.pid").exists()


def test_up_leaves_a_server_that_down_stops(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--data-dir", str(tmp_path)]) == 0
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:" in capsys.readouterr().out
    assert main(["down", "--data-dir", str(tmp_path)]) == 0
    assert "stopped" in capsys.readouterr().out
    assert main(["down", "--data-dir", str(tmp_path)]) == 0
    assert "no server was left running" in capsys.readouterr().out
