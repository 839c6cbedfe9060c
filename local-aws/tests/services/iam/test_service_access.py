import json

import pytest

from local_aws.kernel.errors import AwsError
from local_aws.services.iam.service_access import ServiceAccess, check_service_access

QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
RULE = "arn:aws:events:us-east-1:123456789012:rule/r"
ACCESS = ServiceAccess("events.amazonaws.com", "sqs:SendMessage", QUEUE, RULE)
ALLOW = {
    "Effect": "Allow",
    "Principal": {"Service": "events.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": QUEUE,
}
TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sqs:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def policy(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.mark.parametrize(
    "statements",
    [
        [ALLOW],
        [{**ALLOW, "Condition": {"ArnEquals": {"aws:SourceArn": [RULE, f"{RULE}2"]}}}],
        [{**ALLOW, "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}],
        [{**ALLOW, "Principal": "*", "Action": ["SQS:*"], "Resource": "*"}],
        [ALLOW, TLS_ONLY],
        [ALLOW, {**ALLOW, "Effect": "Deny", "Principal": {"AWS": "123456789012"}}],
    ],
)
def test_a_policy_lets_a_service_in(statements):
    check_service_access(policy(*statements), ACCESS)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "does not allow it"),
        (policy(), "does not allow it"),
        (policy({**ALLOW, "Principal": {"Service": "sns.amazonaws.com"}}), "does not allow it"),
        (policy({**ALLOW, "Action": "sqs:ReceiveMessage"}), "does not allow it"),
        (policy({**ALLOW, "Resource": f"{QUEUE}2"}), "does not allow it"),
        (policy({**ALLOW, "Condition": {"ArnEquals": {"aws:SourceArn": f"{RULE}2"}}}), "does not allow it"),
        (policy(ALLOW, {**ALLOW, "Effect": "Deny"}), "denies it"),
        (
            policy({"Effect": "Deny", "NotPrincipal": {"AWS": "1"}, "NotAction": "s3:*", "NotResource": "x"}),
            "denies it",
        ),
        ("{}", "cannot be read"),
    ],
)
def test_a_policy_keeps_a_service_out(text, reason):
    with pytest.raises(AwsError, match=reason) as caught:
        check_service_access(text, ACCESS)
    assert caught.value.code == "AccessDenied"
