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
    """How a service's API writes tags."""

    resource: str = "ResourceArn"
    tags: str = "Tags"
    keys: str = "TagKeys"
    listed: str = "Tags"
    """The members that name the resource, the tags to add, the keys to remove, and the tags listed."""
    key: str = "Key"
    value: str = "Value"
    """The members of a tag; an empty `key` where the API writes tags as a map."""
    kept: str = TAGS
    """The member of the resource's record that holds them."""

    def read(self, request: Request, member: str = "") -> dict[str, str]:
        """Return the tags in a request as a map; a tag without a value has an empty one."""
        tags = request.get(member or self.tags) or {}
        return dict(tags) if isinstance(tags, Mapping) else {tag[self.key]: tag.get(self.value, "") for tag in tags}

    def write(self, tags: Mapping[str, str]) -> list[dict[str, str]] | dict[str, str]:
        """Return tags as the API writes them."""
        return [{self.key: key, self.value: value} for key, value in tags.items()] if self.key else dict(tags)


@dataclass(frozen=True)
class TagErrors:
    """The errors of a service for tags that it refuses."""

    too_many: Callable[[], AwsError]
    """For more than the resource can have."""
    none: Callable[[], AwsError] | None = None
    duplicate: Callable[[], AwsError] | None = None
    reserved: Callable[[], AwsError] | None = None
    """For a request to tag without tags, with a key that comes twice, or with one that begins with ``aws:``; None where
    the service takes it."""


class TagOperations:
    """The tag operations of a service."""

    def __init__(
        self,
        change: Change,
        form: TagForm,
        errors: TagErrors | None = None,
        maximum: int = _MAX_TAGS,
    ) -> None:
        self._change = change
        self._form = form
        self._errors = errors or TagErrors(
            lambda: AwsError("LimitExceededException", f"A resource can have at most {maximum} tags")
        )
        self._maximum = maximum

    def table(self, tag: str, untag: str, listing: str) -> dict[str, Handler]:
        """Return the handlers under their operations' names."""
        return {tag: self.tag, untag: self.untag, listing: self.list}

    def tag(self, request: Request) -> Answer:
        """Add tags, or change their values."""
        new = self.read(request)
        if self._errors.none is not None and not new:
            raise self._errors.none()

        def change(record: Record) -> None:
            tags = record.setdefault(self._form.kept, {})
            tags.update(new)
            if len(tags) > self._maximum:
                raise self._errors.too_many()

        self._change(request[self._form.resource], change)
        return {}

    def read(self, request: Request) -> dict[str, str]:
        """Return the tags of a request, a new resource's too, as a map."""
        tags = self._form.read(request)
        if self._errors.duplicate is not None and len(tags) < len(request.get(self._form.tags) or ()):
            raise self._errors.duplicate()
        if self._errors.reserved is not None and any(key.lower().startswith("aws:") for key in tags):
            raise self._errors.reserved()
        if len(tags) > self._maximum:
            raise self._errors.too_many()
        return tags

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
