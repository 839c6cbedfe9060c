"""Queues, their attributes and tags."""

from __future__ import annotations

import re
from collections.abc import Callable

from local_aws.contracts.paging import page
from local_aws.kernel.context import ACCOUNT_ID, Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now
from local_aws.services.sqs.attributes import DEFAULTS, merged, redrive
from local_aws.services.sqs.stored_messages import StoredMessages
from local_aws.services.sqs.urls import queue_url

KIND = "sqs-queue"

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")


class Queues:
    """The queues, by name."""

    def __init__(self, context: Context, messages: StoredMessages) -> None:
        self._settings = context.settings
        self._records = context.records
        self._messages = messages

    def create(self, request: Request) -> Answer:
        """CreateQueue; one that is there already with the same attributes is given again."""
        name, given = request["QueueName"], request.get("Attributes", {})
        if not _NAME.fullmatch(name):
            raise AwsError(
                "InvalidParameterValue",
                f"Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length: {name!r}; "
                "FIFO queues are not done by local_aws",
            )
        attributes = merged(DEFAULTS, given)
        self._check_dead_letter_queue(attributes)
        moment = str(int(now().timestamp()))
        queue = {
            "Name": name,
            "Attributes": attributes,
            "Tags": request.get("tags", {}),
            "CreatedTimestamp": moment,
            "LastModifiedTimestamp": moment,
        }
        try:
            self._records.insert(KIND, name, queue)
        except KeyError:
            if not given.items() <= self.get(name)["Attributes"].items():
                raise AwsError(
                    "QueueNameExists",
                    f"A queue named {name} already exists with other attributes; use SetQueueAttributes to change it.",
                ) from None
        return {"QueueUrl": self.url(name)}

    def delete(self, request: Request) -> Answer:
        """DeleteQueue, with its messages."""
        name = self.name_of(request["QueueUrl"])
        # The queue last: a server that is killed in between leaves no messages to a later queue of that name.
        self._messages.clear(name)
        self._records.delete(KIND, name)
        return {}

    def get_url(self, request: Request) -> Answer:
        """GetQueueUrl."""
        if request.get("QueueOwnerAWSAccountId", ACCOUNT_ID) != ACCOUNT_ID:
            raise _missing(f"{request['QueueName']} of account {request['QueueOwnerAWSAccountId']}")
        return {"QueueUrl": self.url(self.get(request["QueueName"])["Name"])}

    def get_attributes(self, request: Request) -> Answer:
        """GetQueueAttributes: those that are asked for, none by default."""
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
        chosen = {name: value for name, value in attributes.items() if name in wanted or "All" in wanted}
        return {"Attributes": chosen} if chosen else {}

    def set_attributes(self, request: Request) -> Answer:
        """SetQueueAttributes."""

        def change(queue: Record) -> None:
            queue["Attributes"] = merged(queue["Attributes"], request["Attributes"])
            self._check_dead_letter_queue(queue["Attributes"])
            queue["LastModifiedTimestamp"] = str(int(now().timestamp()))

        self._change(request["QueueUrl"], change)
        return {}

    def list_urls(self, request: Request) -> Answer:
        """ListQueues."""
        prefix = request.get("QueueNamePrefix", "")
        urls = [self.url(name) for name in self.names() if name.startswith(prefix)]
        if not urls:
            return {}
        found, token = page(urls, request, default=1_000)
        return {"QueueUrls": found, **({"NextToken": token} if token else {})}

    def tag(self, request: Request) -> Answer:
        """TagQueue."""
        self._change(request["QueueUrl"], lambda queue: queue["Tags"].update(request["Tags"]))
        return {}

    def untag(self, request: Request) -> Answer:
        """UntagQueue."""

        def change(queue: Record) -> None:
            for key in request["TagKeys"]:
                queue["Tags"].pop(key, None)

        self._change(request["QueueUrl"], change)
        return {}

    def list_tags(self, request: Request) -> Answer:
        """ListQueueTags."""
        tags = self.of_url(request["QueueUrl"])["Tags"]
        return {"Tags": tags} if tags else {}

    def names(self) -> list[str]:
        """Return the names of all queues, oldest first."""
        return [queue["Name"] for queue in self._records.list(KIND)]

    def get(self, name: str) -> Record:
        """Return a queue's record."""
        queue = self._records.get(KIND, name)
        if queue is None:
            raise _missing(name)
        return queue

    def of_url(self, url: str) -> Record:
        """Return the queue of a URL; see `get`."""
        return self.get(self.name_of(url))

    def name_of(self, url: str) -> str:
        """Return the name of the queue that a URL names; the server's port, which changes, does not matter."""
        return self.get(url.rpartition("/")[2])["Name"]

    def url(self, name: str) -> str:
        """Return the URL of a name."""
        return queue_url(self._settings, name)

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
        if policy[0] != self.arn(name) or self._records.get(KIND, name) is None:
            raise AwsError(
                "InvalidParameterValue", f"Dead letter target does not exist: {policy[0]}; create the queue first."
            )

    def _change(self, url: str, change: Callable[[Record], None]) -> None:
        try:
            self._records.update(KIND, self.name_of(url), change)
        except KeyError as error:
            raise _missing(error.args[0]) from None


def _missing(name: str) -> AwsError:
    return AwsError("QueueDoesNotExist", f"The specified queue does not exist: {name}")
