"""DeployEndpoint: the step that creates the endpoint or moves it to a model, on instances or serverless."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.mlops.workflow.callback_step import CallbackOutput, CallbackStep
from sagemaker.mlops.workflow.steps import Step

from pipelines.accessibility.parameters import DeploymentParameters
from pipelines.accessibility.settings import PipelineSettings


def deploy_endpoint(
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
