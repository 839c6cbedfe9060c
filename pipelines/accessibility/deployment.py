"""The steps that put a model package into service, which both pipelines share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.mlops.workflow.callback_step import CallbackOutput, CallbackStep
from sagemaker.mlops.workflow.steps import Step, StepTypeEnum

from pipelines.accessibility.parameters import DeploymentParameters
from pipelines.accessibility.policies import REQUEST_RETRIES
from pipelines.accessibility.processing_job import INPUT_DIR, processing_step
from pipelines.accessibility.settings import PipelineSettings
from pipelines.accessibility.transform_job import answers_url, transform_step
from pipelines.request_step import RequestStep
from processing.feature_contract import SMOKE_ROWS


@dataclass(frozen=True)
class Candidate:
    """A model package that may go into service.

    Its smoke rows are an S3 prefix of the contract's ``SMOKE_ROWS`` headerless CSV rows, features only; its answer to a
    row is one of the contract's ``ANSWERS``.
    """

    package_arn: Any
    smoke_rows_url: Any
    answer: Any


def deployment(
    settings: PipelineSettings,
    parameters: DeploymentParameters,
    candidate: Candidate,
    *,
    suffix: str = "",
) -> list[Step]:
    """Create the steps that put a model package into service if its smoke test passes, for a condition's branch.

    SageMaker cannot rejoin the branches of a condition. So a definition may hold these steps more than once, told apart
    by `suffix`.
    """
    create_model = RequestStep(
        f"CreateModel{suffix}",
        StepTypeEnum.CREATE_MODEL,
        {
            "PrimaryContainer": {"ModelPackageName": candidate.package_arn},
            **settings.security.network(),
            **settings.security.isolation(),
            "ExecutionRoleArn": settings.model_role,
            "Tags": settings.aws_tags,
        },
        description="Create a model from the package; refused unless the package is approved",
        retry_policies=REQUEST_RETRIES,
    )
    model_name = create_model.properties.ModelName
    smoke_test = transform_step(
        settings,
        f"SmokeTest{suffix}",
        description="Score ten rows with the model, before anything serves it",
        model_name=model_name,
        rows_url=candidate.smoke_rows_url,
        instance_type=parameters.transform_instance_type,
    )
    check_smoke_test = processing_step(
        settings,
        f"CheckSmokeTest{suffix}",
        module="processing.check_smoke_test",
        description="Stop here unless the model answered every smoke row as it should",
        inputs={"answers": answers_url(smoke_test)},
        options={
            "input-dir": f"{INPUT_DIR}/answers",
            "expected-rows": str(SMOKE_ROWS),
            "answer": candidate.answer,
        },
        instance_type=parameters.processing_instance_type,
    )
    deploy = _deploy_endpoint(
        settings,
        parameters,
        f"DeployEndpoint{suffix}",
        package_arn=candidate.package_arn,
        model_name=model_name,
        depends_on=[check_smoke_test],
    )
    return [create_model, smoke_test, check_smoke_test, deploy]


def _deploy_endpoint(
    settings: PipelineSettings,
    parameters: DeploymentParameters,
    name: str,
    *,
    package_arn: Any,
    model_name: Any,
    depends_on: Sequence[Step],
) -> CallbackStep:
    """Put a model into service: beside the old model at first, and back to it when an alarm fires.

    SageMaker Pipelines refuses a deployment policy in its own Endpoint step and data capture in its EndpointConfig
    step, so the step sends a message to the function ``deploy-endpoint``, and waits for its answer. The outputs are
    ``Outcome`` (``Deployed``, ``Skipped`` or ``Superseded``), ``Reason`` and ``Scaling``, in words.
    """
    endpoint = parameters.endpoint
    return CallbackStep(
        name=name,
        description="Put the model into service, and back if an alarm fires; leave a later approval alone",
        sqs_queue_url=settings.deployments_queue_url,
        inputs={
            "ModelName": model_name,
            "ModelPackageArn": package_arn,
            "EndpointName": parameters.endpoint_name,
            "ConfigName": Join(on="-", values=[settings.pipeline_name, ExecutionVariables.PIPELINE_EXECUTION_ID]),
            "DeployPipeline": settings.names.deploy_pipeline,
            "EndpointType": endpoint["endpoint_type"],
            "InstanceType": endpoint["endpoint_instance_type"],
            "MinInstanceCount": endpoint["endpoint_instance_count"],
            "MaxInstanceCount": endpoint["endpoint_max_instance_count"],
            "InvocationsPerInstance": parameters.invocations_per_instance,
            "ServerlessMemoryInMb": endpoint["serverless_memory_in_mb"],
            "ServerlessMaxConcurrency": endpoint["serverless_max_concurrency"],
            "EnableDataCapture": endpoint["enable_data_capture"],
            "DataCapturePercentage": parameters.data_capture_percentage,
            "DataCaptureUrl": f"s3://{settings.bucket}/{settings.pipeline_name}/data-capture",
            "BakeSeconds": endpoint["bake_seconds"],
            "TrafficRouting": settings.endpoint.traffic_routing,
            "KmsKeyArn": settings.security.kms_key_arn,
            "Alarms": ",".join(settings.names.endpoint_alarms),
            "Tags": json.dumps(dict(sorted(settings.tags.items()))),
        },
        outputs=[CallbackOutput(output_name=output) for output in ("Outcome", "Reason", "Scaling")],
        depends_on=list(depends_on),
    )
