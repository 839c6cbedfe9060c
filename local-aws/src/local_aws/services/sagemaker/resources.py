"""The records of one kind of SageMaker resource: add, find, change, list and delete."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from local_aws.contracts.honoured import only
from local_aws.contracts.paging import page
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, public
from local_aws.services.sagemaker.state_changes import resource_changes
from local_aws.services.sagemaker.tags import Tags

_LISTING_HONOURED = frozenset(
    {
        *("NameContains", "StatusEquals", "CreationTimeAfter", "CreationTimeBefore", "LastModifiedTimeAfter"),
        *("LastModifiedTimeBefore", "SortBy", "SortOrder", "NextToken", "MaxResults"),
    }
)


@dataclass(frozen=True)
class Kind:
    """What distinguishes one kind of resource from another.

    Parameters
    ----------
    resource
        Its type in ARNs, e.g. ``"training-job"``; its records' kind too.
    member
        What its members begin with, e.g. ``"TrainingJob"`` for ``TrainingJobName``.
    list_member
        The listing's member, e.g. ``"TrainingJobSummaries"``.
    newest_first
        The listing's order when the request names none.
    end_time
        The member that holds when a job ended, where its name does not begin with the kind's.
    """

    resource: str
    member: str
    summary: tuple[str, ...]
    list_member: str
    newest_first: bool = True
    not_described: frozenset[str] = frozenset()
    end_time: str = ""

    @property
    def end_time_key(self) -> str:
        """The member that holds when a job ended."""
        return self.end_time or f"{self.member.removesuffix('Job')}EndTime"

    @property
    def name_key(self) -> str:
        """The member that holds the name."""
        return f"{self.member}Name"

    @property
    def arn_key(self) -> str:
        """The member that holds the ARN."""
        return f"{self.member}Arn"

    @property
    def status_key(self) -> str:
        """The member that holds the status."""
        return f"{self.member}Status"


class Resources:
    """The resources of one kind; a change of a status is announced after it was recorded.

    Parameters
    ----------
    exists_error, missing_error
        Take an ARN and give the error for a name that is taken, or that nobody has.
    """

    def __init__(
        self,
        context: Context,
        tags: Tags,
        kind: Kind,
        exists_error: Callable[[str], AwsError],
        missing_error: Callable[[str], AwsError],
    ) -> None:
        self.kind = kind
        self._settings = context.settings
        self._records = context.records
        self._tell = context.announce
        self._tags = tags
        self._exists_error = exists_error
        self._missing_error = missing_error
        tags.know(kind.resource, lambda arn: self._records.get(kind.resource, arn.rpartition("/")[2]) is not None)

    def arn(self, name: str) -> str:
        """Return the ARN of a name, whether or not it exists."""
        return self._settings.arn("sagemaker", f"{self.kind.resource}/{name}")

    def add(self, record: Record, tags: Iterable[Mapping[str, str]] = ()) -> str:
        """Add a resource with its creation time and ARN; return the ARN."""
        name = record[self.kind.name_key]
        arn = self.arn(name)
        full = {**record, self.kind.arn_key: arn, "CreationTime": now()}
        with self._records.together():
            try:
                self._records.insert(self.kind.resource, name, full)
            except KeyError:
                raise self.taken(name) from None
            self._tags.put(arn, list(tags))
            self._announce(name, None, full)
        return arn

    def taken(self, name: str) -> AwsError:
        """Return the error for a name that is taken."""
        return self._exists_error(self.arn(name))

    def get(self, name: str) -> Record:
        """Return a resource's record."""
        record = self._records.get(self.kind.resource, name)
        if record is None:
            raise self._missing_error(self.arn(name))
        return record

    def describe(self, request: Request) -> Answer:
        """Serve the Describe operation."""
        record = public(self.get(request[self.kind.name_key]))
        return {key: value for key, value in record.items() if key not in self.kind.not_described}

    def change(self, name: str, change: Callable[[Record], None]) -> Record:
        """Change a resource's record atomically; see `Records.update`."""
        before: Record = {}

        def noting(record: Record) -> None:
            before.update(copy.deepcopy(record))
            change(record)

        with self._records.together():
            try:
                after = self._records.update(self.kind.resource, name, noting)
            except KeyError:
                raise self._missing_error(self.arn(name)) from None
            self._announce(name, before, after)
        return after

    def remove(self, name: str) -> None:
        """Delete a resource and its tags."""
        if not self._records.delete(self.kind.resource, name):
            raise self._missing_error(self.arn(name))
        self._tags.forget(self.arn(name))

    def all(self) -> list[Record]:
        """Return all records, oldest first."""
        return self._records.list(self.kind.resource)

    def list(self, request: Request) -> Answer:
        """Serve the List operation: filtered, sorted, a page of it."""
        only(request, _LISTING_HONOURED, f"the listing of {self.kind.member}s")
        order = request.get("SortOrder") or ("Descending" if self.kind.newest_first else "Ascending")
        newest_first = order == "Descending"
        records = self._records.each(self.kind.resource, newest_first=newest_first)
        listed: Iterable[Record] = (record for record in records if self._matches(record, request))
        sort_key = {"Name": self.kind.name_key, "Status": self.kind.status_key}.get(request.get("SortBy", ""))
        if sort_key is not None:
            listed = sorted(listed, key=lambda record: record[sort_key], reverse=newest_first)
        items, token = page(listed, request)
        summaries = [{key: item[key] for key in self.kind.summary if key in item} for item in items]
        return {self.kind.list_member: summaries, **({"NextToken": token} if token else {})}

    def _announce(self, name: str, before: Record | None, after: Record) -> None:
        arn, kind = self.arn(name), self.kind
        described = {key: value for key, value in after.items() if key not in kind.not_described}
        for event in resource_changes(kind.resource, kind.status_key, before, described, arn, self._tags.get(arn)):
            self._tell(event)

    def _matches(self, record: Record, request: Request) -> bool:
        if request.get("NameContains", "") not in record[self.kind.name_key]:
            return False
        if request.get("StatusEquals", record.get(self.kind.status_key)) != record.get(self.kind.status_key):
            return False
        for member in ("CreationTime", "LastModifiedTime"):
            after, before = request.get(f"{member}After"), request.get(f"{member}Before")
            if after is not None and record[member] <= after:
                return False
            if before is not None and record[member] >= before:
                return False
        return True
