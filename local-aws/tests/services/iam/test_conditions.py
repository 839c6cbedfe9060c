"""The condition operators, by a table."""

from __future__ import annotations

import pytest

from local_aws.services.iam.conditions import UnknownOperatorError, check_operator, holds

ARN = "arn:aws:s3:::bucket/key"


@pytest.mark.parametrize(
    ("operator", "wanted", "actual", "expected"),
    [
        ("StringEquals", ["a", "b"], ["b"], True),
        ("StringEquals", ["a"], ["A"], False),
        ("stringequals", ["a"], ["a"], True),
        ("StringEquals", ["a"], [], False),
        ("StringEqualsIfExists", ["a"], [], True),
        ("StringEqualsIfExists", ["a"], ["b"], False),
        ("StringNotEquals", ["a", "b"], ["b"], False),
        ("StringNotEquals", ["a", "b"], ["c"], True),
        ("StringNotEquals", ["a"], [], True),
        ("StringEqualsIgnoreCase", ["a"], ["A"], True),
        ("StringNotEqualsIgnoreCase", ["a"], ["A"], False),
        ("StringLike", ["a*c?"], ["abbcd"], True),
        ("StringLike", ["a*"], ["ba"], False),
        ("StringNotLike", ["a*"], ["ba"], True),
        ("StringEquals", ["${team}"], ["red"], True),
        ("StringEquals", ["${nobody}"], ["red"], False),
        ("NumericEquals", ["1"], ["1.0"], True),
        ("NumericNotEquals", ["1"], ["2"], True),
        ("NumericLessThan", ["10"], ["9"], True),
        ("NumericLessThanEquals", ["10"], ["10"], True),
        ("NumericGreaterThan", ["10"], ["9"], False),
        ("NumericGreaterThanEquals", ["10"], ["10"], True),
        ("NumericEquals", ["1"], ["one"], False),
        ("DateEquals", ["2026-01-01T00:00:00Z"], ["2026-01-01T01:00:00+01:00"], True),
        ("DateLessThan", ["2026-01-01"], ["2025-12-31T23:59:59Z"], True),
        ("DateGreaterThan", ["1767225600"], ["2026-01-01T00:00:01Z"], True),
        ("DateNotEquals", ["2026-01-01T00:00:00Z"], ["2026-01-01T00:00:00Z"], False),
        ("Bool", ["true"], ["True"], True),
        ("Bool", ["true"], ["false"], False),
        ("BoolIfExists", ["true"], [], True),
        ("BinaryEquals", ["QmluYXJ5"], ["QmluYXJ5"], True),
        ("IpAddress", ["203.0.113.0/24", "2001:db8::/32"], ["203.0.113.9"], True),
        ("IpAddress", ["203.0.113.0/24"], ["203.0.114.9"], False),
        ("NotIpAddress", ["203.0.113.0/24"], ["203.0.114.9"], True),
        ("IpAddress", ["203.0.113.7"], ["203.0.113.7"], True),
        ("ArnLike", ["arn:aws:s3:::buck*"], [ARN], True),
        ("ArnEquals", ["arn:aws:*:::bucket/*"], [ARN], True),
        ("ArnLike", ["arn:*:bucket/key"], [ARN], False),
        ("ArnNotLike", ["arn:aws:s3:::other*"], [ARN], True),
        ("ArnNotEquals", [ARN], [ARN], False),
        ("Null", ["true"], [], True),
        ("Null", ["true"], ["a"], False),
        ("Null", ["false"], ["a"], True),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "b", "a"], True),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], False),
        ("ForAllValues:StringEquals", ["a"], [], True),
        ("ForAnyValue:StringEquals", ["a", "b"], ["c", "a"], True),
        ("ForAnyValue:StringEquals", ["a"], ["c"], False),
        ("ForAnyValue:StringEquals", ["a"], [], False),
        ("ForAnyValue:StringNotEquals", ["a"], ["a", "c"], True),
        ("ForAllValues:StringNotLike", ["a*"], ["b", "ab"], False),
    ],
)
def test_operators(operator: str, wanted: list[str], actual: list[str], expected: bool) -> None:
    context = {"aws:key": actual} if actual else {}
    assert holds({operator: {"AWS:Key": wanted}}, context, {"team": "red"}.get) is expected


def test_all_conditions_must_hold() -> None:
    both = {"StringEquals": {"aws:a": ["1"], "aws:b": ["2"]}}
    assert holds(both, {"aws:a": ["1"], "aws:b": ["2"]}, None)
    assert not holds(both, {"aws:a": ["1"], "aws:b": ["3"]}, None)


@pytest.mark.parametrize("operator", ["StringIs", "ForSome:StringEquals", "IfExists"])
def test_an_operator_that_iam_does_not_have(operator: str) -> None:
    with pytest.raises(UnknownOperatorError):
        check_operator(operator)
