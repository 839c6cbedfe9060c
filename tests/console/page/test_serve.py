"""The command: where it listens, what it prints, and how the browser gets the address."""

from __future__ import annotations

import socket
import stat
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest

from console.errors import CommandError
from console.page import serve
from infrastructure.names import Names

ADDRESS = "http://127.0.0.1:4680/#token=secret"


def test_port_that_is_taken_is_said_with_a_remedy():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match="choose another with --port"):
            serve.serve(boto3.session.Session(), Names("", "1", "us-east-1"), port=port, open_browser=False)


def test_browser_is_started_on_a_file_that_only_its_user_can_read(monkeypatch):
    opened: list[str] = []

    def open_browser(uri: str) -> bool:
        opened.append(uri)
        return True

    monkeypatch.setattr(serve.webbrowser, "open", open_browser)
    with serve._opened(ADDRESS):
        (uri,) = opened
        file = Path(urlsplit(uri).path)
        assert "secret" not in uri  # command lines can be read by everybody
        assert ADDRESS in file.read_text()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert not file.parent.exists()


def test_without_a_browser_the_address_is_for_pasting(monkeypatch, capsys):
    monkeypatch.setattr(serve.webbrowser, "open", lambda uri: False)
    with serve._opened(ADDRESS):
        assert "paste the address" in capsys.readouterr().out
