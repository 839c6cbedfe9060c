"""Tags of alarms: TagResource, UntagResource, ListTagsForResource."""

from __future__ import annotations

from collections.abc import Callable

from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.services.cloudwatch.alarms import TAGS_KEY
from local_aws.services.cloudwatch.states import KIND


class Tags:
    """Reads and writes the tags in alarms' records."""

    def __init__(self, context: Context) -> None:
        self._records = context.records
        self._prefix = context.settings.arn("cloudwatch", "alarm:")

    def tag(self, request: Request) -> Answer:
        """Serve TagResource."""
        added = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
        self._change(request["ResourceARN"], lambda tags: tags.update(added))
        return {}

    def untag(self, request: Request) -> Answer:
        """Serve UntagResource."""

        def remove(tags: dict[str, str]) -> None:
            for key in request["TagKeys"]:
                tags.pop(key, None)

        self._change(request["ResourceARN"], remove)
        return {}

    def list(self, request: Request) -> Answer:
        """Serve ListTagsForResource."""
        tags = self._change(request["ResourceARN"], lambda tags: None)
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _change(self, arn: str, change: Callable[[dict[str, str]], None]) -> dict[str, str]:
        name = arn.removeprefix(self._prefix)
        try:
            record = self._records.update(KIND, name, lambda record: change(record[TAGS_KEY]))
        except KeyError:
            raise AwsError("ResourceNotFoundException", f"There is no alarm {arn}", 404) from None
        tags: dict[str, str] = record[TAGS_KEY]
        return tags
