"""Queues, their attributes and tags."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable

from local_aws.contracts.members import unsupported_error
from local_aws.contracts.paging import page
from local_aws.contracts.tags import TagForm, TagOperations
from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now
from local_aws.services.sqs.attributes import DEFAULTS, NAMES, merged, redrive, unknown_attribute
from local_aws.services.sqs.stored_messages import StoredMessages

KIND = "sqs-queue"

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_TAG_FORM = TagForm(resource="QueueUrl", key="", kept="Tags")
_SECONDS_BETWEEN_PURGES = 60


class Queues:
    """The queues, by name."""

    def __init__(self, context: Context, messages: StoredMessages) -> None:
        self._settings = context.settings
        self._queues = Collection(context.records, KIND, _missing)
        self._messages = messages
        self.tags = TagOperations(self._change, _TAG_FORM)

    def create(self, request: Request) -> Answer:
        """Serve CreateQueue; a queue that exists with the same attributes is returned again."""
        name, wanted = request["QueueName"], request.get("Attributes", {})
        if name.endswith(".fifo"):
            raise unsupported_error("FIFO queues", "CreateQueue", "InvalidParameterValue")
        if not _NAME.fullmatch(name):
            raise AwsError(
                "InvalidParameterValue",
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
            )
        attributes = merged(DEFAULTS, wanted)
        self._check_dead_letter_queue(attributes)
        created = str(int(now().timestamp()))
        queue = {
            "Name": name,
            "Attributes": attributes,
            "Tags": request.get("tags", {}),
            "CreatedTimestamp": created,
            "LastModifiedTimestamp": created,
        }
        existing = self._queues.find(name)
        if existing is None:
            self._queues.add(name, queue)
        else:
            for attribute, value in sorted(wanted.items()):
                if existing["Attributes"].get(attribute, "") != value:
                    raise _taken(attribute)
        return {"QueueUrl": self.url(name)}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteQueue: the messages go with the queue."""
        name = self.name_of(request["QueueUrl"])
        # The queue last: a server that is killed in between leaves no messages to a later queue of that name.
        self._messages.clear(name)
        self._queues.discard(name)
        return {}

    def get_url(self, request: Request) -> Answer:
        """Serve GetQueueUrl."""
        if request.get("QueueOwnerAWSAccountId", ACCOUNT_ID) != ACCOUNT_ID:
            raise _missing(request["QueueName"])
        return {"QueueUrl": self.url(self.get(request["QueueName"])["Name"])}

    def get_attributes(self, request: Request) -> Answer:
        """Serve GetQueueAttributes: those that are asked for, none by default."""
        queue = self.of_url(request["QueueUrl"])
        depth = self._messages.depth(queue["Name"])
        attributes = {
            **queue["Attributes"],
            "ApproximateNumberOfMessages": str(depth.visible),
            "ApproximateNumberOfMessagesNotVisible": str(depth.in_flight),
            "ApproximateNumberOfMessagesDelayed": str(depth.delayed),
            "CreatedTimestamp": queue["CreatedTimestamp"],
            "LastModifiedTimestamp": queue["LastModifiedTimestamp"],
            "QueueArn": self.arn(queue["Name"]),
        }
        wanted = request.get("AttributeNames", [])
        for name in wanted:
            if name not in NAMES:
                raise unknown_attribute(name)
        chosen = {name: value for name, value in attributes.items() if name in wanted or "All" in wanted}
        return {"Attributes": chosen} if chosen else {}

    def set_attributes(self, request: Request) -> Answer:
        """Serve SetQueueAttributes."""

        def change(queue: Record) -> None:
            queue["Attributes"] = merged(queue["Attributes"], request["Attributes"])
            self._check_dead_letter_queue(queue["Attributes"])
            queue["LastModifiedTimestamp"] = str(int(now().timestamp()))

        self._change(request["QueueUrl"], change)
        return {}

    def list(self, request: Request) -> Answer:
        """Serve ListQueues; an empty listing has no member at all, as in SQS."""
        prefix = request.get("QueueNamePrefix", "")
        urls = [self.url(name) for name in self.names() if name.startswith(prefix)]
        if not urls:
            return {}
        listed, token = page(urls, request, default=1_000)
        return {"QueueUrls": listed, **({"NextToken": token} if token else {})}

    def list_tags(self, request: Request) -> Answer:
        """Serve ListQueueTags; a queue without tags has no member for them, as in SQS."""
        tags = self.of_url(request["QueueUrl"])["Tags"]
        return {"Tags": tags} if tags else {}

    def record_purge(self, name: str) -> None:
        """Record that a queue is purged now, which it can be once in 60 seconds."""
        moment = now().timestamp()

        def change(queue: Record) -> None:
            if moment - queue.get("PurgedAt", 0.0) < _SECONDS_BETWEEN_PURGES:
                raise AwsError(
                    "PurgeQueueInProgress",
                    f"Only one PurgeQueue operation on {name} is allowed every 60 seconds.",
                    403,
                )
            queue["PurgedAt"] = moment

        self._queues.change(name, change)

    def names(self) -> builtins.list[str]:
        """Return the names of all queues, oldest first."""
        return [queue["Name"] for queue in self._queues.list()]

    def get(self, name: str) -> Record:
        """Return a queue's record."""
        return self._queues.get(name)

    def of_url(self, url: str) -> Record:
        """Return the queue of a URL; see `get`."""
        return self.get(self.name_of(url))

    def name_of(self, url: str) -> str:
        """Return the name of the queue that a URL names; the server's port, which changes, does not matter."""
        return self.get(url.rpartition("/")[2])["Name"]

    def url(self, name: str) -> str:
        """Return the URL of a name."""
        return self._settings.queue_url(name)

    def arn(self, name: str) -> str:
        """Return the ARN of a name."""
        return self._settings.arn("sqs", name)

    def dead_letter_queue(self, queue: Record) -> tuple[str, int] | None:
        """Return the name of a queue's dead-letter queue, and how often a message is received before it goes there."""
        policy = redrive(queue["Attributes"])
        return None if policy is None else (policy[0].rpartition(":")[2], policy[1])

    def _check_dead_letter_queue(self, attributes: dict[str, str]) -> None:
        policy = redrive(attributes)
        if policy is None:
            return
        name = policy[0].rpartition(":")[2]
        if policy[0] != self.arn(name) or self._queues.find(name) is None:
            raise AwsError(
                "InvalidParameterValue", f"Dead letter target does not exist: {policy[0]}; create the queue first."
            )

    def _change(self, url: str, change: Callable[[Record], None]) -> Record:
        return self._queues.change(self.name_of(url), change)


def _taken(attribute: str) -> AwsError:
    return AwsError(
        "QueueNameExists",
        f"A queue already exists with the same name and a different value for attribute {attribute}",
    )


def _missing(_name: str) -> AwsError:
    return AwsError("QueueDoesNotExist", "The specified queue does not exist.")
