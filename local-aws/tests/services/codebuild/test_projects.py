"""Build projects are kept, changed and given back; no build is started."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.services import codebuild
from tests.conftest import running

PROJECT: dict[str, Any] = {
    "name": "lab",
    "source": {"type": "GITHUB", "location": "https://github.com/example/lab"},
    "artifacts": {"type": "NO_ARTIFACTS"},
    "environment": {
        "type": "LINUX_CONTAINER",
        "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
        "computeType": "BUILD_GENERAL1_SMALL",
        "environmentVariables": [{"name": "PREFIX", "value": "a-", "type": "PLAINTEXT"}],
    },
    "serviceRole": "arn:aws:iam::123456789012:role/build",
    "tags": [{"key": "Stack", "value": "lab"}],
}


@pytest.fixture
def client(tmp_path):
    with running(tmp_path, (codebuild.build,)) as server:
        yield server.client("codebuild")


def test_a_project(client) -> None:
    made = client.create_project(**PROJECT)["project"]
    assert made["arn"] == "arn:aws:codebuild:us-east-1:123456789012:project/lab"
    with pytest.raises(ClientError, match="ResourceAlreadyExists"):
        client.create_project(**PROJECT)
    client.update_project(name="lab", description="changed", timeoutInMinutes=30)
    found = client.batch_get_projects(names=["lab", "other"])
    assert found["projectsNotFound"] == ["other"]
    (project,) = found["projects"]
    assert (project["description"], project["timeoutInMinutes"]) == ("changed", 30)
    assert project["environment"]["environmentVariables"] == PROJECT["environment"]["environmentVariables"]
    assert client.list_projects()["projects"] == ["lab"]
    client.delete_project(name="lab")
    assert client.list_projects(sortBy="CREATED_TIME", sortOrder="DESCENDING")["projects"] == []


def test_no_build_is_started(client) -> None:
    client.create_project(**PROJECT)
    with pytest.raises(ClientError, match="codebuild:StartBuild"):
        client.start_build(projectName="lab")


def test_badge_that_is_not_wanted_is_no_member_of_the_project(client) -> None:
    assert "badgeEnabled" not in client.create_project(**PROJECT, badgeEnabled=False)["project"]


def test_what_has_no_effect_is_refused(client) -> None:
    with pytest.raises(ClientError, match="badgeEnabled"):
        client.create_project(**PROJECT, badgeEnabled=True)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        client.update_project(name="nobody")
