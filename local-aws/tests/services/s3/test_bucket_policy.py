"""Which bucket policies are public."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_aws.services.s3.bucket_policy import check_policy, is_public


def public(**changes: Any) -> bool:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*"}
    statement = {key: value for key, value in (statement | changes).items() if value is not None}
    return is_public(check_policy("b", json.dumps({"Version": "2012-10-17", "Statement": [statement]})))


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": ["arn:aws:iam::123456789012:root", "*"]}, True),
        ({"Federated": "graph.facebook.com"}, True),
        ({"AWS": "arn:aws:iam::123456789012:role/r"}, False),
        ({"AWS": "123456789012", "Service": "cloudtrail.amazonaws.com"}, False),
    ],
)
def test_only_fixed_principals_are_not_the_public(principal: Any, expected: bool) -> None:
    assert public(Principal=principal) is expected


def test_all_but_some_are_the_public_and_a_denial_lets_nobody_in() -> None:
    assert public(Principal=None, NotPrincipal={"AWS": "arn:aws:iam::123456789012:role/r"})
    assert not public(Effect="Deny")


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringEquals", "aws:SourceVpc", "vpc-91237329"),
        ("StringLike", "AWS:sourcevpce", ["vpce-1", "vpce-2"]),
        ("StringEquals", "aws:SourceAccount", "123456789012"),
        ("StringEquals", "aws:SourceOwner", "123456789012"),
        ("StringEquals", "aws:PrincipalOrgID", "o-1"),
        ("ForAnyValue:StringEquals", "aws:PrincipalOrgPaths", "o-1/r-1/ou-1/"),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:::logged"),
        ("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::123456789012:role/r"),
        ("StringEquals", "aws:userid", "AIDAEXAMPLE"),
        ("StringEquals", "s3:x-amz-server-side-encryption-aws-kms-key-id", "arn:aws:kms:us-east-1:1:key/k"),
        ("StringEquals", "s3:DataAccessPointAccount", "123456789012"),
        ("ArnLike", "s3:DataAccessPointArn", "arn:aws:s3:us-west-2:123456789012:accesspoint/*"),
        ("IpAddress", "aws:SourceIp", ["203.0.113.7", "10.0.0.0/8", "2001:db8::/32"]),
    ],
)
def test_fixed_values_limit_a_statement(operator: str, key: str, value: Any) -> None:
    assert not public(Condition={operator: {key: value}})
    assert not public(Condition={operator: {key: value}, "Bool": {"aws:SecureTransport": "true"}})


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("Bool", "aws:SecureTransport", "true"),
        ("StringEquals", "aws:PrincipalTag/team", "red"),
        ("StringLike", "aws:SourceVpc", "vpc-*"),
        ("StringLike", "aws:SourceVpc", ["vpc-1", "vpc-?"]),
        ("StringEquals", "aws:SourceVpc", "${aws:PrincipalTag/vpc}"),
        ("StringEqualsIfExists", "aws:SourceVpc", "vpc-1"),
        ("ForAllValues:StringEquals", "aws:SourceVpc", "vpc-1"),
        ("StringNotEquals", "aws:SourceVpc", "vpc-1"),
        ("Null", "aws:SourceVpc", "false"),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:::*"),
        ("StringLike", "aws:userid", "AROAEXAMPLE:*"),
        ("StringEquals", "aws:userid", "AROAEXAMPLE:session"),
        ("ArnLike", "s3:DataAccessPointArn", "arn:aws:s3:us-west-2:*:accesspoint/one"),
        ("ArnLike", "s3:DataAccessPointArn", "*"),
        ("IpAddress", "aws:SourceIp", "0.0.0.0/1"),
        ("IpAddress", "aws:SourceIp", ["203.0.113.0/24", "::/0"]),
        ("IpAddress", "aws:SourceIp", "anywhere"),
        ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"),
        ("StringEquals", "aws:SourceIp", "203.0.113.7"),
    ],
)
def test_other_conditions_do_not(operator: str, key: str, value: Any) -> None:
    assert public(Condition={operator: {key: value}})
