"""From a model package to an endpoint: the steps that every deployment shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sagemaker.core.workflow.conditions import ConditionEquals
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.endpoint_step import EndpointConfigStep, EndpointStep
from sagemaker.mlops.workflow.steps import Step, StepTypeEnum

from pipelines.accessibility.parameters import DeploymentParameters
from pipelines.accessibility.processing_job import INPUT_DIR, processing_step
from pipelines.accessibility.settings import PipelineSettings
from pipelines.accessibility.transform_job import answers_url, transform_step
from pipelines.request_step import RequestStep
from processing.feature_contract import SMOKE_ROWS

_VARIANT = "AllTraffic"


def approved_at_once(
    approval_status: Any, register: RequestStep, *, deployment: Sequence[Step], suffix: str = ""
) -> ConditionStep:
    """Deploy in the same execution if it registers its model as approved.

    Parameters
    ----------
    approval_status : Any
        Status that the package was registered with.
    register : RequestStep
        Step that registered it.
    deployment : Sequence[Step]
        What :func:`deployment_steps` made for the package.
    suffix : str
        End of the step's name, where a definition holds several.

    Returns
    -------
    ConditionStep
    """
    return ConditionStep(
        name=f"ApprovedAtOnce{suffix}",
        description="Registered as approved? Otherwise approving the package deploys it later",
        depends_on=[register],
        conditions=[ConditionEquals(approval_status, "Approved")],
        if_steps=list(deployment),
        else_steps=[],
    )


def deployment_steps(
    settings: PipelineSettings,
    parameters: DeploymentParameters,
    session: PipelineSession,
    *,
    package_arn: Any,
    smoke_rows_url: Any,
    answer: Any,
    suffix: str = "",
) -> list[Step]:
    """Make the steps that put a model package into service, a smoke test first.

    SageMaker cannot rejoin the branches of a condition, so that a definition may hold these steps more than
    once; they are made here only.

    Parameters
    ----------
    settings : PipelineSettings
        Role, code and result folder.
    parameters : DeploymentParameters
        Endpoint and instances.
    session : PipelineSession
        Session under which the SDK records the endpoint's requests.
    package_arn : Any
        ARN of an approved model package.
    smoke_rows_url : Any
        S3 prefix of the contract's ``SMOKE_ROWS`` headerless CSV rows, features only.
    answer : Any
        What the model answers a row with: one of the contract's ``ANSWERS``.
    suffix : str
        End of every step's name, where a definition holds several deployments.

    Returns
    -------
    list[Step]
        CreateModel, SmokeTest, CheckSmokeTest, CreateEndpointConfig, DeployEndpoint.
    """
    create_model = RequestStep(
        f"CreateModel{suffix}",
        StepTypeEnum.CREATE_MODEL,
        {
            "PrimaryContainer": {"ModelPackageName": package_arn},
            "ExecutionRoleArn": settings.role,
            "Tags": settings.aws_tags,
        },
        description="Make a model of the package; refused unless the package is approved",
    )
    model_name = create_model.properties.ModelName
    smoke_test = transform_step(
        settings,
        f"SmokeTest{suffix}",
        description="Score ten rows with the model, before anything serves it",
        model_name=model_name,
        rows_url=smoke_rows_url,
        instance_type=parameters.transform_instance_type,
    )
    check_smoke_test = processing_step(
        settings,
        f"CheckSmokeTest{suffix}",
        module="processing.check_smoke_test",
        description="Stop here unless the model answered every smoke row as it should",
        inputs={"answers": answers_url(smoke_test)},
        arguments=[
            *("--input-dir", f"{INPUT_DIR}/answers"),
            *("--expected-rows", str(SMOKE_ROWS), "--answer", answer),
        ],
        instance_type=parameters.transform_instance_type,
    )
    create_endpoint_config = EndpointConfigStep(
        name=f"CreateEndpointConfig{suffix}",
        description="Describe the endpoint; a configuration of its own for every execution",
        depends_on=[check_smoke_test],
        step_args=session.create_endpoint_config(
            name=Join(on="-", values=[settings.pipeline_name, ExecutionVariables.PIPELINE_EXECUTION_ID]),
            production_variants=[
                {
                    "VariantName": _VARIANT,
                    "ModelName": model_name,
                    "InstanceType": parameters.endpoint_instance_type,
                    "InitialInstanceCount": parameters.endpoint_instance_count,
                }
            ],
            tags=settings.aws_tags,
        ),
    )
    deploy_endpoint = EndpointStep(
        name=f"DeployEndpoint{suffix}",
        description="Create the endpoint, or move it to the new configuration",
        step_args=session.create_endpoint(
            endpoint_name=parameters.endpoint_name,
            config_name=create_endpoint_config.properties.EndpointConfigName,
            tags=settings.aws_tags,
        ),
    )
    return [create_model, smoke_test, check_smoke_test, create_endpoint_config, deploy_endpoint]
