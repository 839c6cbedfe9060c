"""Lambda steps: the stack's functions, for questions that no job can answer."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from sagemaker.core.lambda_helper import Lambda
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.mlops.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep
from sagemaker.mlops.workflow.steps import Step

from pipelines.accessibility.parameters import DeploymentParameters, PipelineParameters
from pipelines.accessibility.settings import PipelineSettings

# The functions belong to the stack; the SDK must not update them.
warnings.filterwarnings("ignore", message="Lambda function won't be updated")


def resolve_data_version(settings: PipelineSettings, parameters: PipelineParameters) -> LambdaStep:
    """Resolve ``DataVersion``, which changes with the contents of the data, and only with them."""
    return _function_step(
        settings,
        "ResolveDataVersion",
        function="resolve-data-version",
        description="Distinguish new data from unchanged data, for the step cache",
        inputs={"InputDataUrl": parameters.input_data_url, "DataVersion": parameters.data_version},
        outputs=["DataVersion"],
    )


def resolve_deployment(
    settings: PipelineSettings,
    parameters: DeploymentParameters,
    name: str,
    *,
    phase: str,
    package_arn: Any,
    description: str,
    depends_on: Sequence[Step] = (),
) -> LambdaStep:
    """Ask whether a model package is to go into service.

    `phase` is ``Resolve``, or ``Claim`` to wait until the endpoint can be updated. The outputs are ``Decision``
    (``Deploy`` or ``Skip``), ``Reason``, ``SmokeRowsUrl``, ``Answer``, and the integer ``InstanceCount``: a deployment
    keeps the count that automatic scaling has set.
    """
    return _function_step(
        settings,
        name,
        function="resolve-deployment",
        description=description,
        inputs={
            "Phase": phase,
            "ModelPackageArn": package_arn,
            "EndpointName": parameters.endpoint_name,
            "ExecutionArn": ExecutionVariables.PIPELINE_EXECUTION_ARN,
            "DeployPipeline": settings.names.deploy_pipeline,
            "EndpointType": parameters.endpoint["endpoint_type"],
            "InstanceType": parameters.endpoint["endpoint_instance_type"],
            "MinInstanceCount": parameters.endpoint["endpoint_instance_count"],
            "MaxInstanceCount": parameters.endpoint["endpoint_max_instance_count"],
        },
        outputs=["Decision", "Reason", "SmokeRowsUrl", "Answer"],
        integers=["InstanceCount"],
        depends_on=depends_on,
    )


def scale_endpoint(
    settings: PipelineSettings,
    parameters: DeploymentParameters,
    name: str,
    *,
    variant: str,
    depends_on: Sequence[Step],
) -> LambdaStep:
    """Let Application Auto Scaling keep the endpoint's instances between the two counts.

    Nothing scales if the maximum is not above the minimum. The output is ``Scaling``, in words.
    """
    return _function_step(
        settings,
        name,
        function="scale-endpoint",
        description="Bring the endpoint's automatic scaling in line with the parameters",
        inputs={
            "EndpointName": parameters.endpoint_name,
            "VariantName": variant,
            "MinInstanceCount": parameters.endpoint["endpoint_instance_count"],
            "MaxInstanceCount": parameters.endpoint["endpoint_max_instance_count"],
            "InvocationsPerInstance": parameters.invocations_per_instance,
        },
        outputs=["Scaling"],
        depends_on=depends_on,
    )


def _function_step(
    settings: PipelineSettings,
    name: str,
    *,
    function: str,
    description: str,
    inputs: Mapping[str, Any],
    outputs: Sequence[str],
    integers: Sequence[str] = (),
    depends_on: Sequence[Step] = (),
) -> LambdaStep:
    return LambdaStep(
        name=name,
        lambda_func=Lambda(
            function_arn=f"{settings.functions_arn}{settings.names.function(function)}", session=settings.session
        ),
        description=description,
        inputs=dict(inputs),
        outputs=[
            *(LambdaOutput(output_name=output) for output in outputs),
            *(LambdaOutput(output_name=output, output_type=LambdaOutputTypeEnum.Integer) for output in integers),
        ],
        depends_on=list(depends_on),
    )
