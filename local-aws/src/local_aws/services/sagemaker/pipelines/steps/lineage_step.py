"""The Lineage step: creates lineage entities, then the associations between them."""

from __future__ import annotations

from typing import Any, NamedTuple

from local_aws.kernel.context import Request
from local_aws.services.sagemaker.pipelines.arguments import check_request
from local_aws.services.sagemaker.pipelines.errors import CallRefusedError, DefinitionError, StepFailedError
from local_aws.services.sagemaker.pipelines.expressions import is_expression, references
from local_aws.services.sagemaker.pipelines.step_type import Attempt, Result, StepType


class _Kind(NamedTuple):
    """What the step calls the entities of one kind."""

    entity_type: str
    """In references of associations."""
    argument: str
    """The argument with the requests that create them."""
    arns: str
    """The property and the metadata's member with their ARNs."""


_KINDS = tuple(_Kind(each, f"{each}s", f"{each}Arns") for each in ("Action", "Artifact", "Context"))
_ASSOCIATIONS = "Associations"
_ARGUMENTS = (*(kind.argument for kind in _KINDS), _ASSOCIATIONS)
_MOST_ENTITIES = 5
_MOST_ASSOCIATIONS = 10
"""How many the step's metadata hold: of each kind of entity, and of associations."""
_SOME_ARN = "arn:aws:sagemaker:us-east-1:123456789012:artifact/any"
"""Stands for the ARNs of an association while its type is checked."""

Arns = dict[str, dict[str, str]]
"""By kind of entity, as `_Kind.arns` names it: ARNs by the entities' names."""


class LineageStep(StepType):
    """Runs ``CreateAction``, ``CreateArtifact``, ``CreateContext`` and ``AddAssociation``.

    What exists is used as it is, so that a pipeline can run again.
    """

    def check(self, arguments: dict[str, Any]) -> None:
        """Check the requests, and that associations name entities of the step, or others by their ARN."""
        if unknown := sorted(arguments.keys() - set(_ARGUMENTS)):
            raise DefinitionError(f"a Lineage step takes {', '.join(_ARGUMENTS)}, not {', '.join(unknown)}")
        if not any(arguments.values()):
            raise DefinitionError("a Lineage step has at least one entity or association")
        names = {kind.entity_type: _names(kind, _objects(arguments, kind.argument, _MOST_ENTITIES)) for kind in _KINDS}
        for association in _objects(arguments, _ASSOCIATIONS, _MOST_ASSOCIATIONS):
            _check_association(association, names)

    def run(self, attempt: Attempt) -> Result:
        """Create what is not there yet; the properties are the ARNs by the entities' names, and the associations."""
        arns: Arns = {}
        for kind in _KINDS:
            for request in attempt.arguments.get(kind.argument) or ():
                name = request[f"{kind.entity_type}Name"]
                arns.setdefault(kind.arns, {})[name] = _create(attempt, kind.entity_type, request)
        associations = []
        for association in attempt.arguments.get(_ASSOCIATIONS) or ():
            ends = {f"{end}Arn": _arn(association[end], arns) for end in ("Source", "Destination")}
            others = {name: value for name, value in association.items() if name == "AssociationType"}
            _create_unless_there(attempt, "AddAssociation", {**ends, **others})
            associations.append(ends)
        created = {**arns, **({_ASSOCIATIONS: associations} if associations else {})}
        return Result({"Lineage": created}, created)


def _objects(arguments: dict[str, Any], name: str, most: int) -> list[dict[str, Any]]:
    values = arguments.get(name) or []
    if not isinstance(values, list) or not all(isinstance(each, dict) and not is_expression(each) for each in values):
        raise DefinitionError(f"{name} of a Lineage step is a list of objects, not {values!r}")
    if len(values) > most:
        raise DefinitionError(f"a Lineage step has at most {most} {name}, not {len(values)}")
    return values


def _names(kind: _Kind, requests: list[dict[str, Any]]) -> list[Any]:
    """Return the names of the entities of one kind, whose requests are checked; a name may be an expression."""
    member = f"{kind.entity_type}Name"
    names: list[Any] = []
    for request in requests:
        _check_request(kind.argument, f"Create{kind.entity_type}", request)
        if member not in request:
            raise DefinitionError(
                f"local_aws does not support an entry of {kind.argument} without {member}: its ARN is found by its "
                "name; name it to run here"
            )
        if request[member] in names:
            raise DefinitionError(f"two of {kind.argument} are named {request[member]!r}")
        names.append(request[member])
    return names


def _check_request(argument: str, operation: str, request: Request) -> None:
    try:
        check_request(operation, request, frozenset())
    except DefinitionError as error:
        raise DefinitionError(f"an entry of {argument}: {error}") from error


def _check_association(association: dict[str, Any], names: dict[str, list[Any]]) -> None:
    types = {name: value for name, value in association.items() if name not in ("Source", "Destination")}
    _check_request(_ASSOCIATIONS, "AddAssociation", {"SourceArn": _SOME_ARN, "DestinationArn": _SOME_ARN, **types})
    for end in ("Source", "Destination"):
        reference = association.get(end)
        if not isinstance(reference, dict) or reference.keys() not in ({"Arn"}, {"Name", "Type"}):
            raise DefinitionError(f"{end} of an association takes Arn, or Name and Type, not {reference!r}")
        if "Arn" in reference:
            _check_arn(reference["Arn"])
            continue
        name, entity_type = reference["Name"], reference["Type"]
        if not isinstance(entity_type, str) or entity_type not in names:
            raise DefinitionError(f"an association's Type is one of {', '.join(names)}, not {entity_type!r}")
        # What an expression stands for is known when the step runs.
        known = names[entity_type]
        if not is_expression(name) and name not in known and not any(is_expression(each) for each in known):
            raise DefinitionError(f"an association names the {entity_type} {name!r}, which the step does not create")


def _check_arn(arn: Any) -> None:
    if not isinstance(arn, str) and not is_expression(arn):
        raise DefinitionError(f"an association's Arn is a text, not {arn!r}")
    for reference in references(arn):
        if reference.root == "Steps" and reference.path[:1] in [(kind.arns,) for kind in _KINDS]:
            raise DefinitionError(
                f"an association cannot name what the Lineage step {reference.name!r} has created; put both into one "
                "step, or name the entity by its ARN"
            )


def _create(attempt: Attempt, entity_type: str, request: Request) -> str:
    """Create an entity unless there is one of the same name, or an artifact of the same source; return its ARN."""
    member = f"{entity_type}Arn"
    answer = _create_unless_there(attempt, f"Create{entity_type}", request)
    if answer is None and entity_type == "Artifact":
        return _artifact_with(attempt, request["Source"])
    if answer is None:
        name = f"{entity_type}Name"
        answer = attempt.call(f"Describe{entity_type}", {name: request[name]})
    return str(answer[member])


def _artifact_with(attempt: Attempt, source: dict[str, Any]) -> str:
    page: dict[str, Any] = {}
    while True:
        page = attempt.call("ListArtifacts", {"SourceUri": source["SourceUri"], **page})
        for artifact in page["ArtifactSummaries"]:
            if _types(artifact["Source"]) == _types(source):
                return str(artifact["ArtifactArn"])
        if "NextToken" not in page:
            raise StepFailedError(f"ClientError: the artifact of {source['SourceUri']} was deleted meanwhile")
        page = {"NextToken": page["NextToken"]}


def _types(source: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((each["SourceIdType"], each["Value"]) for each in source.get("SourceTypes", ()))


def _create_unless_there(attempt: Attempt, operation: str, request: Request) -> Request | None:
    """Make a call that creates; return None where what it creates exists."""
    try:
        return attempt.call(operation, request)
    except CallRefusedError as error:
        if error.code != "ValidationException" or "already exists" not in error.message:
            raise
        return None


def _arn(reference: dict[str, Any], arns: Arns) -> str:
    """Return the ARN that an end of an association names."""
    if "Arn" in reference:
        return str(reference["Arn"])
    name, entity_type = reference["Name"], reference["Type"]
    created = arns.get(f"{entity_type}Arns", {})
    if name not in created:
        raise StepFailedError(f"ClientError: an association names the {entity_type} {name!r}, which the step has not")
    return created[name]
