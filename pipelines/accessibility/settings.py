"""What is decided when a definition is built; its parameters are decided when it runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import botocore.session
from sagemaker.core import image_uris
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.core.workflow.pipeline_context import PipelineSession

from infrastructure.names import Names
from pipelines.accessibility.sdk_session import definition_session
from pipelines.code_assets import SOURCE_ARCHIVE, processing_code, training_code
from pipelines.endpoint_settings import EndpointSettings
from pipelines.instance_types import JobInstanceTypes
from pipelines.job_security import JobSecurity

XGBOOST_VERSION = "3.2-0"

_ROLE_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>\d{12}):role/.+")
_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PIPELINE_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")
# An endpoint configuration is called <pipeline name>-<execution id>: 63 characters, of which the id takes 12.
_PIPELINE_NAME_MAX = 50


@dataclass(frozen=True)
class PipelineSettings:
    """The fixed part of a pipeline definition."""

    pipeline_name: str
    """Name of the pipeline, and first folder of its results in the bucket."""
    jobs_role: str
    model_role: str
    """ARNs of the roles that jobs, and the containers of models, run as."""
    bucket: str
    names: Names
    input_data_url: str
    """Default S3 prefix of the processed data."""
    image_uri: str
    """XGBoost image, for processing, training and serving alike."""
    processing_code_url: str
    training_code_url: str
    """S3 prefix of the ``processing`` package and S3 URI of the script-mode archive."""
    checkpoints_url: str
    """S3 prefix of checkpoints, one per version of the training code. It is the same for all executions: the step cache
    compares it."""
    spot_training: bool
    """Whether training runs on spot instances."""
    functions_arn: str
    """Start of the ARNs of Lambda functions, up to and including the last colon."""
    deployments_queue_url: str
    """Queue of the step ``DeployEndpoint``."""
    endpoint: EndpointSettings
    security: JobSecurity
    job_instance_types: JobInstanceTypes
    tags: Mapping[str, str]
    session: PipelineSession
    """Records the SDK's requests and sends none; without it the SDK would create a session of its own."""

    @property
    def aws_tags(self) -> list[dict[str, str]]:
        """Tags as the AWS APIs take them."""
        return [{"Key": key, "Value": value} for key, value in sorted(self.tags.items())]

    def result_url(self, step_name: str, output: str = "") -> Any:
        """Return ``s3://<bucket>/<pipeline>/<execution id>/<step>[/<output>]``, a folder per execution."""
        start = f"s3://{self.bucket}/{self.pipeline_name}"
        end = [step_name, output] if output else [step_name]
        return Join(on="/", values=[start, ExecutionVariables.PIPELINE_EXECUTION_ID, *end])


def build_settings(
    *,
    region: str,
    role: str | None,
    default_bucket: str | None,
    code_bucket: str | None,
    input_data_url: str | None,
    pipeline_name: str | None,
    prefix: str,
    tags: Mapping[str, str] | None,
    endpoint: EndpointSettings,
    job_instance_types: Mapping[str, str] | None,
    jobs_role: str | None = None,
    model_role: str | None = None,
    job_security: Mapping[str, Any] | None = None,
    spot_training: bool = False,
    default_name: Literal["pipeline", "deploy_pipeline"] = "pipeline",
) -> PipelineSettings:
    """Fill in defaults by the project's naming rules, and check the rest.

    The arguments are those of :func:`pipelines.accessibility.pipeline.get_pipeline`; `default_name` says which of the
    deployment's names the pipeline has if `pipeline_name` is left out.

    Raises
    ------
    ValueError
        The role is missing or not a role ARN, or a name breaks the rules of S3 or SageMaker.
    """
    match = _ROLE_ARN.fullmatch(role or "")
    if not match:
        raise ValueError(
            f"{role!r} is not an IAM role ARN: the definition names the role of its jobs, "
            'pass {"role": "arn:aws:iam::<account>:role/<name>"}'
        )
    names = Names(prefix, match["account"], region)
    bucket = _check_bucket(default_bucket or names.models_bucket)
    code = _check_bucket(code_bucket or names.code_bucket)
    name = _check_name(pipeline_name or getattr(names, default_name))
    training = training_code()
    return PipelineSettings(
        pipeline_name=name,
        jobs_role=jobs_role or match.string,
        model_role=model_role or match.string,
        bucket=bucket,
        names=names,
        input_data_url=input_data_url or f"s3://{names.processed_bucket}/playgrounds_income/",
        image_uri=_image_uri(region),
        processing_code_url=processing_code().uri(code),
        training_code_url=training.uri(code, SOURCE_ARCHIVE),
        checkpoints_url=f"s3://{bucket}/{name}/checkpoints/{training.digest}",
        spot_training=spot_training,
        functions_arn=f"arn:{match['partition']}:lambda:{region}:{match['account']}:function:",
        deployments_queue_url=f"https://sqs.{region}.{_domain(region)}/{match['account']}/{names.deployments_queue}",
        endpoint=endpoint,
        security=JobSecurity.of(job_security or {}),
        job_instance_types=JobInstanceTypes.of(job_instance_types or {}),
        tags={"Stack": names.stack, **(tags or {})},
        session=definition_session(region, bucket),
    )


def image_of(region: str) -> tuple[str, str, str]:
    """Return the registry's account, the repository and the tag of the image that jobs and models run in."""
    registry, _, image = _image_uri(region).partition("/")
    repository, _, tag = image.partition(":")
    return registry.partition(".")[0], repository, tag


@cache
def _image_uri(region: str) -> str:
    """Return the URI of the image; the SDK reads the endpoints of all regions for it."""
    return str(image_uris.retrieve("xgboost", region=region, version=XGBOOST_VERSION))


@cache
def _domain(region: str) -> str:
    """Return the domain of a region's services: ``amazonaws.com`` but in China."""
    resolver = botocore.session.get_session().get_component("endpoint_resolver")
    return str(resolver.get_partition_dns_suffix(resolver.get_partition_for_region(region)))


def _check_bucket(bucket: str) -> str:
    if not _BUCKET_NAME.fullmatch(bucket):
        raise ValueError(
            f"bucket name {bucket!r} must be 3-63 lower-case letters, digits, dots and hyphens; "
            "choose another prefix or default_bucket"
        )
    return bucket


def _check_name(name: str) -> str:
    """Reject a name that SageMaker would refuse, here or when the endpoint configuration is created."""
    if not _PIPELINE_NAME.fullmatch(name) or len(name) > _PIPELINE_NAME_MAX:
        raise ValueError(
            f"pipeline name {name!r} must be 1-{_PIPELINE_NAME_MAX} letters, digits and hyphens between "
            "them; choose a shorter prefix or pipeline_name"
        )
    return name
