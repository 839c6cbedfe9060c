"""A server with Lambda on it, and functions made of a few lines."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from local_aws.services import lambda_
from tests.conftest import RunningServer, running

ROLE = "arn:aws:iam::123456789012:role/lambda"


def zip_of(files: Mapping[str, str | bytes]) -> bytes:
    """Pack files into a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, content in files.items():
            package.writestr(name, content)
    return buffer.getvalue()


class Bench:
    """Makes functions, invokes them and reads the results."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.client = server.client("lambda")
        self.logs = server.client("logs")

    def create(self, name: str, source: str, **members: Any) -> dict[str, Any]:
        """Create a function of one module, ``app.handler``."""
        request = {"Runtime": "python3.12", "Role": ROLE, "Handler": "app.handler", **members}
        return self.client.create_function(FunctionName=name, Code={"ZipFile": zip_of({"app.py": source})}, **request)

    def invoke(self, name: str, event: Any = None, **members: Any) -> tuple[dict[str, Any], Any]:
        """Invoke a function; return the answer and its payload."""
        answer = self.client.invoke(FunctionName=name, Payload=json.dumps(event).encode(), **members)
        payload = answer["Payload"].read()
        return answer, json.loads(payload) if payload else None

    def log(self, name: str) -> list[str]:
        """Return all lines of a function's log, oldest first."""
        answer = self.logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")
        return [event["message"] for event in answer["events"]]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Return a bench on a server that the tests of a module share: each takes names of its own."""
    with running(tmp_path_factory.mktemp("data"), (lambda_.build,)) as server:
        yield Bench(server)
