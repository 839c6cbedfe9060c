"""Tags of Glue's resources: TagResource, UntagResource, GetTags. They are kept in the resource's own record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record

KEY = "_tags"
"""Where a record keeps its tags; private, so that no answer shows it."""


class Tags:
    """Reads and writes tags by ARN.

    Parameters
    ----------
    kinds
        The record kind of each resource type that ARNs name, e.g. ``{"job": "glue-job"}``.
    """

    def __init__(self, context: Context, kinds: Mapping[str, str]) -> None:
        self._context = context
        self._kinds = dict(kinds)

    def tag(self, request: Request) -> Answer:
        """TagResource."""
        self._change(request["ResourceArn"], lambda tags: tags.update(request["TagsToAdd"]))
        return {}

    def untag(self, request: Request) -> Answer:
        """UntagResource."""

        def remove(tags: dict[str, str]) -> None:
            for name in request["TagsToRemove"]:
                tags.pop(name, None)

        self._change(request["ResourceArn"], remove)
        return {}

    def get(self, request: Request) -> Answer:
        """GetTags."""
        return {"Tags": self._change(request["ResourceArn"], lambda tags: None)}

    def _change(self, arn: str, change: Callable[[dict[str, str]], None]) -> dict[str, str]:
        resource = arn.removeprefix(self._context.settings.arn("glue", ""))
        kind, _, name = resource.partition("/")
        if kind not in self._kinds:
            raise AwsError(
                "InvalidInputException",
                f"local_aws keeps tags of Glue's {', '.join(self._kinds)}; {arn} is none of them",
            )
        try:
            record = self._context.records.update(
                self._kinds[kind], name, lambda record: change(record.setdefault(KEY, {}))
            )
        except KeyError:
            raise AwsError("EntityNotFoundException", f"There is no {kind} {name}: {arn}") from None
        return record[KEY]


def tagged(records: Iterable[Record], wanted: Mapping[str, str]) -> list[str]:
    """Return the names of the records that carry all the wanted tags."""
    return [record["Name"] for record in records if wanted.items() <= record.get(KEY, {}).items()]
