"""Topics, their attributes and tags."""

from __future__ import annotations

import json
import re

from local_aws.contracts.members import unsupported_error
from local_aws.contracts.tags import TagErrors, TagForm, TagOperations
from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.iam.documents import MalformedPolicyError, parse_document

KIND = "sns-topic"
_TAG_FORM = TagForm(kept="Tags")

_ARN_ELEMENTS = 6
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
        self._topics = Collection(context.records, KIND, _missing)
        # Another code than that of the topics' own operations.
        tagged = Collection(context.records, KIND, lambda arn: _missing(arn, "ResourceNotFound"))
        self.tags = TagOperations(tagged.change, _TAG_FORM, _TAG_ERRORS)

    def create(self, request: Request) -> Answer:
        """Serve CreateTopic; a topic that exists with the same attributes and tags is returned again."""
        name, wanted = request["Name"], request.get("Attributes", {})
        arn = self._settings.arn("sns", name)
        for attribute, value in wanted.items():
            _check(attribute, value)
        if not _NAME.fullmatch(name):
            raise invalid("Topic Name")
        tags = _TAG_FORM.read(request)
        topic = {"TopicArn": arn, "Attributes": {**_defaults(arn), **wanted}, "Tags": tags}
        existing = self._topics.find(arn)
        if existing is None:
            self._topics.add(arn, topic)
        elif not wanted.items() <= existing["Attributes"].items():
            raise invalid("Attributes Reason: Topic already exists with different attributes")
        elif tags and tags != existing["Tags"]:
            raise invalid("Tags Reason: Topic already exists with different tags")
        return {"TopicArn": arn}

    def set_attributes(self, request: Request) -> Answer:
        """Serve SetTopicAttributes; an empty value restores the default."""
        name, value = request["AttributeName"], request.get("AttributeValue", "")
        arn = self.checked_arn(request["TopicArn"])
        if value or name not in _ATTRIBUTES:
            _check(name, value)

        def change(topic: Record) -> None:
            topic["Attributes"][name] = value or _defaults(arn).get(name, "")

        self._topics.change(arn, change)
        return {}

    def list(self, request: Request) -> Answer:
        """Serve ListTopics."""
        return {"Topics": [{"TopicArn": topic["TopicArn"]} for topic in self._topics.list()]}

    def get(self, arn: str) -> Record:
        """Return the record of a topic that a request names."""
        return self._topics.get(self.checked_arn(arn))

    def remove(self, arn: str) -> None:
        """Remove a topic; one that does not exist is not an error."""
        self._topics.discard(arn)

    def checked_arn(self, arn: str, member: str = "TopicArn") -> str:
        """Return an ARN of this region that a member of a request names."""
        elements = arn.split(":")
        if len(elements) < _ARN_ELEMENTS:
            reason = f"An ARN must have at least {_ARN_ELEMENTS} elements, not {len(elements)}"
            raise invalid(f"{member} Reason: {reason}")
        if elements[3] != self._settings.region:
            raise invalid(member)
        return arn


def _missing(_arn: str, code: str = "NotFound") -> AwsError:
    return AwsError(code, "Topic does not exist", 404)


def invalid(what: str) -> AwsError:
    """Return the error for a parameter that is not valid."""
    return AwsError("InvalidParameter", f"Invalid parameter: {what}")


_TAG_ERRORS = TagErrors(
    too_many=lambda: AwsError("TagLimitExceeded", "Could not complete request: tag quota of per resource exceeded"),
    duplicate=lambda: invalid("Duplicated keys are not allowed."),
)


def _check(name: str, value: str) -> None:
    if name not in _ATTRIBUTES:
        raise unsupported_error(f"attribute {name}", "standard topics", "InvalidParameter")
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
