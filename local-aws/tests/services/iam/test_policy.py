"""The evaluator, by tables."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_aws.services.iam.documents import Document, MalformedPolicyError, parse_document
from local_aws.services.iam.policy import Access, Policies, decide

ROLE = "arn:aws:iam::123456789012:role/r"
ROOT = "arn:aws:iam::123456789012:root"
USER = "arn:aws:iam::123456789012:user/u"
OBJECT = "arn:aws:s3:::bucket/a/b"


def document(*statements: dict[str, Any], version: str = "2012-10-17", kind: str = "role") -> Document:
    text = json.dumps({"Version": version, "Statement": list(statements)})
    return parse_document(text, "p", kind, of_resource=kind == "resource")


def statement(effect: str = "Allow", action: Any = "s3:GetObject", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def effect(*statements: dict[str, Any], action: str = "s3:GetObject", resource: str = OBJECT, **context: Any) -> str:
    entries = {key.lower(): value if isinstance(value, list) else [value] for key, value in context.items()}
    return decide(Policies([document(*statements)]), Access(action, resource, ROLE, entries)).effect


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("s3:GetObject", "*", "allowed"),
        ("S3:getobject", "*", "allowed"),
        ("s3:*", "*", "allowed"),
        ("*", "*", "allowed"),
        ("s3:Get?bject", "*", "allowed"),
        ("s3:Get", "*", "implicitDeny"),
        ("s3:PutObject", "*", "implicitDeny"),
        (["s3:PutObject", "s3:Get*"], "*", "allowed"),
        ("s3:GetObject", "arn:aws:s3:::bucket/*", "allowed"),
        ("s3:GetObject", "arn:aws:s3:::bucket/a/?", "allowed"),
        ("s3:GetObject", "arn:aws:s3:::buck*", "allowed"),
        ("s3:GetObject", "arn:aws:s3:::bucket", "implicitDeny"),
        ("s3:GetObject", "arn:aws:s3:::Bucket/*", "implicitDeny"),
        ("s3:GetObject", "arn:aws:*", "allowed"),
        ("s3:GetObject", "arn:*:bucket/a/b", "implicitDeny"),
        ("s3:GetObject", ["arn:aws:s3:::x", OBJECT], "allowed"),
    ],
)
def test_actions_and_resources(action: Any, resource: Any, expected: str) -> None:
    assert effect(statement(action=action, resource=resource)) == expected


def test_the_elements_that_name_all_but() -> None:
    not_action = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
    not_resource = {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::secret*"}
    assert effect(not_action) == "allowed"
    assert effect(not_action, action="iam:PassRole") == "implicitDeny"
    assert effect(not_resource) == "allowed"
    assert effect(not_resource, resource="arn:aws:s3:::secret/x") == "implicitDeny"


def test_a_pattern_does_not_match_no_resource_in_particular() -> None:
    assert effect(statement(resource="arn:aws:s3:::bucket/*"), resource="*") == "implicitDeny"
    assert effect(statement(resource="*"), resource="*") == "allowed"


def test_a_deny_is_stronger_than_any_allow_and_is_what_matched() -> None:
    policies = Policies([document(statement(), statement("Deny", resource="arn:aws:s3:::bucket/a/*"))])
    decision = decide(policies, Access("s3:GetObject", OBJECT, ROLE))
    assert decision.effect == "explicitDeny"
    assert [found.allows for _, found in decision.matched] == [False]
    assert decide(policies, Access("s3:GetObject", "arn:aws:s3:::bucket/c", ROLE)).effect == "allowed"


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*", "allowed"),
        ("arn:aws:s3:::bucket/${aws:PrincipalTag/none, 'a'}/*", "allowed"),
        ("arn:aws:s3:::bucket/${aws:PrincipalTag/none}/*", "implicitDeny"),
        ("arn:aws:s3:::bucket/${aws:PrincipalTag/wild}/b", "implicitDeny"),
        ("arn:aws:s3:::bucket/${*}/b", "implicitDeny"),
    ],
)
def test_variables(resource: str, expected: str) -> None:
    context = {"aws:PrincipalTag/team": "a", "aws:PrincipalTag/wild": "*"}
    assert effect(statement(resource=resource), **context) == expected


def test_in_policies_of_2008_nothing_is_a_variable() -> None:
    old = document(statement(resource="arn:aws:s3:::bucket/${aws:x}/b"), version="2008-10-17")
    assert decide(Policies([old]), Access("s3:GetObject", OBJECT, ROLE, {"aws:x": ["a"]})).effect == "implicitDeny"
    literal = Access("s3:GetObject", "arn:aws:s3:::bucket/${aws:x}/b", ROLE)
    assert decide(Policies([old]), literal).effect == "allowed"


def test_a_boundary_limits_and_grants_nothing() -> None:
    wide, narrow = document(statement(action="*")), document(statement(action="s3:*"))
    inside = decide(Policies([wide], [narrow]), Access("s3:GetObject", OBJECT, ROLE))
    outside = decide(Policies([wide], [narrow]), Access("iam:GetRole", ROLE, ROLE))
    nothing = decide(Policies([], [wide]), Access("s3:GetObject", OBJECT, ROLE))
    assert (inside.effect, inside.within_boundary) == ("allowed", True)
    assert (outside.effect, outside.within_boundary) == ("implicitDeny", False)
    assert (nothing.effect, nothing.within_boundary) == ("implicitDeny", True)


@pytest.mark.parametrize(
    ("principal", "granted", "boundary", "elsewhere", "identity", "expected"),
    [
        (ROLE, ROLE, None, False, False, "allowed"),
        (ROLE, "*", None, False, False, "allowed"),
        (ROLE, "123456789012", None, False, False, "implicitDeny"),
        (ROLE, ROOT, None, False, False, "implicitDeny"),
        (ROLE, ROOT, None, False, True, "allowed"),
        (ROLE, ROOT, None, True, False, "implicitDeny"),
        (ROLE, ROOT, None, True, True, "allowed"),
        (ROLE, USER, None, False, False, "implicitDeny"),
        (ROLE, ROLE, "iam:*", False, False, "implicitDeny"),
        (USER, USER, "iam:*", False, False, "allowed"),
        (ROLE, ROLE, None, True, False, "implicitDeny"),
        (ROLE, ROLE, None, True, True, "allowed"),
    ],
)
def test_a_resources_policy(
    principal: str, granted: str, boundary: str | None, elsewhere: bool, identity: bool, expected: str
) -> None:
    resource = document({**statement(), "Principal": {"AWS": granted}}, kind="resource")
    bound = None if boundary is None else [document(statement(action=boundary))]
    own = [document(statement())] if identity else []
    decision = decide(Policies(own, bound, resource, elsewhere), Access("s3:GetObject", OBJECT, principal))
    assert decision.effect == expected


@pytest.mark.parametrize("action", ["kms:Decrypt", "KMS:decrypt", "sts:AssumeRole"])
@pytest.mark.parametrize(
    ("granted", "identity", "expected"),
    [
        (ROLE, False, "allowed"),
        (ROOT, True, "allowed"),
        ("123456789012", True, "allowed"),
        (ROOT, False, "implicitDeny"),
        (USER, True, "implicitDeny"),
        (None, True, "allowed"),
    ],
)
def test_a_key_and_a_role_let_in_nobody_whom_their_policy_does_not_name(
    action: str, granted: str | None, identity: bool, expected: str
) -> None:
    naming = {"Effect": "Allow", "Principal": {"AWS": granted}, "Action": action}
    resource = document(naming, kind="resource") if granted else None
    own = [document(statement(action="*"))] if identity else []
    decision = decide(Policies(own, None, resource), Access(action, "arn:aws:x:us-east-1:123456789012:y", ROLE))
    assert decision.effect == expected


def test_a_denial_to_the_account_is_one_to_its_principals() -> None:
    denial = {**statement("Deny"), "Principal": {"AWS": ROOT}}
    policies = Policies([document(statement())], None, document(denial, kind="resource"))
    assert decide(policies, Access("s3:GetObject", OBJECT, ROLE)).effect == "explicitDeny"


def test_a_resources_policy_denies_all_but_some() -> None:
    denial = {"Effect": "Deny", "NotPrincipal": {"AWS": ROLE}, "Action": "*", "Resource": "*"}
    policies = Policies([document(statement())], None, document(denial, kind="resource"))
    assert decide(policies, Access("s3:GetObject", OBJECT, ROLE)).effect == "allowed"
    assert decide(policies, Access("s3:GetObject", OBJECT, USER)).effect == "explicitDeny"


def test_keys_that_the_context_lacks_are_named() -> None:
    conditions = {
        "StringEquals": {"aws:RequestTag/Stack": "${aws:SourceAccount}", "aws:x": "1"},
        "Null": {"aws:n": "true"},
    }
    policies = Policies([document(statement(Condition=conditions), statement(action="iam:*", Condition=conditions))])
    decision = decide(policies, Access("s3:GetObject", OBJECT, ROLE, {"aws:x": ["1"]}))
    assert decision.missing == ("aws:RequestTag/Stack", "aws:SourceAccount")


def test_a_statement_knows_where_it_stands() -> None:
    text = '{\n  "Statement": [\n    {"Effect": "Allow", "Action": "*", "Resource": "*"},\n    {"Effect": "Deny",\n'
    text += '     "Action": "*", "Resource": "arn:}"}\n  ], "Version": "2012-10-17"\n}'
    parsed = parse_document(text, "p", "none")
    places = [(parsed.position(one.start), parsed.position(one.end)) for one in parsed.statements]
    assert places == [
        ({"Line": 3, "Column": 5}, {"Line": 3, "Column": 56}),
        ({"Line": 4, "Column": 5}, {"Line": 5, "Column": 41}),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "valid JSON"),
        ("{}", "no Statement"),
        ('{"Version": "2020-01-01", "Statement": []}', "must be one of 2008-10-17, 2012-10-17"),
        ('{"Statement": {"Effect": "Maybe", "Action": "*", "Resource": "*"}}', "Allow or Deny"),
        ('{"Statement": {"Effect": "Allow", "Resource": "*"}}', "either Action or NotAction"),
        ('{"Statement": {"Effect": "Allow", "Action": "*"}}', "either Resource or NotResource"),
        ('{"Statement": {"Effect": "Allow", "Action": 1, "Resource": "*"}}', "Action must be a string"),
        ('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}}', "no Principal"),
        ('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Extra": 1}}', "no element Extra"),
        (
            '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringIs": {"a": "b"}}}}',
            "StringIs is not a condition operator",
        ),
        (
            '{"Statement": {"Effect": "Allow", "Action": "GetObject", "Resource": "*"}}',
            "must be prefaced by a vendor.*'GetObject'",
        ),
        (
            '{"Statement": {"Effect": "Deny", "NotAction": ["*", "Get*"], "Resource": "*"}}',
            "must be prefaced by a vendor",
        ),
        ('{"Statement": {"Effect": "Allow", "Action": "s3:Get:Object", "Resource": "*"}}', "only one colon"),
        ('{"Statement": {"Effect": "Allow", "Action": "s3 :GetObject", "Resource": "*"}}', "Vendor s3  is not valid"),
        ('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "foo"}}', "Resource foo must be in ARN format"),
        (
            '{"Statement": {"Effect": "Allow", "Action": "*", "NotResource": ["*", "a:b"]}}',
            "Resource a:b must be in ARN",
        ),
    ],
)
def test_what_is_no_policy(text: str, words: str) -> None:
    with pytest.raises(MalformedPolicyError, match=words):
        parse_document(text, "p", "none")


def test_a_resources_policy_names_resources_as_its_service_does() -> None:
    text = json.dumps({"Statement": {**statement(action="sqs:*", resource="/1/queue"), "Principal": "*"}})
    assert parse_document(text, "p", "resource", of_resource=True).statements[0].resources == ("/1/queue",)
    with pytest.raises(MalformedPolicyError, match="must be prefaced by a vendor"):
        parse_document(text.replace("sqs:*", "SendMessage"), "p", "resource", of_resource=True)
