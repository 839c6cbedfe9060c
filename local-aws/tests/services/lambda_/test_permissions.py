"""Resource policies: statements that are added and removed, and what they let services do."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from local_aws.kernel.errors import AwsError
from local_aws.services.iam.resource_policies import check_resource_policy
from tests.services.lambda_.conftest import Bench

RULE = "arn:aws:events:us-east-1:123456789012:rule/data-ready"
EVENTS = "events.amazonaws.com"


def function(bench: Bench, name: str) -> str:
    return bench.create(name, "def handler(event, context): pass")["FunctionArn"]


def allow(bench: Bench, name: str, **members) -> dict:
    request = {"StatementId": "rule", "Action": "lambda:InvokeFunction", "Principal": EVENTS, **members}
    return json.loads(bench.client.add_permission(FunctionName=name, **request)["Statement"])


def may_invoke(bench: Bench, arn: str) -> bool:
    try:
        check_resource_policy(bench.server.context, EVENTS, arn, RULE)
    except AwsError as error:
        assert error.code in ("AccessDenied", "ResourceNotFoundException")
        return False
    return True


def test_statement_is_in_the_policy_until_it_is_removed(bench: Bench):
    arn = function(bench, "policy")
    statement = allow(bench, "policy", SourceArn=RULE, SourceAccount="123456789012")
    assert statement == {
        "Sid": "rule",
        "Effect": "Allow",
        "Principal": {"Service": EVENTS},
        "Action": "lambda:InvokeFunction",
        "Resource": arn,
        "Condition": {
            "StringEquals": {"AWS:SourceAccount": "123456789012"},
            "ArnLike": {"AWS:SourceArn": RULE},
        },
    }
    policy = json.loads(bench.client.get_policy(FunctionName="policy")["Policy"])
    assert policy["Statement"] == [statement]
    with pytest.raises(bench.client.exceptions.ResourceConflictException):
        allow(bench, "policy")
    bench.client.remove_permission(FunctionName="policy", StatementId="rule")
    with pytest.raises(bench.client.exceptions.ResourceNotFoundException):
        bench.client.get_policy(FunctionName="policy")
    with pytest.raises(bench.client.exceptions.ResourceNotFoundException):
        bench.client.remove_permission(FunctionName="policy", StatementId="rule")


@pytest.mark.parametrize(
    ("members", "allowed"),
    [
        ({}, True),
        ({"SourceArn": RULE}, True),
        ({"SourceArn": RULE.replace("data-ready", "data-*")}, True),
        ({"SourceArn": RULE.replace("data-ready", "other")}, False),
        ({"SourceAccount": "210987654321"}, False),
        ({"Principal": "s3.amazonaws.com"}, False),
        ({"Principal": "123456789012"}, False),
        ({"Principal": "*"}, True),
        ({"Action": "lambda:GetFunction"}, False),
        ({"Action": "lambda:*"}, True),
    ],
)
def test_service_may_invoke_what_a_statement_allows(bench: Bench, members, allowed):
    name = f"service-{abs(hash(str(members)))}"
    arn = function(bench, name)
    assert not may_invoke(bench, arn)
    allow(bench, name, **members)
    assert may_invoke(bench, arn) == allowed


def test_missing_function_cannot_be_invoked(bench: Bench):
    assert not may_invoke(bench, "arn:aws:lambda:us-east-1:123456789012:function:none")


def test_unsupported_conditions_are_refused(bench: Bench):
    function(bench, "refusing")
    with pytest.raises(ClientError, match="PrincipalOrgID"):
        allow(bench, "refusing", PrincipalOrgID="o-abcdefghij")
