"""The Cleanup step: deletes objects that upstream steps have written.

Source: the SageMaker Python SDK's `CleanupStep` and `S3CleanupSource`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import split_uri
from local_aws.services.sagemaker.pipelines.definition import Step
from local_aws.services.sagemaker.pipelines.errors import (
    CallRefusedError,
    DefinitionError,
    NoValueError,
    StepFailedError,
)
from local_aws.services.sagemaker.pipelines.expressions import Scope, is_expression, resolve
from local_aws.services.sagemaker.pipelines.step_type import Attempt, Result, StepType

_MAX_MESSAGE_LENGTH = 2048

_NAMED_BY_URI = frozenset({"Processing", "Transform"})
"""The types whose objects ``S3Uris`` name."""
_FOUND_BY_TYPE = frozenset({"Training"})
"""The types whose outputs the service finds itself."""


class CleanupStep(StepType):
    """Calls ``DeleteObject`` of S3 for each object; which steps can be sources, `cleanup_sources` says.

    A source without the properties that its outputs are located by, e.g. one that failed, is skipped. A source that
    cannot be cleaned up fails the step, after the other sources.
    """

    def check(self, arguments: dict[str, Any]) -> None:
        """Check the form of the sources."""
        resources = arguments.get("Resources")
        sources = resources.get("S3") if isinstance(resources, dict) and resources.keys() == {"S3"} else None
        if arguments.keys() != {"Resources"} or not isinstance(sources, list) or not sources:
            raise DefinitionError(f"a Cleanup step takes Resources with S3, a list of sources, not {arguments!r}")
        for source in sources:
            _check_source(source)

    def resolve(self, arguments: dict[str, Any], scope: Scope) -> dict[str, Any]:
        """Return the sources with the objects to delete and the places below which these are; None to skip it."""
        return {"Sources": [_resolved(source, scope) for source in arguments["Resources"]["S3"]]}

    def run(self, attempt: Attempt) -> Result:
        """Delete the objects of each source."""
        cleaned, skipped = [], []
        failures: dict[str, AwsError] = {}
        for source in attempt.arguments["Sources"]:
            name = source["StepName"]
            if source["S3Uris"] is None:
                skipped.append(name)
                continue
            try:
                _delete(attempt, source)
            except AwsError as error:
                failures[name] = error
            else:
                cleaned.append(name)
        outcomes = {
            "CleanedSteps": cleaned,
            "FailedSteps": [_failure(name, error) for name, error in failures.items()],
            "SkippedSteps": skipped,
        }
        metadata = {"Cleanup": outcomes}
        attempt.started(metadata)
        if failures:
            raise StepFailedError("\n".join(f"step {name}: {_reason(error)}" for name, error in failures.items()))
        return Result(metadata, {})


def cleanup_sources(step: Step, steps: Mapping[str, Step]) -> frozenset[str]:
    """Return the names of a Cleanup step's sources.

    Raises
    ------
    DefinitionError
        If a source that is in the definition cannot be cleaned up, or not so.
    """
    sources = step.arguments["Resources"]["S3"]
    for source in sources:
        other = steps.get(source["StepName"])
        if other is not None:
            _check_upstream(other, has_uris="S3Uris" in source)
    return frozenset(source["StepName"] for source in sources)


def _check_upstream(source: Step, has_uris: bool) -> None:
    what = f"the outputs of {source.name!r}, a step of type {source.type_name}"
    if source.type_name not in _NAMED_BY_URI | _FOUND_BY_TYPE:
        types = ", ".join(sorted(_NAMED_BY_URI | _FOUND_BY_TYPE))
        raise DefinitionError(f"a Cleanup step cannot delete {what}; it takes steps of type {types}")
    if source.type_name in _NAMED_BY_URI and not has_uris:
        raise DefinitionError(f"a Cleanup step that deletes {what}, names the objects in S3Uris")
    if source.type_name in _FOUND_BY_TYPE and has_uris:
        raise DefinitionError(f"a Cleanup step finds {what}, itself; remove S3Uris")
    if _vpc_config(source.arguments) or _vpc_config(source.arguments.get("NetworkConfig")):
        raise DefinitionError(f"a Cleanup step cannot delete {what}, which sets a VpcConfig")


def _vpc_config(node: Any) -> Any:
    return node.get("VpcConfig") if isinstance(node, dict) else None


def _check_source(source: Any) -> None:
    if not isinstance(source, dict) or not source.keys() <= {"StepName", "S3Uris"}:
        raise DefinitionError(f"a source of a Cleanup step takes StepName and S3Uris, not {source!r}")
    if not isinstance(source.get("StepName"), str):
        raise DefinitionError(f"a source of a Cleanup step names a step in StepName, not {source!r}")
    uris = source.get("S3Uris", [""])
    if not isinstance(uris, list) or not uris:
        raise DefinitionError(f"S3Uris is a list of at least one URI, not {uris!r}; leave it out for Training steps")
    for uri in source.get("S3Uris", []):
        if not is_expression(uri) and not _is_object(uri):
            raise DefinitionError(f"S3Uris takes exact URIs of objects, s3://bucket/key, not {uri!r}")


def _is_object(uri: Any) -> bool:
    return isinstance(uri, str) and uri.startswith("s3://") and uri[5:].partition("/")[2].rpartition("/")[2] != ""


def _resolved(source: dict[str, Any], scope: Scope) -> dict[str, Any]:
    name = source["StepName"]
    properties = scope.properties.get(name, {})
    try:
        uris = resolve(source.get("S3Uris"), scope)
    except NoValueError:
        uris, properties = None, {}
    locations = [output["S3Output"]["S3Uri"] for output in _outputs(properties) if "S3Output" in output]
    if "TransformOutput" in properties:
        locations.append(properties["TransformOutput"]["S3OutputPath"])
    artifact = properties.get("ModelArtifacts", {}).get("S3ModelArtifacts")
    if uris is None and artifact is not None:
        return {"StepName": name, "S3Uris": [artifact], "Locations": [artifact.rpartition("/")[0]]}
    return {"StepName": name, "S3Uris": uris if properties else None, "Locations": locations}


def _outputs(properties: Any) -> list[dict[str, Any]]:
    outputs: list[dict[str, Any]] = properties.get("ProcessingOutputConfig", {}).get("Outputs", [])
    return outputs


def _delete(attempt: Attempt, source: dict[str, Any]) -> None:
    """Delete a source's objects, none of them if one is not the source's."""
    for uri in source["S3Uris"]:
        if not _is_object(uri) or not any(_is_below(uri, location) for location in source["Locations"]):
            places = ", ".join(source["Locations"]) or "none"
            message = f"{uri!r} is not the URI of an object under the step's output locations ({places})"
            raise AwsError("ValidationException", message)
    attempt.forget(source["StepName"])
    for uri in source["S3Uris"]:
        bucket, key = split_uri(uri)
        attempt.call_service("s3", "DeleteObject", {"Bucket": bucket, "Key": key})


def _is_below(uri: str, location: str) -> bool:
    bucket, key = split_uri(uri)
    place, prefix = split_uri(location)
    return bucket == place and (not prefix.strip("/") or key.startswith(f"{prefix.rstrip('/')}/"))


def _failure(name: str, error: AwsError) -> dict[str, str]:
    code = "InternalFailure" if error.status >= 500 else "ClientError"
    return {"StepName": name, "ErrorCode": code, "ErrorMessage": _reason(error)[:_MAX_MESSAGE_LENGTH]}


def _reason(error: AwsError) -> str:
    return error.reason if isinstance(error, CallRefusedError) else f"ClientError: {error.message}"
