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


TOPIC = "arn:aws:sns:us-east-1:123456789012:t"
PUBLISH = {**ALLOW, "Action": "sns:Publish", "Resource": TOPIC}
OF_THE_RULE = {"ArnEquals": {"aws:SourceArn": RULE}}


def test_eventbridge_publishes_under_a_statement_without_a_condition():
    check_service_access(policy(PUBLISH), ServiceAccess("events.amazonaws.com", "sns:Publish", TOPIC, RULE))


@pytest.mark.parametrize(
    "condition",
    [
        OF_THE_RULE,
        {"StringEquals": {"aws:SourceAccount": "123456789012"}},
        {"ArnLikeIfExists": {"aws:SourceArn": RULE}},
        {"Null": {"aws:SourceArn": "true"}},
    ],
)
def test_eventbridge_does_not_publish_under_a_statement_with_a_condition(condition):
    access = ServiceAccess("events.amazonaws.com", "sns:Publish", TOPIC, RULE)
    with pytest.raises(AwsError, match="does not allow it"):
        check_service_access(policy({**PUBLISH, "Condition": condition}), access)


def test_condition_still_denies_eventbridge_a_topic():
    access = ServiceAccess("events.amazonaws.com", "sns:Publish", TOPIC, RULE)
    with pytest.raises(AwsError, match="denies it"):
        check_service_access(policy(PUBLISH, {**PUBLISH, "Effect": "Deny", "Condition": OF_THE_RULE}), access)


def test_other_services_publish_under_a_statement_with_a_condition():
    alarm = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a"
    statement = {
        **PUBLISH,
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Condition": {"ArnEquals": {"aws:SourceArn": alarm}},
    }
    check_service_access(policy(statement), ServiceAccess("cloudwatch.amazonaws.com", "sns:Publish", TOPIC, alarm))
