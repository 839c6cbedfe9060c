"""The records of one kind of SageMaker resource, and the operations that every kind has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Pages
from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, public, selected, without
from local_aws.services.sagemaker.state_changes import resource_changes
from local_aws.services.sagemaker.tags import Tags

_LISTING = Members(
    (
        *("NameContains", "StatusEquals", "CreationTimeAfter", "CreationTimeBefore", "LastModifiedTimeAfter"),
        *("LastModifiedTimeBefore", "SortBy", "SortOrder", "NextToken", "MaxResults", "CrossAccountFilterOption"),
    )
)


@dataclass(frozen=True)
class Kind:
    """What distinguishes one kind of resource from another."""

    resource: str
    """Its type in ARNs, e.g. ``"training-job"``; its records' kind too."""
    member: str
    """What its members begin with, e.g. ``"TrainingJob"`` for ``TrainingJobName``."""
    summary: tuple[str, ...]
    """The members that a listing shows."""
    list_member: str
    """The listing's member, e.g. ``"TrainingJobSummaries"``."""
    taken: str
    missing: str
    """The messages for a name that is taken or unknown; ``{arn}`` and ``{name}`` stand for the resource's."""
    taken_code: str = "ValidationException"
    missing_code: str = "ValidationException"
    newest_first: bool = True
    """The listing's order when the request names none."""
    not_described: frozenset[str] = frozenset()
    """Members that listings show, but the description does not have."""
    end_time: str = ""
    """The member that holds when a job ended, where its name does not begin with the kind's."""

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

    def taken_error(self, arn: str) -> AwsError:
        """Return the error for a name that is taken."""
        return AwsError(self.taken_code, self.taken.format(arn=arn, name=name_of(arn)))

    def missing_error(self, arn: str) -> AwsError:
        """Return the error for a name without a resource."""
        return AwsError(self.missing_code, self.missing.format(arn=arn, name=name_of(arn)))


class Resources(Collection):
    """The resources of one kind by name; a change of a status is announced in the transaction that records it."""

    def __init__(self, context: Context, tags: Tags, kind: Kind) -> None:
        self.kind = kind
        self._settings = context.settings
        self._announce = context.announce
        self._tags = tags
        super().__init__(
            context.records,
            kind.resource,
            missing=lambda name: kind.missing_error(self.arn(name)),
            taken=lambda name: kind.taken_error(self.arn(name)),
            on_change=self._announce_change,
        )
        tags.accept(kind.resource, lambda arn: self.find(name_of(arn)) is not None)

    def arn(self, name: str) -> str:
        """Return the ARN of a name, whether or not it exists."""
        return self._settings.arn("sagemaker", f"{self.kind.resource}/{name}")

    def create(self, definition: Record) -> str:
        """Add a resource with its ARN, its ``Tags`` and, unless it has one, its creation time; return the ARN."""
        record, tags = without(definition, "Tags"), definition.get("Tags", ())
        name = record[self.kind.name_key]
        arn = self.arn(name)
        with self._records.together():
            # Before the resource: the event of its creation shows its tags.
            if self.find(name) is None:
                self._tags.put(arn, tags)
            self.add(name, {self.kind.arn_key: arn, "CreationTime": now(), **record})
        return arn

    def discard(self, key: str) -> bool:
        """Remove a resource and its tags; False when there was none."""
        self._tags.forget(self.arn(key))
        return super().discard(key)

    def delete(self, request: Request) -> Answer:
        """Serve the Delete operation."""
        self.remove(request[self.kind.name_key])
        return {}

    def describe(self, request: Request) -> Answer:
        """Serve the Describe operation."""
        return without(public(self.get(request[self.kind.name_key])), *self.kind.not_described)

    def table(
        self,
        create: Callable[[Request], Answer],
        honoured: Iterable[str],
        values: Mapping[str, tuple[object, ...]] = {},
    ) -> dict[str, Operation]:
        """Return the contract of Create, Describe and List; Create has the `Members` of these arguments."""
        member = self.kind.member
        return {
            f"Create{member}": Operation(create, Members(honoured, values=values)),
            f"Describe{member}": Operation(self.describe),
            f"List{member}s": Operation(self.summaries, _LISTING, Pages(self.kind.list_member)),
        }

    def summaries(self, request: Request) -> Answer:
        """Serve the List operation: filtered and sorted."""
        sort_members = {"Name": self.kind.name_key, "Status": self.kind.status_key}
        records = matching(self, request, self._matches, sort_members, newest_first=self.kind.newest_first)
        return {self.kind.list_member: (selected(record, self.kind.summary) for record in records)}

    def _announce_change(self, before: Record | None, after: Record) -> None:
        arn, kind = after[self.kind.arn_key], self.kind
        described = without(after, *kind.not_described)
        for event in resource_changes(kind.resource, kind.status_key, before, described, arn, self._tags.get(arn)):
            self._announce(event)

    def _matches(self, record: Record, request: Request) -> bool:
        status = record.get(self.kind.status_key)
        return (
            request.get("NameContains", "") in record[self.kind.name_key]
            and request.get("StatusEquals", status) == status
            and is_between(record, request, "CreationTime")
            and is_between(record, request, "LastModifiedTime")
        )


def matching(
    collection: Collection,
    request: Request,
    matches: Callable[[Record, Request], bool],
    sort_members: Mapping[str, str],
    *,
    where: Mapping[str, str] | None = None,
    newest_first: bool = True,
) -> Iterable[Record]:
    """Return the records that a List request asks for, in its order.

    `sort_members` has the record's member for each value of SortBy except the creation time, and `newest_first` is the
    order when the request names none.
    """
    if "SortOrder" in request:
        newest_first = request["SortOrder"] == "Descending"
    records = (record for record in collection.each(where, newest_first=newest_first) if matches(record, request))
    member = sort_members.get(request.get("SortBy", ""))
    return records if member is None else sorted(records, key=lambda record: record[member], reverse=newest_first)


def is_between(record: Record, request: Request, member: str, prefix: str = "") -> bool:
    """Return whether a record's time is within the ``After`` and ``Before`` of a request; both are optional."""
    after, before = (request.get(f"{prefix or member}{bound}") for bound in ("After", "Before"))
    return (after is None or record[member] > after) and (before is None or record[member] < before)


def name_of(name_or_arn: str) -> str:
    """Return the name of a resource that a request names by name or ARN."""
    return name_or_arn.rpartition("/")[2]
