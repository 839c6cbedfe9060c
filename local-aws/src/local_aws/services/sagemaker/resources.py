"""The records of one kind of SageMaker resource, and the operations that every kind has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Pages
from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, public
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
    """What distinguishes one kind of resource from another.

    Parameters
    ----------
    resource
        Its type in ARNs, e.g. ``"training-job"``; its records' kind too.
    member
        What its members begin with, e.g. ``"TrainingJob"`` for ``TrainingJobName``.
    summary
        The members that a listing shows.
    list_member
        The listing's member, e.g. ``"TrainingJobSummaries"``.
    taken, missing
        The messages for a name that is taken or unknown; ``{arn}`` and ``{name}`` stand for the resource's.
    newest_first
        The listing's order when the request names none.
    not_described
        Members that listings show, but the description does not have.
    end_time
        The member that holds when a job ended, where its name does not begin with the kind's.
    """

    resource: str
    member: str
    summary: tuple[str, ...]
    list_member: str
    taken: str
    missing: str
    taken_code: str = "ValidationException"
    missing_code: str = "ValidationException"
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

    def taken_error(self, arn: str) -> AwsError:
        """Return the error for a name that is taken."""
        return AwsError(self.taken_code, self.taken.format(arn=arn, name=arn.rpartition("/")[2]))

    def missing_error(self, arn: str) -> AwsError:
        """Return the error for a name without a resource."""
        return AwsError(self.missing_code, self.missing.format(arn=arn, name=arn.rpartition("/")[2]))


class Resources(Collection):
    """The resources of one kind by name; a change of a status is announced in the transaction that records it."""

    def __init__(self, context: Context, tags: Tags, kind: Kind) -> None:
        self.kind = kind
        self._settings = context.settings
        self._announce = context.announce
        self._transaction = context.records.together
        self._tags = tags
        super().__init__(
            context.records,
            kind.resource,
            missing=lambda name: kind.missing_error(self.arn(name)),
            taken=lambda name: kind.taken_error(self.arn(name)),
            on_change=self._announce_change,
        )
        tags.accept(kind.resource, lambda arn: self.find(arn.rpartition("/")[2]) is not None)

    def arn(self, name: str) -> str:
        """Return the ARN of a name, whether or not it exists."""
        return self._settings.arn("sagemaker", f"{self.kind.resource}/{name}")

    def create(self, record: Record, tags: Iterable[Mapping[str, str]] = ()) -> str:
        """Add a resource with its creation time and ARN, and return the ARN."""
        name = record[self.kind.name_key]
        arn = self.arn(name)
        with self._transaction():
            # Before the resource: the event of its creation shows its tags.
            if self.find(name) is None:
                self._tags.put(arn, list(tags))
            self.add(name, {**record, self.kind.arn_key: arn, "CreationTime": now()})
        return arn

    def delete(self, request: Request) -> Answer:
        """Serve the Delete operation: the resource goes, and its tags."""
        name = request[self.kind.name_key]
        self.remove(name)
        self._tags.forget(self.arn(name))
        return {}

    def describe(self, request: Request) -> Answer:
        """Serve the Describe operation."""
        record = public(self.get(request[self.kind.name_key]))
        return {key: value for key, value in record.items() if key not in self.kind.not_described}

    def operations(
        self,
        create: Callable[[Request], Answer],
        honoured: Iterable[str],
        values: Mapping[str, tuple[object, ...]] = {},
    ) -> dict[str, Operation]:
        """Return the contract of Create, Describe and List.

        Parameters
        ----------
        honoured, values
            The members of the Create request, as `Members` takes them.
        """
        member = self.kind.member
        return {
            f"Create{member}": Operation(create, Members(honoured, values=values)),
            f"Describe{member}": Operation(self.describe),
            f"List{member}s": Operation(self.summaries, _LISTING, Pages(self.kind.list_member)),
        }

    def summaries(self, request: Request) -> Answer:
        """Serve the List operation: filtered and sorted."""
        order = request.get("SortOrder") or ("Descending" if self.kind.newest_first else "Ascending")
        newest_first = order == "Descending"
        records: Iterable[Record] = (
            record for record in self.each(newest_first=newest_first) if self._matches(record, request)
        )
        sort_key = {"Name": self.kind.name_key, "Status": self.kind.status_key}.get(request.get("SortBy", ""))
        if sort_key is not None:
            records = sorted(records, key=lambda record: record[sort_key], reverse=newest_first)
        return {self.kind.list_member: map(self._summary, records)}

    def _summary(self, record: Record) -> Record:
        return {key: record[key] for key in self.kind.summary if key in record}

    def _announce_change(self, before: Record | None, after: Record) -> None:
        arn, kind = after[self.kind.arn_key], self.kind
        described = {key: value for key, value in after.items() if key not in kind.not_described}
        for event in resource_changes(kind.resource, kind.status_key, before, described, arn, self._tags.get(arn)):
            self._announce(event)

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
