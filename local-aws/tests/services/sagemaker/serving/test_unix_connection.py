"""HTTP over a Unix socket, wherever the data folder is."""

from __future__ import annotations

import http.client
import socket
import sys
import threading
from pathlib import Path

import pytest

from local_aws.services.sagemaker.serving.model_server import UnixConnection


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reaches a socket through its folder")
@pytest.mark.parametrize("depth", [0, 200])
def test_a_socket_is_reached_however_long_its_path_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, depth: int
) -> None:
    folder = tmp_path.joinpath("d" * depth)
    folder.mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind("socket")
        listener.listen()
        answering = threading.Thread(target=_answer_once, args=(listener,), daemon=True)
        answering.start()
        connection = UnixConnection(folder / "socket")
        connection.request("GET", "/ping")
        assert connection.getresponse().status == http.client.OK
        answering.join()
        connection.close()
    with pytest.raises(ConnectionRefusedError):
        UnixConnection(folder / "socket").request("GET", "/ping")


def _answer_once(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        assert connection.recv(1000).startswith(b"GET /ping HTTP/1.1")
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
