"""Waits for events in tests: a queue that a rule delivers to."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.conftest import RunningServer

_SECONDS = 120


class Inbox:
    """A queue that gets every event that a pattern matches.

    Parameters
    ----------
    server
        A server that runs ``events.build`` and ``sqs.build`` beside what is tested.
    pattern
        The event pattern, e.g. ``{"source": ["aws.glue"]}``.
    name
        Name of rule and queue.
    """

    def __init__(self, server: RunningServer, pattern: dict[str, Any], name: str = "inbox") -> None:
        self._sqs = server.client("sqs")
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = let_in(self._sqs, self._url, "events.amazonaws.com")
        events = server.client("events")
        events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, Targets=[{"Id": "inbox", "Arn": arn}])

    def wait(self, count: int = 1, seconds: float = _SECONDS) -> list[dict[str, Any]]:
        """Return the next events; fail when fewer come in time."""
        events: list[dict[str, Any]] = []
        deadline = time.monotonic() + seconds
        while len(events) < count and time.monotonic() < deadline:
            answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
                events.append(json.loads(message["Body"]))
        assert len(events) >= count, f"{len(events)} events came in {seconds} s, not {count}: {events}"
        return events


def let_in(client: Any, url: str, service: str) -> str:
    """Set a policy that lets a service send to a queue; return the queue's ARN."""
    arn = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return arn


def let_deliver(client: Any, role: str, service: str = "events.amazonaws.com", **statement: Any) -> str:
    """Make a role that a service may assume, and that may deliver to anything; give its ARN.

    Parameters
    ----------
    statement
        Members of its policy's one statement to be otherwise.
    """
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    may = ["lambda:InvokeFunction", "sagemaker:StartPipelineExecution", "sns:Publish", "sqs:SendMessage"]
    policy = {"Effect": "Allow", "Action": may, "Resource": "*", **statement}

    def document(of: dict[str, Any]) -> str:
        return json.dumps({"Version": "2012-10-17", "Statement": [of]})

    arn = client.create_role(RoleName=role, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    client.put_role_policy(RoleName=role, PolicyName="deliver", PolicyDocument=document(policy))
    return str(arn)
