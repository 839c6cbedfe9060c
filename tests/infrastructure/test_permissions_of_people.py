"""What a person is told to have granted: calls on the deployment's own resources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infrastructure.names import Names
from infrastructure.permissions import denied, needs
from tests.servers import running

NAMES = Names("blue-", "123456789012", "us-east-1")
TRUST = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
}
MAY_PASS = {"StringEquals": {"iam:PassedToService": ["cloudformation.amazonaws.com", "sagemaker.amazonaws.com"]}}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with running(tmp_path_factory.mktemp("server")) as server:
        yield server.client("iam")


def role_with(client: Any, name: str, *statements: dict[str, Any]) -> str:
    role = client.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    client.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(document))
    return str(role["Arn"])


def statements_for(names: Names) -> list[dict[str, Any]]:
    """Grant what is needed and no more."""
    return [
        {
            "Effect": "Allow",
            "Action": list(need.actions),
            "Resource": need.resource,
            **({"Condition": MAY_PASS} if need.passed_to else {}),
        }
        for need in needs(names)
    ]


def test_rights_on_the_deployments_own_resources_suffice(client):
    role = role_with(client, "narrow", *statements_for(NAMES))
    assert list(denied(client, role, needs(NAMES))) == []


def test_rights_on_another_deployments_resources_do_not(client):
    role = role_with(client, "other", *statements_for(Names("green-", NAMES.account, NAMES.region)))
    own = [need for need in needs(NAMES) if need.resource != "*"]
    assert len(list(denied(client, role, needs(NAMES)))) == len(own)


def test_what_is_refused_is_named_with_its_resource(client):
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    no_approvals = {"Effect": "Deny", "Action": "sagemaker:UpdateModelPackage", "Resource": "*"}
    role = role_with(client, "no-approvals", everything, no_approvals)
    assert list(denied(client, role, needs(NAMES))) == [
        "sagemaker:UpdateModelPackage on "
        "arn:aws:sagemaker:us-east-1:123456789012:model-package/blue-playground-accessibility/*"
    ]
