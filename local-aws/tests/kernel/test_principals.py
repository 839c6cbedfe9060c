"""Whoever signs with a role's keys is taken for the role."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.kernel.folder_keys import open_keys
from local_aws.kernel.principals import SERVICE, USER_ARN, Credentials, acting_as, principal, role_arn, session_name
from local_aws.kernel.records import Records
from local_aws.services import sts
from tests.conftest import RunningServer, running

TRUST = """{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
]}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with running(tmp_path_factory.mktemp("data"), (sts.build,)) as server:
        server.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)
        yield server


def assumed(server: RunningServer, **request: object) -> dict[str, Any]:
    arn = "arn:aws:iam::123456789012:role/worker"
    return server.client("sts").assume_role(RoleArn=arn, RoleSessionName="test", **request)


def test_a_block_names_the_role_and_ends() -> None:
    assert principal() == SERVICE
    with acting_as("arn:aws:iam::123456789012:role/a", "one"):
        assert (principal(), session_name()) == ("arn:aws:iam::123456789012:role/a", "one")
    assert principal() == SERVICE


def test_a_role_may_be_given_by_name() -> None:
    assert role_arn("service-role/a") == "arn:aws:iam::123456789012:role/service-role/a"
    assert role_arn("/service-role/a") == "arn:aws:iam::123456789012:role/service-role/a"
    assert role_arn("arn:aws:iam::123456789012:role/a") == "arn:aws:iam::123456789012:role/a"


def test_the_folders_keys_are_the_users(server: RunningServer) -> None:
    identity = server.client("sts").get_caller_identity()
    assert (identity["Arn"], identity["Account"]) == (USER_ARN, "123456789012")


def test_the_keys_of_a_job_are_its_roles(server: RunningServer) -> None:
    sts_client = server.client_of_role("arn:aws:iam::123456789012:role/path/of/worker", "sts", "my-job")
    identity = sts_client.get_caller_identity()
    assert identity["Arn"] == "arn:aws:sts::123456789012:assumed-role/worker/my-job"


def test_the_same_session_has_the_same_keys(server: RunningServer) -> None:
    credentials = server.context.credentials
    assert credentials.of_role("r", "s") == credentials.of_role("r", "s")
    assert credentials.of_role("r", "s") != credentials.of_role("r", "t")


def test_a_role_is_assumed(server: RunningServer) -> None:
    answer = assumed(server)
    arn = "arn:aws:sts::123456789012:assumed-role/worker/test"
    assert answer["AssumedRoleUser"]["Arn"] == arn
    assert server.client_with(answer["Credentials"], "sts").get_caller_identity() | {"ResponseMetadata": {}} == {
        "Arn": arn,
        "Account": "123456789012",
        "UserId": answer["AssumedRoleUser"]["AssumedRoleId"],
        "ResponseMetadata": {},
    }


def test_unsupported_member_of_assume_role_is_refused(server: RunningServer) -> None:
    with pytest.raises(ClientError, match="does not support Policy of AssumeRole"):
        assumed(server, Policy=TRUST)


def test_a_session_lasts_no_longer_than_its_role_allows(server: RunningServer) -> None:
    with pytest.raises(ClientError, match="exceeds the MaxSessionDuration set for this role"):
        assumed(server, DurationSeconds=7200)


def test_a_role_that_does_not_exist_is_not_assumed(server: RunningServer) -> None:
    with pytest.raises(ClientError) as caught:
        server.client("sts").assume_role(RoleArn="arn:aws:iam::123456789012:role/nobody", RoleSessionName="test")
    assert caught.value.response["Error"]["Code"] == "AccessDenied"


@pytest.mark.parametrize(
    ("service", "method", "code"),
    [
        ("sts", "get_caller_identity", "ExpiredToken"),
        ("s3", "list_buckets", "ExpiredToken"),
        ("logs", "describe_log_groups", "ExpiredTokenException"),
    ],
)
def test_keys_expire(server: RunningServer, service: str, method: str, code: str) -> None:
    keys = server.context.credentials.assume("arn:aws:iam::123456789012:role/worker", "short", 0)
    time.sleep(0.002)
    with pytest.raises(ClientError) as caught:
        getattr(server.client_with(keys, service), method)()
    assert caught.value.response["Error"]["Code"] == code


def test_keys_outlive_the_server(tmp_path: Path) -> None:
    with running(tmp_path, (sts.build,)) as server:
        server.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)
        answer = assumed(server)
    with running(tmp_path, (sts.build,)) as server:
        identity = server.client_with(answer["Credentials"], "sts").get_caller_identity()
    assert identity["Arn"] == answer["AssumedRoleUser"]["Arn"]


def test_keys_that_ended_long_ago_are_forgotten(server: RunningServer) -> None:
    credentials, records = server.context.credentials, server.context.records
    old = [credentials.assume("arn:aws:iam::123456789012:role/worker", "old", -2 * 86400)["AccessKeyId"] for _ in "ab"]
    recent = credentials.assume("arn:aws:iam::123456789012:role/worker", "recent", -3600)["AccessKeyId"]
    assumed(server)
    assert [records.get("session", key) is None for key in (*old, recent)] == [True, True, False]


def test_assuming_a_role_costs_the_same_however_many_have_assumed_it(tmp_path: Path) -> None:
    def steps(count: int) -> int:
        """Return the hundreds of SQLite's steps that so many sessions take."""
        taken = [0]

        def step() -> int:
            taken[0] += 1
            return 0

        records._connection.set_progress_handler(step, 100)
        for _ in range(count):
            credentials.assume("arn:aws:iam::123456789012:role/worker", "many", 3600)
        return taken[0]

    with closing(Records(tmp_path / "records.sqlite")) as records:
        credentials = Credentials(records, open_keys(tmp_path))
        steps(1)
        early = steps(50)
        steps(500)
        assert steps(50) <= 2 * early
