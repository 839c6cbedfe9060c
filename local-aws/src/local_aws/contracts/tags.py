"""Tags that a resource's own record keeps: TagResource, UntagResource and their listing, in each service's form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from local_aws.kernel.context import Answer, Handler, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record

TAGS = "_tags"
"""Where a record keeps its tags, a map; private, so that no answer shows it."""
_MAX_TAGS = 50

Change = Callable[[str, Callable[[Record], None]], Record]
"""Changes the record of a resource, named as the request names it, and returns it; raises the service's error."""


@dataclass(frozen=True)
class TagForm:
    """How a service's API writes tags.

    Parameters
    ----------
    resource, tags, keys, listed
        The members that name the resource, the tags to add, the keys to remove, and the tags listed.
    key, value
        The members of a tag; an empty `key` where the API writes tags as a map.
    kept
        The member of the resource's record that holds them.
    """

    resource: str = "ResourceArn"
    tags: str = "Tags"
    keys: str = "TagKeys"
    listed: str = "Tags"
    key: str = "Key"
    value: str = "Value"
    kept: str = TAGS

    def read(self, request: Request, member: str = "") -> dict[str, str]:
        """Return the tags in a request as a map; a tag without a value has an empty one."""
        tags = request.get(member or self.tags) or {}
        return dict(tags) if isinstance(tags, Mapping) else {tag[self.key]: tag.get(self.value, "") for tag in tags}

    def write(self, tags: Mapping[str, str]) -> list[dict[str, str]] | dict[str, str]:
        """Return tags as the API writes them."""
        return [{self.key: key, self.value: value} for key, value in tags.items()] if self.key else dict(tags)


class TagOperations:
    """The tag operations of a service.

    Parameters
    ----------
    limit_error
        The code of the error for more than 50 tags.
    duplicate
        The error for a key that a request has twice, where the service does not take the last value.
    """

    def __init__(
        self,
        change: Change,
        form: TagForm,
        limit_error: str = "LimitExceededException",
        maximum: int = _MAX_TAGS,
        duplicate: AwsError | None = None,
    ) -> None:
        self._change = change
        self._form = form
        self._limit_error = limit_error
        self._maximum = maximum
        self._duplicate = duplicate

    def table(self, tag: str, untag: str, listing: str) -> dict[str, Handler]:
        """Return the handlers under their operations' names."""
        return {tag: self.tag, untag: self.untag, listing: self.list}

    def tag(self, request: Request) -> Answer:
        """Add tags, or change their values."""
        resource = request[self._form.resource]
        if self._duplicate is not None and len(self._form.read(request)) < len(request[self._form.tags]):
            raise self._duplicate

        def change(record: Record) -> None:
            tags = record.setdefault(self._form.kept, {})
            tags.update(self._form.read(request))
            if len(tags) > self._maximum:
                raise AwsError(self._limit_error, f"{resource} would have {len(tags)} tags; at most {self._maximum}")

        self._change(resource, change)
        return {}

    def untag(self, request: Request) -> Answer:
        """Remove tags; a key that is not there is not an error."""
        keys = request[self._form.keys]

        def change(record: Record) -> None:
            tags = record.get(self._form.kept, {})
            record[self._form.kept] = {key: value for key, value in tags.items() if key not in keys}

        self._change(request[self._form.resource], change)
        return {}

    def list(self, request: Request) -> Answer:
        """List the tags of a resource."""
        record = self._change(request[self._form.resource], lambda record: None)
        return {self._form.listed: self._form.write(record.get(self._form.kept, {}))}


def tagged(records: Iterable[Record], wanted: Mapping[str, str]) -> list[Record]:
    """Return the records that carry all the wanted tags."""
    return [record for record in records if wanted.items() <= record.get(TAGS, {}).items()]
