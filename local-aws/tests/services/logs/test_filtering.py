"""FilterLogEvents answers the events of the streams that it is asked for."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import running


def test_prefix_chooses_the_streams(tmp_path) -> None:
    with running(tmp_path) as server:
        client = server.client("logs")
        client.create_log_group(logGroupName="jobs")
        for stream in ("a/1", "a/2", "ab/1"):
            client.create_log_stream(logGroupName="jobs", logStreamName=stream)
            event = {"timestamp": int(time.time() * 1000), "message": stream}
            client.put_log_events(logGroupName="jobs", logStreamName=stream, logEvents=[event])

        def messages(**request: Any) -> list[str]:
            return [event["message"] for event in client.filter_log_events(logGroupName="jobs", **request)["events"]]

        assert messages(logStreamNamePrefix="a/") == ["a/1", "a/2"]
        assert messages(logStreamNamePrefix="b") == []
        with pytest.raises(ClientError, match="mutually exclusive"):
            messages(logStreamNamePrefix="a/", logStreamNames=["a/1"])
