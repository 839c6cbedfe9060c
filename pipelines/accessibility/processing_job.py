"""A processing step: one module of the ``processing`` package, run in the XGBoost image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.steps import CacheConfig, Step, StepTypeEnum

from pipelines.accessibility.policies import JOB_RETRIES
from pipelines.accessibility.settings import PipelineSettings
from pipelines.request_step import RequestStep

INPUT_DIR = "/opt/ml/processing/input"
OUTPUT_DIR = "/opt/ml/processing/output"

VOLUME_GB = 30
MAX_RUNTIME_SECONDS = 3600

_CODE_DIR = f"{INPUT_DIR}/code"
_MESSAGE_FILE = "/opt/ml/output/message"


def processing_step(
    settings: PipelineSettings,
    name: str,
    *,
    module: str,
    description: str,
    inputs: Mapping[str, Any],
    options: Mapping[str, Any],
    instance_type: Any,
    instance_count: Any = 1,
    outputs: Sequence[str] = (),
    environment: Mapping[str, Any] | None = None,
    property_files: Sequence[PropertyFile] = (),
    cache_config: CacheConfig | None = None,
    depends_on: Sequence[Step] = (),
) -> RequestStep:
    """Create a step that runs ``python3 -m <module>``.

    Parameters
    ----------
    inputs
        S3 prefix by input name; each appears in the folder of its name in :data:`INPUT_DIR`.
    options
        Command line of the module, its folders included; strings or pipeline variables of type string.
    outputs
        Folders below :data:`OUTPUT_DIR` to keep, each under its name in the step's result folder.
    environment
        Environment variables beside ``PYTHONPATH``.
    property_files
        JSON files among the outputs that conditions read.
    depends_on
        Steps to wait for although nothing here refers to them.
    """
    arguments = [part for option, value in options.items() for part in (f"--{option}", value)]
    request: dict[str, Any] = {
        "AppSpecification": {
            "ImageUri": settings.image_uri,
            "ContainerEntrypoint": ["python3", "-m", module],
            "ContainerArguments": [*arguments, "--message-file", _MESSAGE_FILE],
        },
        "Environment": {"PYTHONPATH": _CODE_DIR, **(environment or {})},
        "ProcessingInputs": [
            _input("code", settings.processing_code_url),
            *(_input(input_name, url) for input_name, url in inputs.items()),
        ],
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceType": instance_type,
                "InstanceCount": instance_count,
                "VolumeSizeInGB": VOLUME_GB,
                **settings.security.volume_key(),
            }
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": MAX_RUNTIME_SECONDS},
        "RoleArn": settings.jobs_role,
        "Tags": settings.aws_tags,
    }
    if network := settings.security.isolation() | settings.security.network():
        request["NetworkConfig"] = network
    if outputs:
        request["ProcessingOutputConfig"] = {
            "Outputs": [_output(output, settings.result_url(name, output)) for output in outputs],
            **settings.security.result_key(),
        }
    return RequestStep(
        name,
        StepTypeEnum.PROCESSING,
        request,
        description=description,
        depends_on=depends_on,
        property_files=property_files,
        cache_config=cache_config,
        retry_policies=JOB_RETRIES,
    )


def output_url(step: RequestStep, output: str) -> Any:
    """Return a reference to a processing step's output; a cached step refers to the former run's."""
    return step.properties.ProcessingOutputConfig.Outputs[output].S3Output.S3Uri


def _input(name: str, url: Any) -> dict[str, Any]:
    """Copy an S3 prefix into the container before the job starts."""
    return {
        "InputName": name,
        "S3Input": {
            "S3Uri": url,
            "LocalPath": f"{INPUT_DIR}/{name}",
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
            "S3DataDistributionType": "FullyReplicated",
            "S3CompressionType": "None",
        },
    }


def _output(name: str, url: Any) -> dict[str, Any]:
    """Copy a folder of the container to S3 when the job has ended."""
    return {
        "OutputName": name,
        "S3Output": {"S3Uri": url, "LocalPath": f"{OUTPUT_DIR}/{name}", "S3UploadMode": "EndOfJob"},
    }
