"""The associations between lineage entities: at most one for a source and a destination."""

from __future__ import annotations

from collections.abc import Sequence

from local_aws.contracts.operations import Operation, Pages
from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, without
from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.lineage.entities import ASSOCIATION, PAGE, Entities, was_created_within
from local_aws.services.sagemaker.resources import matching, name_of

_FILTERS = ("SourceArn", "DestinationArn", "SourceType", "DestinationType", "AssociationType")


class Associations(Collection):
    """The associations, by the ARNs of source and destination."""

    def __init__(self, context: Context, entities: Sequence[Entities]) -> None:
        self._entities = {each.kind.resource: each for each in entities}
        super().__init__(
            context.records,
            ASSOCIATION,
            missing=lambda key: AwsError("ResourceNotFound", f"Association {key} does not exist."),
            taken=lambda key: invalid(f"Association {key} already exists."),
        )

    def operations(self) -> dict[str, Operation]:
        """Return the contract."""
        return {
            "AddAssociation": Operation(self.add_association),
            "DeleteAssociation": Operation(self.delete),
            "ListAssociations": Operation(self.summaries, pages=Pages("AssociationSummaries", size=PAGE)),
        }

    def add_association(self, request: Request) -> Answer:
        """Serve AddAssociation; both entities exist."""
        record = {**request, "CreationTime": now(), "CreatedBy": {}}
        with self._records.together():
            for end in ("Source", "Destination"):
                entities, entity = self._entity(request[f"{end}Arn"])
                record[f"{end}Type"] = entity[entities.type_key]
            self.add(_key(request), record)
        return _ends(request)

    def delete(self, request: Request) -> Answer:
        """Serve DeleteAssociation."""
        self.remove(_key(request))
        return _ends(request)

    def summaries(self, request: Request) -> Answer:
        """Serve ListAssociations: filtered and sorted, with the names that the entities have now."""
        columns = {member: member for member in _FILTERS if member != "AssociationType"}
        where = {member: request[member] for member in _FILTERS if member in request}
        records = matching(self, request, was_created_within, columns, where=where)
        return {"AssociationSummaries": (self._with_names(record) for record in records)}

    def _with_names(self, record: Record) -> Record:
        for end in ("Source", "Destination"):
            entities = self._entities[_resource(record[f"{end}Arn"])]
            entity = entities.find(name_of(record[f"{end}Arn"])) or {}
            if entities.kind.name_key in entity:
                record[f"{end}Name"] = entity[entities.kind.name_key]
        return record

    def _entity(self, arn: str) -> tuple[Entities, Record]:
        entities = self._entities.get(_resource(arn))
        entity = None if entities is None else entities.find(name_of(arn))
        if entities is None or entity is None or entity[entities.kind.arn_key] != arn:
            raise AwsError("ResourceNotFound", f"Lineage entity {arn} does not exist.")
        return entities, entity


def _resource(arn: str) -> str:
    """Return the type of resource that an ARN names."""
    return arn.split(":", 5)[-1].partition("/")[0]


def _key(request: Request) -> str:
    return f"from {request['SourceArn']} to {request['DestinationArn']}"


def _ends(request: Request) -> Answer:
    return without(request, "AssociationType")
