"""Parameters of the pipeline: what an execution may be started with, and the defaults.

Names are CamelCase without underscores, the only ones that an EventBridge rule can pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any

from sagemaker.core.workflow.parameters import (
    Parameter,
    ParameterBoolean,
    ParameterFloat,
    ParameterInteger,
    ParameterString,
)

from pipelines.accessibility.settings import ENDPOINT_TYPES, PipelineSettings
from processing.feature_contract import FEATURE_SETS
from training.hyperparameters import Hyperparameters

LATEST = "latest"
"""Default of ``DataVersion``: the data as it is found, told from other data by its contents."""

DEFAULT_FEATURE_SET = "playground"
APPROVAL_STATUSES = ["Approved", "PendingManualApproval", "Rejected"]
AUTOML_OBJECTIVES = ["Accuracy", "AUC", "F1"]


@dataclass(frozen=True)
class DeploymentParameters:
    """Parameters of every pipeline that puts a model package into service."""

    transform_instance_type: ParameterString
    endpoint_name: ParameterString
    endpoint_type: ParameterString
    endpoint_instance_type: ParameterString
    endpoint_instance_count: ParameterInteger
    endpoint_max_instance_count: ParameterInteger
    invocations_per_instance: ParameterFloat
    serverless_memory_in_mb: ParameterInteger
    serverless_max_concurrency: ParameterInteger
    enable_data_capture: ParameterBoolean
    data_capture_percentage: ParameterInteger
    bake_time_in_seconds: ParameterInteger

    def as_list(self) -> list[Parameter]:
        """Return the parameters in the order of the definition."""
        return list(vars(self).values())


@dataclass(frozen=True)
class AutoMLParameters:
    """What Autopilot is to maximise, and when it is to stop."""

    objective: ParameterString
    max_candidates: ParameterInteger
    max_runtime_per_training_job_in_seconds: ParameterInteger
    max_runtime_in_seconds: ParameterInteger


@dataclass(frozen=True)
class PipelineParameters:
    """All parameters of the pipeline, by what they are for; ``automl`` is left out with the branch."""

    input_data_url: ParameterString
    data_version: ParameterString
    feature_set: ParameterString
    processing_instance_type: ParameterString
    processing_instance_count: ParameterInteger
    training_instance_type: ParameterString
    training_instance_count: ParameterInteger
    hyperparameters: Mapping[str, ParameterInteger | ParameterFloat]
    automl: AutoMLParameters | None
    accuracy_threshold: ParameterFloat
    minimum_lift: ParameterFloat
    model_approval_status: ParameterString
    model_package_group_name: ParameterString
    deployment: DeploymentParameters

    def hyperparameters_as_strings(self) -> dict[str, Any]:
        """Return the hyperparameters by the name of their command-line option, as strings: the only type there."""
        return {name: parameter.to_string() for name, parameter in self.hyperparameters.items()}

    def as_list(self) -> list[Parameter]:
        """Return the parameters in the order of the definition."""
        return [parameter for value in vars(self).values() if value is not None for parameter in _parameters_in(value)]


def deployment_parameters(settings: PipelineSettings) -> DeploymentParameters:
    """Declare the parameters of a deployment.

    Parameters
    ----------
    settings : PipelineSettings
        Gives the endpoint its default name, and how it serves by default.

    Returns
    -------
    DeploymentParameters
    """
    endpoint = settings.endpoint
    return DeploymentParameters(
        transform_instance_type=ParameterString("TransformInstanceType", "ml.m5.large"),
        endpoint_name=ParameterString("EndpointName", f"{settings.prefix}playground-accessibility"),
        endpoint_type=ParameterString("EndpointType", endpoint.endpoint_type, enum_values=list(ENDPOINT_TYPES)),
        endpoint_instance_type=ParameterString("EndpointInstanceType", endpoint.endpoint_instance_type),
        endpoint_instance_count=ParameterInteger("EndpointInstanceCount", endpoint.endpoint_instance_count),
        endpoint_max_instance_count=ParameterInteger(
            "EndpointMaxInstanceCount", endpoint.endpoint_max_instance_count or endpoint.endpoint_instance_count
        ),
        invocations_per_instance=ParameterFloat("InvocationsPerInstance", 1000.0),
        serverless_memory_in_mb=ParameterInteger("ServerlessMemoryInMB", endpoint.serverless_memory_in_mb),
        serverless_max_concurrency=ParameterInteger("ServerlessMaxConcurrency", endpoint.serverless_max_concurrency),
        enable_data_capture=ParameterBoolean("EnableDataCapture", default_value=endpoint.enable_data_capture),
        data_capture_percentage=ParameterInteger("DataCapturePercentage", 100),
        bake_time_in_seconds=ParameterInteger("BakeTimeInSeconds", endpoint.bake_seconds),
    )


def hyperparameter_parameters() -> dict[str, ParameterInteger | ParameterFloat]:
    """Declare one parameter per numeric hyperparameter, with the training script's default: ``max_depth``, MaxDepth."""
    return {
        name: (ParameterInteger if isinstance(default, int) else ParameterFloat)(_camel_case(name), default)
        for name, default in asdict(Hyperparameters()).items()
        if not isinstance(default, str)
    }


def automl_parameters() -> AutoMLParameters:
    """Declare the parameters of the AutoML branch.

    Returns
    -------
    AutoMLParameters
        Ten candidates are what Autopilot tries in ensembling mode when nothing is said.
    """
    return AutoMLParameters(
        objective=ParameterString("AutoMLObjective", "Accuracy", enum_values=AUTOML_OBJECTIVES),
        max_candidates=ParameterInteger("AutoMLMaxCandidates", 10),
        max_runtime_per_training_job_in_seconds=ParameterInteger("AutoMLMaxRuntimePerTrainingJobInSeconds", 1200),
        max_runtime_in_seconds=ParameterInteger("AutoMLMaxRuntimeInSeconds", 3600),
    )


def pipeline_parameters(settings: PipelineSettings, *, enable_automl: bool) -> PipelineParameters:
    """Declare the parameters of the pipeline.

    Parameters
    ----------
    settings : PipelineSettings
        Gives the data, the endpoint and the model package group their defaults.
    enable_automl : bool
        Whether the pipeline has an AutoML branch.

    Returns
    -------
    PipelineParameters
    """
    return PipelineParameters(
        input_data_url=ParameterString("InputDataUrl", settings.input_data_url),
        data_version=ParameterString("DataVersion", LATEST),
        feature_set=ParameterString("FeatureSet", DEFAULT_FEATURE_SET, enum_values=list(FEATURE_SETS)),
        processing_instance_type=ParameterString("ProcessingInstanceType", "ml.m5.large"),
        processing_instance_count=ParameterInteger("ProcessingInstanceCount", 1),
        training_instance_type=ParameterString("TrainingInstanceType", "ml.m5.large"),
        training_instance_count=ParameterInteger("TrainingInstanceCount", 1),
        hyperparameters=hyperparameter_parameters(),
        automl=automl_parameters() if enable_automl else None,
        accuracy_threshold=ParameterFloat("AccuracyThreshold", 0.8),
        minimum_lift=ParameterFloat("MinimumLift", 0.05),
        model_approval_status=ParameterString(
            "ModelApprovalStatus", "PendingManualApproval", enum_values=APPROVAL_STATUSES
        ),
        model_package_group_name=ParameterString("ModelPackageGroupName", f"{settings.prefix}playground-accessibility"),
        deployment=deployment_parameters(settings),
    )


def _parameters_in(value: Any) -> Iterable[Parameter]:
    """Return the parameters of a group, or the one that stands alone."""
    if isinstance(value, Mapping):
        return value.values()
    return vars(value).values() if is_dataclass(value) else [value]


def _camel_case(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
