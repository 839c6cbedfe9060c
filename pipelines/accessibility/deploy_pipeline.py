"""The pipeline ``playground-accessibility-deploy``: an approved model package goes into service.

::

    ResolveDeployment → ShouldDeploy → no: the end; ResolveDeployment's output says why
                                     → yes: CreateModel → SmokeTest → CheckSmokeTest → DeployEndpoint

EventBridge starts it when a package is approved in the registry; a person may start it, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sagemaker.core.workflow.conditions import ConditionEquals
from sagemaker.core.workflow.parameters import ParameterString
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.pipeline import Pipeline

from pipelines.accessibility.deployment import Candidate, deployment
from pipelines.accessibility.functions import resolve_deployment
from pipelines.accessibility.parameters import deployment_parameters
from pipelines.accessibility.settings import (
    build_settings,
)
from pipelines.endpoint_settings import EndpointSettings


def get_pipeline(
    region: str,
    role: str | None = None,
    default_bucket: str | None = None,
    *,
    jobs_role: str | None = None,
    model_role: str | None = None,
    job_security: Mapping[str, Any] | None = None,
    code_bucket: str | None = None,
    pipeline_name: str | None = None,
    prefix: str = "",
    tags: Mapping[str, str] | None = None,
    job_instance_types: Mapping[str, str] | None = None,
    spot_training: bool = False,
    enable_automl: bool = True,
    **endpoint: Any,
) -> Pipeline:
    """Build the pipeline, without credentials, network or uploads.

    The arguments are those of :func:`pipelines.accessibility.pipeline.get_pipeline`; `pipeline_name` defaults to
    ``<prefix>playground-accessibility-deploy``. Both pipelines take the same arguments: here `spot_training`
    and `enable_automl` have no effect.
    """
    settings = build_settings(
        region=region,
        role=role,
        jobs_role=jobs_role,
        model_role=model_role,
        job_security=job_security,
        default_bucket=default_bucket,
        code_bucket=code_bucket,
        input_data_url=None,
        pipeline_name=pipeline_name,
        prefix=prefix,
        tags=tags,
        endpoint=EndpointSettings.of(endpoint),
        job_instance_types=job_instance_types,
        default_name="deploy_pipeline",
    )
    package_arn = ParameterString("ModelPackageArn")
    parameters = deployment_parameters(settings)

    resolve = resolve_deployment(
        settings,
        parameters,
        package_arn,
    )
    outputs = resolve.properties.Outputs
    candidate = Candidate(package_arn, smoke_rows_url=outputs["SmokeRowsUrl"], answer=outputs["Answer"])
    should_deploy = ConditionStep(
        name="ShouldDeploy",
        description="Deploy, or end here without doing anything?",
        conditions=[ConditionEquals(outputs["Decision"], "Deploy")],
        if_steps=deployment(settings, parameters, candidate),
        else_steps=[],
    )
    return Pipeline(
        name=settings.pipeline_name,
        parameters=[package_arn, *parameters.as_list()],
        steps=[resolve, should_deploy],
        pipeline_experiment_config=None,
        sagemaker_session=settings.session,
    )
