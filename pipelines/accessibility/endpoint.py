"""The endpoint's configuration and the endpoint itself, on instances or serverless."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sagemaker.core.workflow.conditions import ConditionEquals
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.endpoint_step import EndpointConfigStep, EndpointStep
from sagemaker.mlops.workflow.lambda_step import LambdaStep
from sagemaker.mlops.workflow.steps import Step

from pipelines.accessibility.functions import scale_endpoint
from pipelines.accessibility.parameters import DeploymentParameters
from pipelines.accessibility.settings import PipelineSettings
from pipelines.endpoint_settings import ALL_AT_ONCE, CANARY, INSTANCE, SERVERLESS

VARIANT = "AllTraffic"

_CANARY = {"Type": "INSTANCE_COUNT", "Value": 1}
_LINEAR_STEP = {"Type": "CAPACITY_PERCENT", "Value": 50}
_MAX_UPDATE_SECONDS = 7200


def instance_endpoint(
    settings: PipelineSettings,
    parameters: DeploymentParameters,
    claim_endpoint: LambdaStep,
    model_name: Any,
    *,
    suffix: str = "",
) -> ConditionStep:
    """Serve a model on instances: beside the old model at first, and back to it when an alarm fires.

    Returns a condition around CreateEndpointConfig, DeployEndpoint and ScaleEndpoint; `claim_endpoint` says whether to
    go on, and on how many instances.
    """
    variant = {
        "VariantName": VARIANT,
        "ModelName": model_name,
        "InstanceType": parameters.endpoint["endpoint_instance_type"],
        "InitialInstanceCount": claim_endpoint.properties.Outputs["InstanceCount"],
    }
    config, deploy = _config_and_endpoint(
        settings,
        parameters,
        variant,
        names=(f"CreateEndpointConfig{suffix}", f"DeployEndpoint{suffix}"),
        data_capture={
            "EnableCapture": parameters.endpoint["enable_data_capture"],
            "InitialSamplingPercentage": parameters.data_capture_percentage,
            "DestinationS3Uri": f"s3://{settings.bucket}/{settings.pipeline_name}/data-capture",
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
        },
        deployment_config=_deployment_config(settings, parameters),
    )
    scale = scale_endpoint(settings, parameters, f"ScaleEndpoint{suffix}", variant=VARIANT, depends_on=[deploy])
    return _when_claimed(f"OnInstances{suffix}", parameters, INSTANCE, claim_endpoint, [config, deploy, scale])


def serverless_endpoint(
    settings: PipelineSettings,
    parameters: DeploymentParameters,
    claim_endpoint: LambdaStep,
    model_name: Any,
    *,
    suffix: str = "",
) -> ConditionStep:
    """Serve a model without instances; SageMaker shifts the traffic itself, and captures no data.

    Returns a condition around CreateServerlessConfig and DeployServerless.
    """
    variant = {
        "VariantName": VARIANT,
        "ModelName": model_name,
        "ServerlessConfig": {
            "MemorySizeInMB": parameters.endpoint["serverless_memory_in_mb"],
            "MaxConcurrency": parameters.endpoint["serverless_max_concurrency"],
        },
    }
    steps = _config_and_endpoint(
        settings,
        parameters,
        variant,
        names=(f"CreateServerlessConfig{suffix}", f"DeployServerless{suffix}"),
    )
    return _when_claimed(f"Serverless{suffix}", parameters, SERVERLESS, claim_endpoint, steps)


def _config_and_endpoint(
    settings: PipelineSettings,
    parameters: DeploymentParameters,
    variant: Mapping[str, Any],
    *,
    names: tuple[str, str],
    data_capture: Mapping[str, Any] | None = None,
    deployment_config: Mapping[str, Any] | None = None,
) -> list[Step]:
    """Create a configuration, then create the endpoint or move it to that configuration."""
    config = EndpointConfigStep(
        name=names[0],
        description="Create the endpoint configuration, one per execution",
        step_args=settings.session.create_endpoint_config(
            name=Join(on="-", values=[settings.pipeline_name, ExecutionVariables.PIPELINE_EXECUTION_ID]),
            production_variants=[variant],
            data_capture_config_dict=data_capture,
            tags=settings.aws_tags,
        ),
    )
    step_args = settings.session.create_endpoint(
        endpoint_name=parameters.endpoint_name,
        config_name=config.properties.EndpointConfigName,
        tags=settings.aws_tags,
    )
    if deployment_config:
        # The session's method has no argument for it; CreateEndpoint and UpdateEndpoint both do.
        step_args.args["DeploymentConfig"] = dict(deployment_config)
    deploy = EndpointStep(
        name=names[1], description="Create the endpoint, or move it to the new configuration", step_args=step_args
    )
    return [config, deploy]


def _deployment_config(settings: PipelineSettings, parameters: DeploymentParameters) -> dict[str, Any]:
    """Return the blue/green policy: back to the old model if an alarm fires during the bake time."""
    routing: dict[str, Any] = {
        "Type": settings.endpoint.traffic_routing,
        "WaitIntervalInSeconds": parameters.endpoint["bake_seconds"],
    }
    if settings.endpoint.traffic_routing == CANARY:
        routing["CanarySize"] = _CANARY
    elif settings.endpoint.traffic_routing != ALL_AT_ONCE:
        routing["LinearStepSize"] = _LINEAR_STEP
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": routing,
            "TerminationWaitInSeconds": 0,
            "MaximumExecutionTimeoutInSeconds": _MAX_UPDATE_SECONDS,
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm} for alarm in settings.names.endpoint_alarms]},
    }


def _when_claimed(
    name: str, parameters: DeploymentParameters, endpoint_type: str, claim_endpoint: LambdaStep, steps: list[Step]
) -> ConditionStep:
    return ConditionStep(
        name=name,
        description="Still the package to deploy, and on an endpoint of this type?",
        depends_on=[claim_endpoint],
        conditions=[
            ConditionEquals(claim_endpoint.properties.Outputs["Decision"], "Deploy"),
            ConditionEquals(parameters.endpoint["endpoint_type"], endpoint_type),
        ],
        if_steps=steps,
        else_steps=[],
    )
