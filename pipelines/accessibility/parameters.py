"""Parameters of the pipeline and their defaults.

Names are CamelCase without underscores, the only form that an EventBridge rule can pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sagemaker.core.workflow.parameters import (
    Parameter,
    ParameterBoolean,
    ParameterFloat,
    ParameterInteger,
    ParameterString,
)

from pipelines.accessibility.settings import PipelineSettings
from pipelines.endpoint_settings import SETTINGS
from pipelines.instance_types import PROCESSING, TRAINING, TRANSFORM
from processing.feature_contract import FEATURE_SETS
from training.hyperparameters import Hyperparameters

LATEST = "latest"
"""Default of ``DataVersion``: the present data, identified by its contents."""

SKIP_DATA_QUALITY_CHECK = "SkipDataQualityCheck"
"""Whether the data become the baseline without being compared with the one before."""

DEFAULT_FEATURE_SET = "playground"
APPROVAL_STATUSES = ["Approved", "PendingManualApproval", "Rejected"]
AUTOML_OBJECTIVES = ["Accuracy", "AUC", "F1"]


@dataclass(frozen=True)
class DeploymentParameters:
    """Parameters of every pipeline that puts a model package into service."""

    processing_instance_type: ParameterString
    transform_instance_type: ParameterString
    endpoint_name: ParameterString
    endpoint: Mapping[str, Parameter]
    invocations_per_instance: ParameterFloat
    data_capture_percentage: ParameterInteger

    def as_list(self) -> list[Parameter]:
        """Return the parameters in the order of the definition."""
        return _flatten(self)


@dataclass(frozen=True)
class AutoMLParameters:
    """What Autopilot maximises, and when it stops."""

    objective: ParameterString
    max_candidates: ParameterInteger
    max_runtime_per_training_job_in_seconds: ParameterInteger
    max_runtime_in_seconds: ParameterInteger


@dataclass(frozen=True)
class PipelineParameters:
    """All parameters of the pipeline, by purpose; ``automl`` is None in a pipeline without that branch."""

    input_data_url: ParameterString
    data_version: ParameterString
    skip_data_quality_check: ParameterBoolean
    data_quality_tolerance: ParameterFloat
    feature_set: ParameterString
    processing_instance_count: ParameterInteger
    training_instance_type: ParameterString
    training_instance_count: ParameterInteger
    hyperparameters: Mapping[str, Parameter]
    automl: AutoMLParameters | None
    accuracy_threshold: ParameterFloat
    gate_margin: ParameterFloat
    minimum_test_rows: ParameterInteger
    model_approval_status: ParameterString
    model_package_group_name: ParameterString
    deployment: DeploymentParameters

    def hyperparameters_as_strings(self) -> dict[str, Any]:
        """Return the hyperparameters by command-line option, as strings: the only type allowed there."""
        return {name: parameter.to_string() for name, parameter in self.hyperparameters.items()}

    def as_list(self) -> list[Parameter]:
        """Return the parameters in the order of the definition."""
        return _flatten(self)


def deployment_parameters(settings: PipelineSettings) -> DeploymentParameters:
    """Declare the parameters of a deployment."""
    return DeploymentParameters(
        processing_instance_type=ParameterString(PROCESSING.parameter, settings.job_instance_types.processing),
        transform_instance_type=ParameterString(TRANSFORM.parameter, settings.job_instance_types.transform),
        endpoint_name=ParameterString("EndpointName", settings.names.pipeline),
        endpoint={
            name: _parameter(SETTINGS[name].parameter, default, SETTINGS[name].choices)
            for name, default in settings.endpoint.parameter_defaults().items()
        },
        invocations_per_instance=ParameterFloat("InvocationsPerInstance", 1000.0),
        data_capture_percentage=ParameterInteger("DataCapturePercentage", 100),
    )


def hyperparameter_parameters() -> dict[str, Parameter]:
    """Declare one parameter per numeric hyperparameter: ``MaxDepth`` with the default of ``max_depth``."""
    return {
        name: _parameter(_camel_case(name), default)
        for name, default in asdict(Hyperparameters()).items()
        if not isinstance(default, str)
    }


def automl_parameters() -> AutoMLParameters:
    """Declare the parameters of the AutoML branch; ten candidates are Autopilot's own default in ensembling mode."""
    return AutoMLParameters(
        objective=ParameterString("AutoMLObjective", "Accuracy", enum_values=AUTOML_OBJECTIVES),
        max_candidates=ParameterInteger("AutoMLMaxCandidates", 10),
        max_runtime_per_training_job_in_seconds=ParameterInteger("AutoMLMaxRuntimePerTrainingJobInSeconds", 1200),
        max_runtime_in_seconds=ParameterInteger("AutoMLMaxRuntimeInSeconds", 3600),
    )


def pipeline_parameters(settings: PipelineSettings, *, enable_automl: bool) -> PipelineParameters:
    """Declare the parameters of the pipeline, with or without those of the AutoML branch."""
    return PipelineParameters(
        input_data_url=ParameterString("InputDataUrl", settings.input_data_url),
        data_version=ParameterString("DataVersion", LATEST),
        skip_data_quality_check=ParameterBoolean(SKIP_DATA_QUALITY_CHECK, default_value=False),
        data_quality_tolerance=ParameterFloat("DataQualityTolerance", 0.02),
        feature_set=ParameterString("FeatureSet", DEFAULT_FEATURE_SET, enum_values=list(FEATURE_SETS)),
        processing_instance_count=ParameterInteger("ProcessingInstanceCount", 1),
        training_instance_type=ParameterString(TRAINING.parameter, settings.job_instance_types.training),
        training_instance_count=ParameterInteger("TrainingInstanceCount", 1),
        hyperparameters=hyperparameter_parameters(),
        automl=automl_parameters() if enable_automl else None,
        accuracy_threshold=ParameterFloat("AccuracyThreshold", 0.8),
        gate_margin=ParameterFloat("GateMargin", 0.02),
        minimum_test_rows=ParameterInteger("MinimumTestRows", 100),
        model_approval_status=ParameterString(
            "ModelApprovalStatus", "PendingManualApproval", enum_values=APPROVAL_STATUSES
        ),
        model_package_group_name=ParameterString("ModelPackageGroupName", settings.names.pipeline),
        deployment=deployment_parameters(settings),
    )


def _flatten(group: Any) -> list[Parameter]:
    """Return the parameters of a group and of the groups in it, in order."""
    if group is None:
        return []
    if isinstance(group, Parameter):
        return [group]
    members = group if isinstance(group, Mapping) else vars(group)
    return [parameter for member in members.values() for parameter in _flatten(member)]


def _parameter(name: str, default: Any, choices: Sequence[Any] = ()) -> Parameter:
    """Declare a parameter of the default's type; choices of a number are checked when a setting is chosen."""
    if isinstance(default, bool):
        return ParameterBoolean(name, default_value=default)
    if isinstance(default, str):
        return ParameterString(name, default, enum_values=list(choices) or None)
    return (ParameterInteger if isinstance(default, int) else ParameterFloat)(name, default)


def _camel_case(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
