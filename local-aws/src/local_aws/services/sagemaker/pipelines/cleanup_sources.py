"""The upstream steps whose outputs a Cleanup step may delete.

Source: the SageMaker Python SDK's `CleanupStep` and `S3CleanupSource`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.services.sagemaker.pipelines.definition import Step
from local_aws.services.sagemaker.pipelines.errors import DefinitionError

_NAMED_BY_URI = frozenset({"Processing", "Transform"})
"""The types whose objects ``S3Uris`` name."""
_FOUND = frozenset({"Training"})
"""The types whose outputs the service finds itself."""


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
            _check(other, has_uris="S3Uris" in source)
    return frozenset(source["StepName"] for source in sources)


def _check(source: Step, has_uris: bool) -> None:
    what = f"the outputs of {source.name!r}, a step of type {source.type_name}"
    if source.type_name not in _NAMED_BY_URI | _FOUND:
        types = ", ".join(sorted(_NAMED_BY_URI | _FOUND))
        raise DefinitionError(f"a Cleanup step cannot delete {what}; it takes steps of type {types}")
    if source.type_name in _NAMED_BY_URI and not has_uris:
        raise DefinitionError(f"a Cleanup step that deletes {what}, names the objects in S3Uris")
    if source.type_name in _FOUND and has_uris:
        raise DefinitionError(f"a Cleanup step finds {what}, itself; remove S3Uris")
    if _vpc_config(source.arguments) or _vpc_config(source.arguments.get("NetworkConfig")):
        raise DefinitionError(f"a Cleanup step cannot delete {what}, which sets a VpcConfig")


def _vpc_config(node: Any) -> Any:
    return node.get("VpcConfig") if isinstance(node, dict) else None
