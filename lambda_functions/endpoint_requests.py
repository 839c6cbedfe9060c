"""The requests that create an endpoint, or move it to another configuration."""

from __future__ import annotations

from typing import Any

from lambda_functions.deployment_message import SERVERLESS, Request

VARIANT = "AllTraffic"

MAX_UPDATE_SECONDS = 7200
"""How long SageMaker may take for an update, shifting and baking included."""

_ALL_AT_ONCE, _CANARY = "ALL_AT_ONCE", "CANARY"
_CANARY_SIZE = {"Type": "INSTANCE_COUNT", "Value": 1}
_LINEAR_STEP_SIZE = {"Type": "CAPACITY_PERCENT", "Value": 50}


def endpoint_config(request: Request, instance_count: int) -> dict[str, Any]:
    """Return the arguments of ``CreateEndpointConfig``; a serverless endpoint has no volume and captures no data."""
    variant: dict[str, Any] = {"VariantName": VARIANT, "ModelName": request.model_name}
    config: dict[str, Any] = {
        "EndpointConfigName": request.config_name,
        "ProductionVariants": [variant],
        "Tags": request.aws_tags,
    }
    if request.endpoint_type == SERVERLESS:
        variant["ServerlessConfig"] = {
            "MemorySizeInMB": request.serverless_memory_in_mb,
            "MaxConcurrency": request.serverless_max_concurrency,
        }
        return config
    variant |= {"InstanceType": request.instance_type, "InitialInstanceCount": instance_count}
    key = {"KmsKeyId": request.kms_key_arn} if request.kms_key_arn else {}
    config |= key
    if request.enable_data_capture:
        config["DataCaptureConfig"] = {
            "EnableCapture": True,
            "InitialSamplingPercentage": request.data_capture_percentage,
            "DestinationS3Uri": request.data_capture_url,
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
            **key,
        }
    return config


def new_endpoint(request: Request) -> dict[str, Any]:
    """Return the arguments of ``CreateEndpoint``."""
    return {
        "EndpointName": request.endpoint_name,
        "EndpointConfigName": request.config_name,
        "Tags": request.aws_tags,
    }


def update(request: Request) -> dict[str, Any]:
    """Return the arguments of ``UpdateEndpoint``: back to the old model if an alarm fires during the bake time.

    SageMaker shifts the traffic of a serverless endpoint itself.
    """
    arguments: dict[str, Any] = {
        "EndpointName": request.endpoint_name,
        "EndpointConfigName": request.config_name,
    }
    if request.endpoint_type == SERVERLESS:
        return arguments
    routing: dict[str, Any] = {"Type": request.traffic_routing, "WaitIntervalInSeconds": request.bake_seconds}
    if request.traffic_routing == _CANARY:
        routing["CanarySize"] = _CANARY_SIZE
    elif request.traffic_routing != _ALL_AT_ONCE:
        routing["LinearStepSize"] = _LINEAR_STEP_SIZE
    arguments["DeploymentConfig"] = {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": routing,
            "TerminationWaitInSeconds": 0,
            "MaximumExecutionTimeoutInSeconds": MAX_UPDATE_SECONDS,
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm} for alarm in request.alarms.split(",")]},
    }
    return arguments
