"""Connections are kept, and wait for somebody who completes them."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from local_aws.kernel.errors import StartError
from local_aws.services import codeconnections
from local_aws.services.codeconnections.connections import VARIABLE
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


def test_connections_are_completed_at_once_where_the_environment_says_so(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, "AVAILABLE")
    with running(tmp_path, (codeconnections.build,)) as server:
        client = server.client("codeconnections")
        arn = client.create_connection(ConnectionName="source", ProviderType="GitHub")["ConnectionArn"]
        assert client.get_connection(ConnectionArn=arn)["Connection"]["ConnectionStatus"] == "AVAILABLE"


def test_unknown_status_keeps_the_server_from_starting(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, "DONE")
    with (
        pytest.raises(StartError, match="must be one of PENDING, AVAILABLE; got 'DONE'"),
        running(tmp_path, (codeconnections.build,)),
    ):
        pass


def test_hosts_are_refused(client) -> None:
    host = "arn:aws:codeconnections:us-east-1:123456789012:host/a-1"
    with pytest.raises(ClientError, match="does not support hosts"):
        client.create_connection(ConnectionName="source", HostArn=host)
