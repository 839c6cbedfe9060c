"""Topics, their attributes and tags."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from local_aws.contracts.paging import page
from local_aws.kernel.context import ACCOUNT_ID, Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.iam.documents import MalformedPolicyError, parse_document

KIND = "sns-topic"

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_ATTRIBUTES = ("DisplayName", "KmsMasterKeyId", "Policy")
_OWNERS_ACTIONS = (
    *("GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "Subscribe"),
    *("ListSubscriptionsByTopic", "Publish"),
)


class Topics:
    """The topics, by ARN."""

    def __init__(self, context: Context) -> None:
        self._settings = context.settings
        self._records = context.records

    def create(self, request: Request) -> Answer:
        """CreateTopic; one that is there already with the same attributes and tags is given again."""
        name, given = request["Name"], request.get("Attributes", {})
        if not _NAME.fullmatch(name):
            raise invalid(f"Topic Name: {name!r}; FIFO topics are not done by local_aws")
        if "DataProtectionPolicy" in request:
            raise invalid("local_aws does not honour DataProtectionPolicy; remove it to run here")
        arn = self._settings.arn("sns", name)
        for attribute, value in given.items():
            _check(attribute, value)
        tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags", ())}
        topic = {"TopicArn": arn, "Attributes": {**_defaults(arn), **given}, "Tags": tags}
        try:
            self._records.insert(KIND, arn, topic)
        except KeyError:
            there = self.get(arn)
            if not given.items() <= there["Attributes"].items():
                raise invalid("Attributes Reason: Topic already exists with different attributes") from None
            if tags and tags != there["Tags"]:
                raise invalid("Tags Reason: Topic already exists with different tags") from None
        return {"TopicArn": arn}

    def set_attributes(self, request: Request) -> Answer:
        """SetTopicAttributes; an empty value puts the attribute back to what it is without being set."""
        name, value = request["AttributeName"], request.get("AttributeValue", "")
        arn = request["TopicArn"]
        if value or name not in _ATTRIBUTES:
            _check(name, value)

        def change(topic: Record) -> None:
            topic["Attributes"][name] = value or _defaults(arn).get(name, "")

        self._change(arn, change)
        return {}

    def list(self, request: Request) -> Answer:
        """ListTopics."""
        topics, token = page([{"TopicArn": topic["TopicArn"]} for topic in self._records.list(KIND)], request)
        return {"Topics": topics, **({"NextToken": token} if token else {})}

    def tag(self, request: Request) -> Answer:
        """TagResource."""
        tags = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
        self._change(request["ResourceArn"], lambda topic: topic["Tags"].update(tags), "ResourceNotFound")
        return {}

    def untag(self, request: Request) -> Answer:
        """UntagResource."""

        def change(topic: Record) -> None:
            for key in request["TagKeys"]:
                topic["Tags"].pop(key, None)

        self._change(request["ResourceArn"], change, "ResourceNotFound")
        return {}

    def list_tags(self, request: Request) -> Answer:
        """ListTagsForResource."""
        tags = self.get(request["ResourceArn"], "ResourceNotFound")["Tags"]
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def get(self, arn: str, missing: str = "NotFound") -> Record:
        """Return a topic's record.

        Raises
        ------
        AwsError
            With the code `missing`.
        """
        topic = self._records.get(KIND, arn)
        if topic is None:
            raise _missing(missing, arn)
        return topic

    def remove(self, arn: str) -> None:
        """Remove a topic; one that is not there is not an error."""
        self._records.delete(KIND, arn)

    def _change(self, arn: str, change: Callable[[Record], None], missing: str = "NotFound") -> Record:
        try:
            return self._records.update(KIND, arn, change)
        except KeyError:
            raise _missing(missing, arn) from None


def _missing(code: str, arn: str) -> AwsError:
    return AwsError(code, f"Topic does not exist: {arn}", 404)


def invalid(what: str) -> AwsError:
    """Return the error for a parameter that SNS, or local_aws, does not take."""
    return AwsError("InvalidParameter", f"Invalid parameter: {what}")


def _check(name: str, value: str) -> None:
    if name not in _ATTRIBUTES:
        raise invalid(
            f"AttributeName: local_aws does not honour the topic attribute {name}; its topics are standard ones"
        )
    if name == "Policy":
        try:
            parse_document(value, name, "resource", of_resource=True)
        except MalformedPolicyError as error:
            raise invalid(f"Policy Reason: {error}") from error


def _defaults(arn: str) -> dict[str, str]:
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in _OWNERS_ACTIONS],
        "Resource": arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": ACCOUNT_ID}},
    }
    policy = {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
    return {"DisplayName": "", "Policy": json.dumps(policy, separators=(",", ":"))}
