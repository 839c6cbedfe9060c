"""The pipeline ``playground-accessibility``.

::

    EngineerFeatures → TrainXGBoost → EvaluateXGBoost → QualityGate
      ├ yes → RegisterXGBoost ──→ ApprovedAtOnce
      │                             └ yes → CreateModel → SmokeTest → CheckSmokeTest
      │                                      → CreateEndpointConfig → DeployEndpoint
      └ no  → QualityTooLow

SageMaker takes no Condition step in the branch of another: ApprovedAtOnce stands beside QualityGate and depends on
RegisterXGBoost, without which it never starts.
"""

from __future__ import annotations

from collections.abc import Mapping

import boto3
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.mlops.workflow.pipeline import Pipeline

from pipelines.accessibility.deployment import approved_at_once, deployment_steps
from pipelines.accessibility.evaluation import evaluate_xgboost
from pipelines.accessibility.features import engineer_features
from pipelines.accessibility.parameters import pipeline_parameters
from pipelines.accessibility.processing_job import output_url
from pipelines.accessibility.quality_gate import quality_gate
from pipelines.accessibility.registration import register_xgboost
from pipelines.accessibility.settings import build_settings
from pipelines.accessibility.training import train_xgboost

_NO_TELEMETRY = {"SchemaVersion": "1.0", "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}}}


def get_pipeline(
    region: str,
    role: str | None = None,
    default_bucket: str | None = None,
    *,
    input_data_url: str | None = None,
    pipeline_name: str | None = None,
    prefix: str = "",
    tags: Mapping[str, str] | None = None,
    enable_automl: bool = False,
) -> Pipeline:
    """Build the pipeline, without credentials, network or uploads.

    Parameters
    ----------
    region : str
        Region of the deployment; decides which registry the XGBoost image comes from.
    role : str
        ARN of the role that jobs and models run as. Its account names the buckets left out below.
    default_bucket : str, optional
        Bucket for code and results; ``<prefix>playgrounds-models-<account>-<region>`` if left out.
    input_data_url : str, optional
        S3 prefix of the processed table, one partition of it or all;
        ``s3://<prefix>playgrounds-processed-<account>-<region>/playgrounds_income/`` if left out.
    pipeline_name : str, optional
        ``<prefix>playground-accessibility`` if left out.
    prefix : str
        Start of every name of this deployment, its own hyphen included.
    tags : Mapping[str, str], optional
        Tags of everything the pipeline creates, beside ``Stack``.
    enable_automl : bool
        Whether AutoML competes with XGBoost. Decided when the definition is built; not available yet.

    Returns
    -------
    Pipeline
        Pipeline of the SageMaker SDK. The code it refers to is uploaded by ``run-pipeline``.

    Raises
    ------
    ValueError
        The role is no role ARN, or a name does not fit the rules of S3 or SageMaker.
    NotImplementedError
        ``enable_automl`` was asked for.

    Examples
    --------
    >>> pipeline = get_pipeline("us-east-1", "arn:aws:iam::123456789012:role/playgrounds")
    >>> pipeline.name
    'playground-accessibility'
    """
    if enable_automl:
        raise NotImplementedError("enable_automl=True: the pipeline has no AutoML branch; leave it False")
    settings = build_settings(
        region=region,
        role=role,
        default_bucket=default_bucket,
        input_data_url=input_data_url,
        pipeline_name=pipeline_name,
        prefix=prefix,
        tags=tags,
    )
    parameters = pipeline_parameters(settings)
    session = PipelineSession(
        boto_session=boto3.Session(region_name=region),
        default_bucket=settings.bucket,
        sagemaker_config=_NO_TELEMETRY,
    )

    features = engineer_features(settings, parameters)
    train = train_xgboost(settings, parameters, features)
    evaluate = evaluate_xgboost(settings, parameters, features, train)
    register = register_xgboost(settings, parameters, features, train, evaluate)
    deployment = deployment_steps(
        settings,
        parameters.deployment,
        session,
        package_arn=register.properties.ModelPackageArn,
        smoke_rows_url=output_url(features, "smoke"),
    )
    approved = approved_at_once(parameters.model_approval_status, register, deployment=deployment)
    gate = quality_gate(parameters, evaluate, if_steps=[register])

    return Pipeline(
        name=settings.pipeline_name,
        parameters=parameters.as_list(),
        steps=[features, train, evaluate, gate, approved],
        # Experiments would ask for more permissions and show what the registry and the reports show.
        pipeline_experiment_config=None,
        sagemaker_session=session,
    )
