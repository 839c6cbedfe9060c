"""The steps that put a model package into service, which both pipelines share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sagemaker.core.workflow.conditions import Condition
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.steps import Step, StepTypeEnum

from pipelines.accessibility.endpoint import instance_endpoint, serverless_endpoint
from pipelines.accessibility.functions import resolve_deployment
from pipelines.accessibility.parameters import DeploymentParameters
from pipelines.accessibility.processing_job import INPUT_DIR, processing_step
from pipelines.accessibility.settings import PipelineSettings
from pipelines.accessibility.transform_job import answers_url, transform_step
from pipelines.request_step import RequestStep
from processing.feature_contract import SMOKE_ROWS


@dataclass(frozen=True)
class Start:
    """The Condition step under which a deployment starts, and the steps it waits for."""

    name: str
    description: str
    conditions: list[Condition]
    depends_on: list[Step]


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
    start: Start,
    *,
    suffix: str = "",
) -> list[Step]:
    """Create the steps that put a model package into service, if a condition holds and its smoke test passes.

    SageMaker cannot rejoin the branches of a condition and takes none inside another. So a definition may hold these
    steps more than once, told apart by `suffix`, and they are three conditions side by side: the caller's, whose branch
    ends in ``ClaimEndpoint``, and one for each type of endpoint, which reads that step's answer.
    """
    create_model = RequestStep(
        f"CreateModel{suffix}",
        StepTypeEnum.CREATE_MODEL,
        {
            "PrimaryContainer": {"ModelPackageName": candidate.package_arn},
            "ExecutionRoleArn": settings.role,
            "Tags": settings.aws_tags,
        },
        description="Create a model from the package; refused unless the package is approved",
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
        instance_type=parameters.transform_instance_type,
    )
    claim_endpoint = resolve_deployment(
        settings,
        parameters,
        f"ClaimEndpoint{suffix}",
        phase="Claim",
        package_arn=candidate.package_arn,
        description="Wait until the endpoint can be updated; is this package still the one to deploy?",
        depends_on=[check_smoke_test],
    )
    return [
        ConditionStep(
            name=start.name,
            description=start.description,
            depends_on=start.depends_on,
            conditions=start.conditions,
            if_steps=[create_model, smoke_test, check_smoke_test, claim_endpoint],
            else_steps=[],
        ),
        instance_endpoint(settings, parameters, claim_endpoint, model_name, suffix=suffix),
        serverless_endpoint(settings, parameters, claim_endpoint, model_name, suffix=suffix),
    ]
