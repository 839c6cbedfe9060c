"""A transform step: CSV rows through a model, one answer per line."""

from __future__ import annotations

from typing import Any

from sagemaker.mlops.workflow.steps import StepTypeEnum

from pipelines.accessibility.policies import JOB_RETRIES
from pipelines.accessibility.settings import PipelineSettings
from pipelines.request_step import RequestStep


def transform_step(
    settings: PipelineSettings, name: str, *, description: str, model_name: Any, rows_url: Any, instance_type: Any
) -> RequestStep:
    """Create a step that scores headerless CSV in a batch transform, the container serving as behind an endpoint.

    It writes ``<file>.out`` per file, answers in the order of the file's rows; see :func:`answers_url`.
    """
    request = {
        "ModelName": model_name,
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": rows_url}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {
            "S3OutputPath": settings.result_url(name),
            "Accept": "text/csv",
            "AssembleWith": "Line",
            **settings.security.result_key(),
        },
        "TransformResources": {"InstanceType": instance_type, "InstanceCount": 1, **settings.security.volume_key()},
        "Tags": settings.aws_tags,
    }
    return RequestStep(name, StepTypeEnum.TRANSFORM, request, description=description, retry_policies=JOB_RETRIES)


def answers_url(step: RequestStep) -> Any:
    """Return a reference to the S3 prefix of a transform step's answers."""
    return step.properties.TransformOutput.S3OutputPath
