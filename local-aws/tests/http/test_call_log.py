"""Each call leaves one line, which says who called what, and nothing that is nobody else's business."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.http.call_log import CallLog
from local_aws.kernel.principals import SERVICE, USER_ARN, acting_as
from local_aws.services import glue
from tests.conftest import RunningServer, running

ROLE = "arn:aws:iam::123456789012:role/caller"
JOB = {
    "Name": "secretive",
    "Role": ROLE,
    "Command": {"Name": "glueetl", "ScriptLocation": "s3://code/a.py", "PythonVersion": "3"},
    "GlueVersion": "5.1",
    "DefaultArguments": {"--password": "hush"},
    "Tags": {"Stack": "s"},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with running(tmp_path_factory.mktemp("data"), (glue.build,)) as server:
        yield server


@pytest.fixture
def lines(server: RunningServer) -> Callable[[], list[dict[str, Any]]]:
    """Return the lines written since the test began."""
    path = server.server.settings.data_dir / "calls.jsonl"
    before = len(path.read_text().splitlines())
    return lambda: [json.loads(line) for line in path.read_text().splitlines()[before:]]


def test_a_request_from_outside_is_recorded_with_its_resources(server: RunningServer, lines) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="logged")
    s3.put_object(Bucket="logged", Key="a/b.txt", Body=b"the content", Tagging="a=b")
    s3.copy_object(Bucket="logged", Key="c.txt", CopySource="logged/a/b.txt")
    s3.list_objects_v2(Bucket="logged", Prefix="a/")
    s3.delete_objects(Bucket="logged", Delete={"Objects": [{"Key": "c.txt"}]})
    found = lines()
    assert [line["operation"] for line in found] == [
        *("CreateBucket", "PutObject", "CopyObject", "ListObjectsV2", "DeleteObjects")
    ]
    assert {(line["principal"], line["service"], line["outcome"]) for line in found} == {(USER_ARN, "s3", "ok")}
    assert [line["request"] for line in found] == [
        {"Bucket": "logged"},
        {"Bucket": "logged", "Key": "a/b.txt", "Tagging": True},
        {"Bucket": "logged", "Key": "c.txt", "CopySource": "logged/a/b.txt"},
        {"Bucket": "logged", "Prefix": "a/"},
        {"Bucket": "logged", "Delete": {"Objects": [{"Key": "c.txt"}]}},
    ]
    assert "the content" not in json.dumps(found)


def test_arguments_and_environments_are_not_recorded(server: RunningServer, lines) -> None:
    server.client("glue").create_job(**JOB)
    (line,) = lines()
    assert line["request"] == {
        "Name": "secretive",
        "Role": ROLE,
        "Command": {"Name": "glueetl"},
        "Tags": {"Stack": "s"},
    }


def test_what_is_refused_is_recorded_with_its_code(server: RunningServer, lines) -> None:
    with pytest.raises(ClientError):
        server.client("glue").get_job(JobName="nobody's")
    with pytest.raises(ClientError):
        server.client("glue").get_table(DatabaseName="none", Name="t")
    with pytest.raises(ClientError):
        server.client("s3").get_object(Bucket="nowhere", Key="k")
    with pytest.raises(ClientError):
        server.client("s3").head_object(Bucket="nowhere", Key="k")
    with pytest.raises(ClientError):
        server.client("iam").get_role(RoleName="nobody")
    outcomes = [line["outcome"] for line in lines()]
    assert outcomes == [
        "EntityNotFoundException",
        "EntityNotFoundException",
        "NoSuchBucket",
        "NoSuchBucket",
        "NoSuchEntity",
    ]


def test_calls_in_process_are_those_of_the_role_or_of_local_aws_itself(server: RunningServer, lines) -> None:
    with acting_as(ROLE):
        server.context.call("iam", "ListRoles", {})
        server.context.call("glue", "ListJobs", {})
    server.context.call("logs", "DescribeLogGroups", {})
    assert [(line["principal"], line["operation"]) for line in lines()] == [
        (ROLE, "ListRoles"),
        (ROLE, "ListJobs"),
        (SERVICE, "DescribeLogGroups"),
    ]


def test_keys_of_a_role_are_recorded_as_that_role(server: RunningServer, lines) -> None:
    server.client_of_role(ROLE, "glue").list_jobs()
    (line,) = lines()
    assert line["principal"] == ROLE


def test_a_call_in_the_course_of_another_says_so(tmp_path: Path) -> None:
    log = CallLog(tmp_path / "calls.jsonl")
    with acting_as(ROLE), log.record("a", "Outer", {}):
        with log.record("b", "Inner", {}):
            pass
        with acting_as("arn:aws:iam::123456789012:role/other"), log.record("c", "Other", {}):
            pass
    log.close()
    found = [json.loads(line) for line in (tmp_path / "calls.jsonl").read_text().splitlines()]
    assert [line.get("within") for line in found] == ["a:Outer", None, None]


def test_the_log_is_bounded(tmp_path: Path) -> None:
    log = CallLog(tmp_path / "calls.jsonl", max_bytes=2000)
    for number in range(100):
        with log.record("s3", "GetObject", {"Bucket": "b", "Key": str(number)}):
            pass
    log.close()
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    kept = (tmp_path / "calls.1.jsonl").read_text() + (tmp_path / "calls.jsonl").read_text()
    assert len(sizes) == 2
    assert max(sizes) < 2300
    assert json.loads(kept.splitlines()[-1])["request"]["Key"] == "99"


def test_a_log_is_continued_after_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        with running(tmp_path) as server:
            server.client("s3").list_buckets()
    assert len((tmp_path / "calls.jsonl").read_text().splitlines()) == 2
