"""Log events go when their group's retention is over."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from local_aws.services import logs
from local_aws.services.logs.operations import remove_expired
from tests.conftest import running

DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with running(tmp_path_factory.mktemp("data"), (logs.build,)) as server:
        yield server


def test_old_events_of_a_group_with_retention_are_removed(server) -> None:
    client = server.client("logs")
    now_ms = int(time.time() * 1000)
    events = [{"timestamp": now_ms - DAY_MS, "message": "old"}, {"timestamp": now_ms, "message": "new"}]
    for group in ("short", "endless"):
        client.create_log_group(logGroupName=group)
        client.create_log_stream(logGroupName=group, logStreamName="s")
        client.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)
    client.put_retention_policy(logGroupName="short", retentionInDays=3)
    assert client.describe_log_groups(logGroupNamePrefix="short")["logGroups"][0]["retentionInDays"] == 3

    remove_expired("us-east-1", datetime.now(UTC) + timedelta(days=2.5))
    left = {
        group: [event["message"] for event in client.get_log_events(logGroupName=group, logStreamName="s")["events"]]
        for group in ("short", "endless")
    }
    assert left == {"short": ["new"], "endless": ["old", "new"]}

    client.delete_retention_policy(logGroupName="short")
    assert "retentionInDays" not in client.describe_log_groups(logGroupNamePrefix="short")["logGroups"][0]


def test_groups_have_tags(server) -> None:
    client = server.client("logs")
    client.create_log_group(logGroupName="tagged", tags={"a": "b"})
    arn = client.describe_log_groups(logGroupNamePrefix="tagged")["logGroups"][0]["arn"].removesuffix(":*")
    client.tag_resource(resourceArn=arn, tags={"c": "d"})
    client.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"c": "d"}
