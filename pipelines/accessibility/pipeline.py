"""The pipeline ``playground-accessibility``.

::

    ResolveDataVersion → SnapshotData, ResolveDataBaseline → CheckDataQuality → RequireDataQuality → EngineerFeatures
    EngineerFeatures → ResolveServing
    EngineerFeatures → TrainXGBoost → EvaluateXGBoost ────────────────────────────┐
                     → AutoML → CreateAutoMLModel → ScoreTestSet → EvaluateAutoML ┤
                     → AutoML → ListCandidates ───────────────────────────────────┴→ WriteReport
    WriteReport → QualityGate        → no: QualityTooLow
                → ChampionIsXGBoost  → yes: RegisterXGBoost → WriteModelCardXGBoost
                → ApprovedAtOnce     → yes: RegisterApprovedXGBoost → CreateModel → SmokeTest → CheckSmokeTest
                                                                    → DeployEndpoint → WriteModelCardApprovedXGBoost
                → ChampionIsAutoML, ApprovedAtOnceAutoML → the same for AutoML, each name with "AutoML" at its end

SageMaker does not support a Condition step in the branch of another, and what becomes of a step outside that depends on
one in a branch is not documented. So the conditions stand side by side, and each reads WriteReport's decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sagemaker.core.workflow.conditions import ConditionEquals, ConditionNot
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import Step

from pipelines.accessibility import contenders
from pipelines.accessibility.contenders import Contender
from pipelines.accessibility.data_quality import DataQuality, data_quality
from pipelines.accessibility.deployment import Candidate, deployment
from pipelines.accessibility.features import engineer_features
from pipelines.accessibility.functions import resolve_data_version, resolve_serving, write_model_card
from pipelines.accessibility.parameters import PipelineParameters, pipeline_parameters
from pipelines.accessibility.processing_job import output_url
from pipelines.accessibility.quality_gate import champion_condition, quality_gate
from pipelines.accessibility.registration import register_model
from pipelines.accessibility.report import model_card_url, write_report
from pipelines.accessibility.settings import (
    PipelineSettings,
    build_settings,
)
from pipelines.endpoint_settings import EndpointSettings
from pipelines.request_step import RequestStep


def get_pipeline(
    region: str,
    role: str | None = None,
    default_bucket: str | None = None,
    *,
    jobs_role: str | None = None,
    model_role: str | None = None,
    job_security: Mapping[str, Any] | None = None,
    code_bucket: str | None = None,
    input_data_url: str | None = None,
    pipeline_name: str | None = None,
    prefix: str = "",
    tags: Mapping[str, str] | None = None,
    job_instance_types: Mapping[str, str] | None = None,
    spot_training: bool = False,
    enable_automl: bool = True,
    **endpoint: Any,
) -> Pipeline:
    """Build the pipeline, without credentials, network or uploads; ``run-pipeline`` uploads the code it refers to.

    Parameters
    ----------
    role
        ARN of the pipeline's role. Its account is part of the default bucket names.
    default_bucket
        Bucket for results; defaults to ``<prefix>playgrounds-models-<account>-<region>``.
    jobs_role, model_role
        ARNs of the roles that jobs, and the containers of models, run as; default to `role`.
    job_security
        Key, network and isolation of jobs and models: fields of :class:`pipelines.job_security.JobSecurity`.
    code_bucket
        Bucket for code; defaults to ``<prefix>playgrounds-code-<account>-<region>``.
    input_data_url
        S3 prefix of the processed table, one partition of it or all; defaults to
        ``s3://<prefix>playgrounds-processed-<account>-<region>/playgrounds_income/``.
    pipeline_name
        Defaults to ``<prefix>playground-accessibility``.
    prefix
        Start of every name of this deployment, including its own hyphen.
    tags
        Tags of everything the pipeline creates, beside ``Stack``.
    job_instance_types
        Default instance types of the jobs: fields of :class:`pipelines.instance_types.JobInstanceTypes`.
    spot_training
        Whether XGBoost trains on spot instances, with checkpoints. Fixed when the definition is built.
    enable_automl
        Whether AutoML competes with XGBoost. Decided when the definition is built: without it the pipeline has neither
        the branch nor its parameters.
    endpoint
        How models are served: fields of :class:`pipelines.endpoint_settings.EndpointSettings`, such as
        ``traffic_routing`` and ``endpoint_instance_count``.

    Raises
    ------
    ValueError
        The role is not a role ARN, a name breaks the rules of S3 or SageMaker, an endpoint setting does not exist, or
        SageMaker would refuse it.
    """
    settings = build_settings(
        region=region,
        role=role,
        jobs_role=jobs_role,
        model_role=model_role,
        job_security=job_security,
        spot_training=spot_training,
        default_bucket=default_bucket,
        code_bucket=code_bucket,
        input_data_url=input_data_url,
        pipeline_name=pipeline_name,
        prefix=prefix,
        tags=tags,
        endpoint=EndpointSettings.of(endpoint),
        job_instance_types=job_instance_types,
    )
    parameters = pipeline_parameters(settings, enable_automl=enable_automl)

    data_version = resolve_data_version(settings, parameters)
    version = data_version.properties.Outputs["DataVersion"]
    quality = data_quality(settings, parameters, version)
    features = engineer_features(settings, parameters, quality, version)
    xgboost = contenders.xgboost(settings, parameters, features)
    automl = contenders.automl(settings, parameters, parameters.automl, features) if parameters.automl else None
    competing = [contender for contender in (xgboost, automl) if contender]
    serving = resolve_serving(settings, parameters, features)
    report = write_report(settings, parameters, data_version, features, xgboost, automl, serving)

    gate = quality_gate(report)
    champions = [
        step
        for contender in competing
        for step in _register_and_deploy(settings, parameters, quality, features, version, report, contender)
    ]

    measured = [step for contender in competing for step in contender.steps]
    return Pipeline(
        name=settings.pipeline_name,
        parameters=parameters.as_list(),
        steps=[
            data_version,
            *quality.steps,
            features,
            *measured,
            serving,
            report,
            gate,
            *champions,
        ],
        # Experiments would ask for more permissions and show what the registry and the reports show.
        pipeline_experiment_config=None,
        sagemaker_session=settings.session,
    )


def _register_and_deploy(
    settings: PipelineSettings,
    parameters: PipelineParameters,
    quality: DataQuality,
    features: RequestStep,
    data_version: Any,
    report: RequestStep,
    contender: Contender,
) -> list[Step]:
    """Create the conditions under which a champion is registered, and registered and deployed at once."""
    is_approved = ConditionEquals(parameters.model_approval_status, "Approved")
    condition = champion_condition(contender, report)
    names = contender.name, f"Approved{contender.name}"
    register, register_approved = (
        register_model(f"Register{name}", parameters, contender, quality, features, data_version, report)
        for name in names
    )
    card, card_of_approved = (
        write_model_card(
            settings,
            name,
            package_arn=step.properties.ModelPackageArn,
            card_url=model_card_url(report, contender),
        )
        for name, step in zip(names, (register, register_approved), strict=True)
    )
    candidate = Candidate(
        register_approved.properties.ModelPackageArn,
        smoke_rows_url=output_url(features, "smoke"),
        answer=contender.answer,
    )
    deploying = deployment(settings, parameters.deployment, candidate, suffix=contender.suffix)
    # Nobody waits for this card: whatever becomes of it, the model is in service.
    card_of_approved.add_depends_on([deploying[-1]])
    return [
        ConditionStep(
            name=f"ChampionIs{contender.name}",
            description=f"{contender.name} good enough, and the better model? Approving its package deploys it later",
            depends_on=[report],
            conditions=[condition, ConditionNot(is_approved)],
            if_steps=[register, card],
            else_steps=[],
        ),
        ConditionStep(
            name=f"ApprovedAtOnce{contender.suffix}",
            description=f"{contender.name} good enough, the better model, and to be registered as approved?",
            depends_on=[report],
            conditions=[condition, is_approved],
            if_steps=[register_approved, *deploying, card_of_approved],
            else_steps=[],
        ),
    ]
