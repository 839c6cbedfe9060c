"""The steps that put a model package into service, which both pipelines share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sagemaker.mlops.workflow.steps import Step, StepTypeEnum

from pipelines.accessibility.endpoint import deploy_endpoint
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
    deploy = deploy_endpoint(
        settings,
        parameters,
        f"DeployEndpoint{suffix}",
        package_arn=candidate.package_arn,
        model_name=model_name,
        depends_on=[check_smoke_test],
    )
    return [create_model, smoke_test, check_smoke_test, deploy]
