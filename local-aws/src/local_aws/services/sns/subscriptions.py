"""Subscriptions of topics: queues at once, e-mail addresses once they confirm, which nobody here does."""

from __future__ import annotations

import builtins
import re
import threading
import uuid
from collections.abc import Iterable

from local_aws.contracts.members import unsupported_error
from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.sns.topics import Topics, invalid

KIND = "sns-subscription"

_ARN = re.compile(r"(?:[^:]+:){6}[^:]+")
_RAW = "RawMessageDelivery"
_UNSUPPORTED = ("DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy", "ReplayPolicy")
_PROTOCOLS = (*("application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"),)
_SUMMARY = ("SubscriptionArn", "Owner", "Protocol", "Endpoint", "TopicArn")


class Subscriptions:
    """The subscriptions, by ARN."""

    def __init__(self, context: Context, topics: Topics) -> None:
        self._context = context
        self._subscriptions = Collection(context.records, KIND, _missing)
        self._topics = topics
        self._subscribing = threading.Lock()

    def subscribe(self, request: Request) -> Answer:
        """Serve Subscribe; an endpoint that is subscribed already gets its subscription again."""
        arn = self._topics.get(request["TopicArn"])["TopicArn"]
        protocol, endpoint = request["Protocol"], request.get("Endpoint", "")
        self._check_endpoint(protocol, endpoint)
        attributes = request.get("Attributes", {})
        is_raw = _is_raw(protocol, attributes, "Attributes Reason: ")
        subscription = {
            "SubscriptionArn": f"{arn}:{uuid.uuid4()}",
            "Owner": ACCOUNT_ID,
            "Protocol": protocol,
            "Endpoint": endpoint,
            "TopicArn": arn,
            "IsPending": protocol == "email",
            "IsRaw": is_raw,
        }
        with self._subscribing:
            for existing in self.of_topic(arn):
                if (existing["Protocol"], existing["Endpoint"]) == (protocol, endpoint):
                    if attributes and existing["IsRaw"] != is_raw:
                        raise invalid("Attributes Reason: Subscription already exists with different attributes")
                    subscription = existing
            self._subscriptions.put(subscription["SubscriptionArn"], subscription)
        if subscription["IsPending"] and not request.get("ReturnSubscriptionArn"):
            return {"SubscriptionArn": "pending confirmation"}
        return {"SubscriptionArn": subscription["SubscriptionArn"]}

    def unsubscribe(self, request: Request) -> Answer:
        """Serve Unsubscribe; a subscription that does not exist is not an error, as in SNS."""
        arn = self._topics.checked_arn(request["SubscriptionArn"], "SubscriptionArn")
        if not _ARN.fullmatch(arn):
            raise invalid("SubscriptionId")
        self._subscriptions.discard(arn)
        return {}

    def list(self, request: Request) -> Answer:
        """Serve ListSubscriptions."""
        return _listed(self._subscriptions.list())

    def list_by_topic(self, request: Request) -> Answer:
        """Serve ListSubscriptionsByTopic."""
        return _listed(self.of_topic(self._topics.get(request["TopicArn"])["TopicArn"]))

    def get_attributes(self, request: Request) -> Answer:
        """Serve GetSubscriptionAttributes."""
        subscription = self._subscriptions.get(request["SubscriptionArn"])
        return {
            "Attributes": {
                **{key: subscription[key] for key in _SUMMARY},
                "ConfirmationWasAuthenticated": _flag(not subscription["IsPending"]),
                "PendingConfirmation": _flag(subscription["IsPending"]),
                "RawMessageDelivery": _flag(subscription["IsRaw"]),
            }
        }

    def set_attributes(self, request: Request) -> Answer:
        """Serve SetSubscriptionAttributes."""
        subscription = self._subscriptions.get(request["SubscriptionArn"])
        name = request["AttributeName"]
        if name not in (_RAW, *_UNSUPPORTED):
            raise invalid("AttributeName")
        is_raw = _is_raw(subscription["Protocol"], {name: request.get("AttributeValue", "")})
        self._subscriptions.put(subscription["SubscriptionArn"], {**subscription, "IsRaw": is_raw})
        return {}

    def get_topic_attributes(self, request: Request) -> Answer:
        """Serve GetTopicAttributes, which count the topic's subscriptions."""
        topic = self._topics.get(request["TopicArn"])
        subscriptions = self.of_topic(topic["TopicArn"])
        pending = sum(1 for subscription in subscriptions if subscription["IsPending"])
        return {
            "Attributes": {
                **topic["Attributes"],
                "Owner": ACCOUNT_ID,
                "TopicArn": topic["TopicArn"],
                "SubscriptionsConfirmed": str(len(subscriptions) - pending),
                "SubscriptionsPending": str(pending),
                "SubscriptionsDeleted": "0",
            }
        }

    def delete_topic(self, request: Request) -> Answer:
        """Serve DeleteTopic: its subscriptions go too; a topic that does not exist is not an error, as in SNS."""
        for subscription in self.of_topic(request["TopicArn"]):
            self._subscriptions.discard(subscription["SubscriptionArn"])
        self._topics.remove(request["TopicArn"])
        return {}

    def of_topic(self, arn: str) -> builtins.list[Record]:
        """Return a topic's subscriptions, oldest first."""
        return self._subscriptions.list({"TopicArn": arn})

    def _check_endpoint(self, protocol: str, endpoint: str) -> None:
        if protocol == "sqs":
            if not endpoint.startswith(self._context.settings.arn("sqs", "")):
                raise invalid("SQS endpoint ARN")
        elif protocol == "email":
            if "@" not in endpoint.strip("@"):
                raise invalid(f"Email address: {endpoint!r}")
        elif protocol not in _PROTOCOLS:
            raise invalid(f"Amazon SNS does not support this protocol string: {protocol}")
        else:
            what = f"Protocol {protocol!r} (supported: sqs; email, which stays pending)"
            raise unsupported_error(what, "Subscribe", "InvalidParameter")


def _is_raw(protocol: str, attributes: dict[str, str], where: str = "") -> bool:
    for name, value in attributes.items():
        if name != _RAW:
            raise unsupported_error(f"attribute {name}", "subscriptions", "InvalidParameter")
        if value.lower() not in ("true", "false"):
            raise invalid(f"{where}{_RAW}: Invalid value [{value}]. Must be true or false.")
        if value.lower() == "true" and protocol != "sqs":
            raise invalid(f"{where}{_RAW}: Not supported for protocol {protocol}")
    return attributes.get(_RAW, "").lower() == "true"


def _listed(subscriptions: Iterable[Record]) -> Answer:
    shown = [
        {
            **{key: item[key] for key in _SUMMARY},
            **({"SubscriptionArn": "PendingConfirmation"} if item["IsPending"] else {}),
        }
        for item in subscriptions
    ]
    return {"Subscriptions": shown}


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _missing(_arn: str) -> AwsError:
    return AwsError("NotFound", "Subscription does not exist", 404)
