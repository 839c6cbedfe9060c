"""A server whose disk takes no more answers an error of the service's shape."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.clients import client_of, exported

_MOST_BYTES = 2_000_000
"""No file of the server may become larger: for whoever writes that is as a full disk."""


@contextmanager
def served(data_dir: Path) -> Iterator[tuple[dict[str, str], subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "local_aws", "--port", "0", "--data-dir", str(data_dir), "--with-stdin"]

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (_MOST_BYTES, _MOST_BYTES))

    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=limit
    ) as process:
        assert process.stdout is not None
        try:
            yield exported(process.stdout), process
        finally:
            process.kill()


def failure_of(call: Any, **parameters: Any) -> Any:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response


def test_object_that_does_not_fit_is_an_error_and_the_server_goes_on(tmp_path: Path) -> None:
    with served(tmp_path / "data") as (environment, _):
        s3 = client_of(environment, "s3")
        s3.create_bucket(Bucket="full-disk")
        failure = failure_of(s3.put_object, Bucket="full-disk", Key="large", Body=b"x" * 2 * _MOST_BYTES)
        assert failure["ResponseMetadata"]["HTTPStatusCode"] == 500
        assert failure["Error"]["Code"] in ("InternalError", "InternalFailure")
        s3.put_object(Bucket="full-disk", Key="small", Body=b"x")
        assert [each["Key"] for each in s3.list_objects_v2(Bucket="full-disk")["Contents"]] == ["small"]


def test_state_that_does_not_fit_is_an_error_and_the_server_ends_with_its_reason(tmp_path: Path) -> None:
    with served(tmp_path / "data") as (environment, process):
        sqs = client_of(environment, "sqs")
        url = sqs.create_queue(QueueName="full-disk")["QueueUrl"]
        with pytest.raises(ClientError) as caught:
            for _ in range(100):
                sqs.send_message(QueueUrl=url, MessageBody="x" * 100_000)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
        assert caught.value.response["Error"]["Code"]
        assert process.wait(30) == os.EX_IOERR
        assert process.stderr is not None
        assert "its state cannot be stored" in process.stderr.read()
