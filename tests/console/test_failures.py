"""What a person reads when a command cannot do its work: what failed, why, what to do, and no traceback."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import ClientError, NoCredentialsError, ProfileNotFound

from console.failures import EXPECTED, failure_message
from console.main import main
from infrastructure.names import PREFIX
from tests.infrastructure.templates import load

NOTHING_LISTENS = "http://127.0.0.1:9"
COMMANDS = (
    ("deploy",),
    ("run",),
    ("status",),
    ("query",),
    ("approve", "1"),
    ("reject", "1"),
    ("rollback",),
    ("doctor",),
    ("report",),
    ("destroy", "--yes"),
)


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An endpoint on which nothing listens, one try a call, and a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    settings = {
        "AWS_ENDPOINT_URL": NOTHING_LISTENS,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_server_that_is_not_there(command, capsys):
    assert main(command) == 1
    error = capsys.readouterr().err
    assert NOTHING_LISTENS in error
    assert "'playgrounds up'" in error


@pytest.mark.parametrize("command", ["status", "report"])
def test_an_endpoint_that_is_no_url(command, monkeypatch, capsys):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "127.0.0.1:4600")
    assert main([command]) == 1
    error = capsys.readouterr().err
    assert "failed: AWS_ENDPOINT_URL\nreason: Invalid endpoint: 127.0.0.1:4600; set it to a URL" in error


@pytest.mark.parametrize("command", ["status", "report"])
def test_no_region(command, monkeypatch, capsys):
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert main([command]) == 1
    assert "failed: region\nreason: none is set: set AWS_REGION" in capsys.readouterr().err


def test_a_profile_that_is_not_there(monkeypatch, capsys):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert main(["status"]) == 1
    error = capsys.readouterr().err
    assert "nobody" in error
    assert "list-profiles" in error


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (NoCredentialsError(), "sign in"),
        (ProfileNotFound(profile="nobody"), "AWS_PROFILE"),
        (ClientError({"Error": {"Code": "ExpiredToken", "Message": "expired"}}, "GetObject"), "sign in again"),
        (ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject"), "request the permission"),
        (ClientError({"Error": {"Code": "InvalidClientTokenId", "Message": "no"}}, "X"), "keys of another data folder"),
    ],
    ids=lambda given: given if isinstance(given, str) else type(given).__name__,
)
def test_every_kind_of_refusal_says_what_to_do(error, remedy):
    assert isinstance(error, EXPECTED)
    assert str(error) in failure_message(error)
    assert remedy in failure_message(error)


@pytest.mark.parametrize("code", ["InvalidAccessKeyId", "UnrecognizedClientException", "InvalidSignatureException"])
def test_keys_that_the_account_does_not_know(code, monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    message = failure_message(ClientError({"Error": {"Code": code, "Message": "no"}}, "X"))
    assert "AWS does not know these keys: sign in" in message


def test_a_region_that_is_not_the_servers_is_no_matter_of_keys():
    said = "this server serves us-east-1, the request is for eu-west-1; set AWS_REGION=us-east-1"
    message = failure_message(ClientError({"Error": {"Code": "UnrecognizedClientException", "Message": said}}, "X"))
    assert said in message
    assert "to do" not in message


def test_a_failed_upload_is_no_traceback():
    assert "No space" in failure_message(S3UploadFailedError("Failed to upload x: No space"))
    assert issubclass(S3UploadFailedError, EXPECTED)


def test_what_is_said_of_s3_is_not_said_of_this_machine():
    assert (
        failure_message(PermissionError("S3 refused to look up s3://b/k")) == "\nfailed: S3 refused to look up s3://b/k"
    )


@pytest.mark.parametrize("path", ["file", "file/below"])
def test_a_data_folder_that_cannot_be_made(path, tmp_path, capsys):
    (tmp_path / "file").touch()
    assert main(["up", "--data-dir", path]) == 1
    assert f"failed: {path}\nreason: " in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ("status", "--prefix", "UPPER-"),
        ("status", "--prefix", "dev"),
        ("destroy", "--prefix", "1-"),
        ("report", "--prefix", "averyveryverylongone-"),
        ("deploy", "--instances", "0"),
        ("deploy", "--bake-seconds", "-1"),
        ("deploy", "--bake-seconds", "3601"),
        ("query", "--limit", "-5"),
        ("up", "--port", "80000"),
        ("deploy", "--parameter", "ErrorThreshold"),
    ],
    ids=" ".join,
)
def test_arguments_that_do_not_fit_are_refused_before_anything_is_called(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert arguments[-1] in capsys.readouterr().err


def test_prefixes_are_what_the_templates_take():
    for template in ("stack.yaml", "bootstrap.yaml"):
        assert load(template)["Parameters"]["Prefix"]["AllowedPattern"] == PREFIX.pattern


def test_a_reader_that_has_had_enough():
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "console.main", "down", "--data-dir", "none"]
    ended = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False, cwd=Path.cwd())
    os.close(writing)
    assert not re.search("Traceback|BrokenPipe", ended.stderr)
