"""Lambda steps: the stack's functions, for questions that no job can answer."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from sagemaker.core.lambda_helper import Lambda
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.mlops.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep

from pipelines.accessibility.parameters import DeploymentParameters, PipelineParameters
from pipelines.accessibility.processing_job import output_url
from pipelines.accessibility.settings import PipelineSettings
from pipelines.request_step import RequestStep

# The functions belong to the stack; the SDK must not update them.
warnings.filterwarnings("ignore", message="Lambda function won't be updated")

_SKIP_CHECK = LambdaOutput(output_name="SkipCheck", output_type=LambdaOutputTypeEnum.Boolean)


def resolve_data_version(settings: PipelineSettings, parameters: PipelineParameters) -> LambdaStep:
    """Resolve ``DataVersion``, which changes with the contents of the data, and only with them.

    The other outputs are the feeds' own dates: ``PlaygroundsDate``, ``ParksDate``, ``IncomeDate`` and ``TaxYear``.
    """
    return _function_step(
        settings,
        "ResolveDataVersion",
        function="resolve-data-version",
        description="Distinguish new data from unchanged data, for the step cache; and when the feeds were made",
        inputs={"InputDataUrl": parameters.input_data_url, "DataVersion": parameters.data_version},
        outputs=["DataVersion", "PlaygroundsDate", "ParksDate", "IncomeDate", "TaxYear"],
    )


def resolve_data_baseline(settings: PipelineSettings, parameters: PipelineParameters) -> LambdaStep:
    """Ask whether there is a baseline to compare the data with; the outputs are ``SkipCheck`` and ``Baseline``."""
    return _function_step(
        settings,
        "ResolveDataBaseline",
        function="resolve-data-baseline",
        description="Has an approved model statistics of its data to compare with?",
        inputs={
            "ModelPackageGroupName": parameters.model_package_group_name,
            "SkipDataQualityCheck": parameters.skip_data_quality_check,
        },
        outputs=[_SKIP_CHECK, "Baseline"],
    )


def require_data_quality(
    settings: PipelineSettings,
    parameters: PipelineParameters,
    *,
    statistics_url: Any,
    constraints_url: Any,
    baseline: Any,
) -> LambdaStep:
    """Fail if Model Monitor has found violations; ``ConstraintsUrl`` is of the constraints for later data."""
    return _function_step(
        settings,
        "RequireDataQuality",
        function="require-data-quality",
        description="Stop here, with the figures, if the data are worse than those of the latest approved model",
        inputs={
            "StatisticsUrl": statistics_url,
            "ConstraintsUrl": constraints_url,
            "Baseline": baseline,
            "Tolerance": parameters.data_quality_tolerance,
            "ResultUrl": settings.result_url("RequireDataQuality"),
        },
        outputs=["ConstraintsUrl"],
    )


def write_model_card(settings: PipelineSettings, suffix: str, *, package_arn: Any, card_url: Any) -> LambdaStep:
    """Write the card into a package; the step's outcome says nothing about the package's approval."""
    return _function_step(
        settings,
        f"WriteModelCard{suffix}",
        function="write-model-card",
        description="Put the model card into the registered package, for its approver",
        inputs={"ModelPackageArn": package_arn, "ModelCardUrl": card_url},
        outputs=["ModelPackageArn"],
    )


def list_candidates(settings: PipelineSettings, automl: RequestStep) -> LambdaStep:
    """Ask the AutoML job for its candidates; ``CandidatesUrl`` is of the list, beside the job's other results.

    A search from the cache is that of an earlier execution, and so is the place of its list.
    """
    job = automl.properties
    return _function_step(
        settings,
        "ListCandidates",
        function="list-candidates",
        description="Ask the AutoML job what it has tried, for the report's leaderboard",
        inputs={
            "AutoMLJobName": job.AutoMLJobName,
            "Chosen": job.BestCandidate.CandidateName,
            "ResultUrl": Join(on="/", values=[job.OutputDataConfig.S3OutputPath, "candidates"]),
        },
        outputs=["CandidatesUrl"],
    )


def resolve_serving(
    settings: PipelineSettings, parameters: PipelineParameters, engineer_features: RequestStep
) -> LambdaStep:
    """Find what serves now and what is recorded of it, for the gate's comparison.

    The outputs are ``Package``, ``Reason``, ``Algorithm``, and prefixes that exist, whatever serves: ``EvaluationUrl``,
    ``ScoringUrl`` and ``ModelUrl``.
    """
    return _function_step(
        settings,
        "ResolveServing",
        function="resolve-serving",
        description="Which model serves now, and where its scores and its artifact are",
        inputs={
            "EndpointName": parameters.deployment.endpoint_name,
            "FeatureSet": parameters.feature_set,
            "FallbackUrl": output_url(engineer_features, "scoring"),
        },
        outputs=["Package", "Reason", "Algorithm", "EvaluationUrl", "ScoringUrl", "ModelUrl"],
    )


def resolve_deployment(settings: PipelineSettings, parameters: DeploymentParameters, package_arn: Any) -> LambdaStep:
    """Ask whether a model package is to go into service.

    The outputs are ``Decision`` (``Deploy`` or ``Skip``), ``Reason``, ``SmokeRowsUrl`` and ``Answer``.
    """
    return _function_step(
        settings,
        "ResolveDeployment",
        function="resolve-deployment",
        description="Is the package still approved, the latest, and not in service yet?",
        inputs={
            "ModelPackageArn": package_arn,
            "EndpointName": parameters.endpoint_name,
            "EndpointType": parameters.endpoint["endpoint_type"],
            "ExecutionArn": ExecutionVariables.PIPELINE_EXECUTION_ARN,
            "DeployPipeline": settings.names.deploy_pipeline,
        },
        outputs=["Decision", "Reason", "SmokeRowsUrl", "Answer"],
    )


def _function_step(
    settings: PipelineSettings,
    name: str,
    *,
    function: str,
    description: str,
    inputs: Mapping[str, Any],
    outputs: Sequence[str | LambdaOutput],
) -> LambdaStep:
    return LambdaStep(
        name=name,
        lambda_func=Lambda(
            function_arn=f"{settings.functions_arn}{settings.names.function(function)}", session=settings.session
        ),
        description=description,
        inputs=dict(inputs),
        outputs=[LambdaOutput(output_name=each) if isinstance(each, str) else each for each in outputs],
    )
