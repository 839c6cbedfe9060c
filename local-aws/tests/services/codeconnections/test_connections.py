"""Connections are kept, and wait for somebody who completes them."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from local_aws.services import codeconnections
from tests.conftest import running


@pytest.fixture
def client(tmp_path):
    with running(tmp_path, (codeconnections.build,)) as server:
        yield server.client("codeconnections")


def test_a_connection(client) -> None:
    arn = client.create_connection(ConnectionName="source", ProviderType="GitHub", Tags=[{"Key": "a", "Value": "b"}])[
        "ConnectionArn"
    ]
    found = client.get_connection(ConnectionArn=arn)["Connection"]
    assert (found["ConnectionName"], found["ConnectionStatus"]) == ("source", "PENDING")
    with pytest.raises(ClientError, match="exists already"):
        client.create_connection(ConnectionName="source", ProviderType="GitHub")
    assert [one["ConnectionArn"] for one in client.list_connections(ProviderTypeFilter="GitHub")["Connections"]] == [
        arn
    ]
    assert client.list_connections(ProviderTypeFilter="GitLab")["Connections"] == []
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "c", "Value": "d"}])
    client.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "c", "Value": "d"}]
    client.delete_connection(ConnectionArn=arn)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        client.get_connection(ConnectionArn=arn)


def test_hosts_are_refused(client) -> None:
    host = "arn:aws:codeconnections:us-east-1:123456789012:host/a-1"
    with pytest.raises(ClientError, match="does not support hosts"):
        client.create_connection(ConnectionName="source", HostArn=host)
