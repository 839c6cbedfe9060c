"""The arguments of both pipelines, and ``run-pipeline`` with them in a process that is started ahead."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from console.errors import CommandError
from console.instance_choice import JOB_TYPES, SPOT
from infrastructure.names import Names
from infrastructure.refusals import missing_is_fine
from pipelines.endpoint_settings import SETTINGS
from pipelines.instance_types import JOB_KINDS

TRAINING = "pipelines.accessibility.pipeline"
AUTOML = "enable_automl"
"""The argument of ``get_pipeline`` for whether AutoML competes with XGBoost."""
DEPLOYMENT = "pipelines.accessibility.deploy_pipeline"


def pipeline_kwargs(sagemaker: Any, names: Names, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of both pipelines' ``get_pipeline``; what is not chosen keeps its value."""
    training = _definition(sagemaker, names.pipeline)
    job_types = {**_deployed_job_types(training), **chosen.get(JOB_TYPES, {})}
    return {
        "region": names.region,
        "prefix": names.prefix,
        "default_bucket": names.models_bucket,
        "code_bucket": names.code_bucket,
        **_deployed_endpoint(sagemaker, names.deploy_pipeline),
        **({} if _has_automl(training) else {AUTOML: False}),
        SPOT: _trains_on_spot(training),
        **chosen,
        **({JOB_TYPES: job_types} if job_types else {}),
    }


def _has_automl(definition: Mapping[str, Any] | None) -> bool:
    """Return whether AutoML competes in a deployed pipeline, as in a new one."""
    return definition is None or any(step["Type"] == "AutoML" for step in definition["Steps"])


def _trains_on_spot(definition: Mapping[str, Any] | None) -> bool:
    """Return whether a deployed pipeline trains on spot instances; a new one does not."""
    return definition is not None and any(_every(definition["Steps"], "EnableManagedSpotTraining"))


def _deployed_job_types(definition: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the instance types of a deployed pipeline's jobs; empty if it does not exist."""
    defaults = _defaults(definition) if definition else {}
    return {name: defaults[kind.parameter] for name, kind in JOB_KINDS.items() if defaults.get(kind.parameter)}


def _deployed_endpoint(sagemaker: Any, pipeline: str) -> dict[str, Any]:
    """Return the endpoint settings of a deployed pipeline, as arguments; empty if it does not exist."""
    definition = _definition(sagemaker, pipeline)
    if definition is None:
        return {}
    defaults = _defaults(definition)
    kept = {name: defaults[setting.parameter] for name, setting in SETTINGS.items() if setting.parameter in defaults}
    if kept.get("endpoint_max_instance_count", 0) <= kept.get("endpoint_instance_count", 0):
        # Nothing scales, and the maximum is the number of instances, whatever that is to be.
        kept.pop("endpoint_max_instance_count", None)
    for routing in _every(definition["Steps"], "TrafficRouting"):
        kept["traffic_routing"] = routing
    # A pipeline of release 1 has the endpoint's own policy in an Endpoint step.
    for policy in _every(definition["Steps"], "TrafficRoutingConfiguration"):
        kept["traffic_routing"] = policy["Type"]
    return kept


def _definition(sagemaker: Any, pipeline: str) -> dict[str, Any] | None:
    """Return the definition of a deployed pipeline; None if it does not exist."""
    with missing_is_fine():
        text = sagemaker.describe_pipeline(PipelineName=pipeline)["PipelineDefinition"]
        definition: dict[str, Any] = json.loads(text)
        return definition
    return None


def _defaults(definition: Mapping[str, Any]) -> dict[str, Any]:
    return {parameter["Name"]: parameter.get("DefaultValue") for parameter in definition["Parameters"]}


def _every(part: Any, member: str) -> Iterator[Any]:
    """Yield a member wherever it occurs in a part of a definition."""
    if isinstance(part, list):
        for each in part:
            yield from _every(each, member)
    elif isinstance(part, dict):
        if member in part:
            yield part[member]
        for each in part.values():
            yield from _every(each, member)


def pipeline_tags(names: Names) -> list[dict[str, str]]:
    """Return the tags of both pipelines, as the AWS APIs take them."""
    return [{"Key": "Stack", "Value": names.stack}]


class PipelineUpsert:
    """A process that makes the SageMaker SDK ready from the start, and upserts both pipelines when told to."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "console.pipeline_process"),
                *(names.region, names.models_bucket, TRAINING, DEPLOYMENT),
            ],
            # The SDK makes clients while it is imported.
            env={**os.environ, "AWS_DEFAULT_REGION": names.region},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> PipelineUpsert:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        self._process.communicate()

    def upsert(self, role_arn: str, kwargs: Mapping[str, Any]) -> list[str]:
        """Create or update both pipelines; return a line for each, its outcome.

        Raises
        ------
        CommandError
            A pipeline could not be built or upserted.
        """
        common = ["--role-arn", role_arn, "--kwargs-json", json.dumps(kwargs)]
        common += ["--tags", json.dumps(pipeline_tags(self._names))]
        arguments = [["--module-name", module, *common] for module in (TRAINING, DEPLOYMENT)]
        output, problems = self._process.communicate(json.dumps(arguments))
        if self._process.returncode:
            lines = problems.strip().splitlines() or ["no reason was reported"]
            raise CommandError("run-pipeline", lines[-1], log=problems)
        return output.splitlines()
