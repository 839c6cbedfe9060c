"""The entities of lineage: actions and contexts, which have names, and artifacts, which their sources identify."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any, ClassVar

from local_aws.contracts.operations import Operation, Pages
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, selected, without
from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.resources import Kind, Resources, matching, name_of
from local_aws.services.sagemaker.tags import Tags

ASSOCIATION = "lineage-association"
"""The kind of the associations' records."""
PAGE = 10
"""Items per page of lineage's listings when the request names no number."""


def was_created_within(record: Record, request: Request) -> bool:
    """Return whether a record was created on or after ``CreatedAfter``, and on or before ``CreatedBefore``."""
    created: datetime = record["CreationTime"]
    return request.get("CreatedAfter", created) <= created <= request.get("CreatedBefore", created)


def _kind(member: str, *others: str) -> Kind:
    resource = member.lower()
    source_and_times = ("Source", f"{member}Type", "CreationTime", "LastModifiedTime")
    return Kind(
        resource=resource,
        member=member,
        summary=(f"{member}Arn", f"{member}Name", *source_and_times, *others),
        list_member=f"{member}Summaries",
        taken=f"{member} {{arn}} already exists.",
        missing=f"{member} {{arn}} does not exist.",
        missing_code="ResourceNotFound",
    )


class Entities(Resources):
    """The entities of one kind."""

    own_kind: ClassVar[Kind]
    changeable: ClassVar[tuple[str, ...]] = ("Description",)
    """Members that an update replaces, besides the properties."""

    def __init__(self, context: Context, tags: Tags) -> None:
        super().__init__(context, tags, self.own_kind)

    def operations(self) -> dict[str, Operation]:
        """Return the contract: every member of botocore's model is honoured."""
        member = self.kind.member
        return {
            f"Create{member}": Operation(self.create_entity),
            f"Describe{member}": Operation(self.describe),
            f"Update{member}": Operation(self.update),
            f"Delete{member}": Operation(self.delete),
            f"List{member}s": Operation(self.summaries, pages=Pages(self.kind.list_member, size=PAGE)),
        }

    @property
    def type_key(self) -> str:
        """The member that holds the entity's type."""
        return f"{self.kind.member}Type"

    def key_of(self, request: Request) -> str:
        """Return the key of the entity that a request names."""
        name: str = request[self.kind.name_key]
        return name

    def create_entity(self, request: Request) -> Answer:
        """Serve the Create operation."""
        created_at, key = now(), self.key_of(request)
        state = {self.kind.arn_key: self.arn(key), "CreationTime": created_at, "LastModifiedTime": created_at}
        with self._records.together():
            self.add(key, {**without(request, "Tags"), **state, "CreatedBy": {}, "LastModifiedBy": {}})
            self._tags.put(self.arn(key), request.get("Tags", ()))
        return {self.kind.arn_key: self.arn(key)}

    def update(self, request: Request) -> Answer:
        """Serve the Update operation: properties are replaced as a whole, then those to remove are taken out."""

        def change(record: Record) -> None:
            record.update(selected(request, (*self.changeable, "Properties")))
            if "Properties" in record:
                record["Properties"] = without(record["Properties"], *request.get("PropertiesToRemove", ()))
            record["LastModifiedTime"] = now()

        return {self.kind.arn_key: self.change(self._existing(self.key_of(request)), change)[self.kind.arn_key]}

    def describe(self, request: Request) -> Answer:
        """Serve the Describe operation."""
        return self.get(self._existing(self.key_of(request)))

    def delete(self, request: Request) -> Answer:
        """Serve the Delete operation; an entity with associations stays."""
        key = self._existing(self.key_of(request))
        arn = self.arn(key)
        with self._records.together():
            ends = ("SourceArn", "DestinationArn")
            number = sum(len(self._records.list(ASSOCIATION, {end: arn})) for end in ends)
            if number:
                raise invalid(f"{arn} cannot be deleted: it has {number} associations; delete them first.")
            self.remove(key)
        return {self.kind.arn_key: arn}

    def summaries(self, request: Request) -> Answer:
        """Serve the List operation: filtered and sorted."""
        records = matching(self, request, self._matches, {"Name": self.kind.name_key})
        return {self.kind.list_member: (selected(record, self.kind.summary) for record in records)}

    def _matches(self, record: Record, request: Request) -> bool:
        source_uri, entity_type = record["Source"]["SourceUri"], record[self.type_key]
        return (
            request.get("SourceUri", source_uri) == source_uri
            and request.get(self.type_key, entity_type) == entity_type
            and was_created_within(record, request)
        )

    def _existing(self, name_or_arn: str) -> str:
        """Return the key of an entity that is named by its key or ARN, or raise the error for one that is not there."""
        key = name_of(name_or_arn)
        is_other = name_or_arn.startswith("arn:") and name_or_arn != self.arn(key)
        if is_other or self.find(key) is None:
            arn = name_or_arn if is_other else self.arn(key)
            raise AwsError(self.kind.missing_code, self.kind.missing.format(arn=arn, name=key))
        return key


class Actions(Entities):
    """The actions, such as a training or an approval."""

    own_kind = _kind("Action", "Status")
    changeable = ("Description", "Status")


class Contexts(Entities):
    """The contexts, which group other entities."""

    own_kind = _kind("Context")


class Artifacts(Entities):
    """The artifacts: one per source, whatever their names, which need not differ."""

    own_kind = _kind("Artifact")
    changeable = ("ArtifactName",)

    def key_of(self, request: Request) -> str:
        """Return the id of an artifact that a request names by ARN or by its source."""
        if "ArtifactArn" in request:
            arn: str = request["ArtifactArn"]
            return arn
        if "Source" not in request:
            raise invalid("Either ArtifactArn or Source must be specified.")
        return _id(request["Source"])


def _id(source: dict[str, Any]) -> str:
    """Return the id of the artifact with a source; the order of the source's types does not count."""
    types = sorted((each["SourceIdType"], each["Value"]) for each in source.get("SourceTypes", ()))
    return hashlib.md5(json.dumps([source["SourceUri"], types]).encode(), usedforsecurity=False).hexdigest()
