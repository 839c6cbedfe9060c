"""The step types that can be run. A new type is a class in a module here, and a line in the table."""

from __future__ import annotations

from collections.abc import Mapping

from local_aws.services.sagemaker.pipelines.step_type import StepType
from local_aws.services.sagemaker.pipelines.steps.callback_step import CallbackStep
from local_aws.services.sagemaker.pipelines.steps.checks import ClarifyCheckStep, QualityCheckStep
from local_aws.services.sagemaker.pipelines.steps.cleanup_step import CleanupStep
from local_aws.services.sagemaker.pipelines.steps.control import ConditionStep, FailStep
from local_aws.services.sagemaker.pipelines.steps.for_each_step import ForEachStep
from local_aws.services.sagemaker.pipelines.steps.jobs import (
    AutoMLStep,
    ProcessingStep,
    TrainingStep,
    TransformStep,
    TuningStep,
)
from local_aws.services.sagemaker.pipelines.steps.lambda_step import LambdaStep
from local_aws.services.sagemaker.pipelines.steps.lineage_step import LineageStep
from local_aws.services.sagemaker.pipelines.steps.resources import (
    EndpointConfigStep,
    EndpointStep,
    ModelStep,
    RegisterModelStep,
)

STEP_TYPES: Mapping[str, StepType] = {
    "Processing": ProcessingStep(),
    "Training": TrainingStep(),
    "Tuning": TuningStep(),
    "Transform": TransformStep(),
    "AutoML": AutoMLStep(),
    "Condition": ConditionStep(),
    "Fail": FailStep(),
    "RegisterModel": RegisterModelStep(),
    "Model": ModelStep(),
    "EndpointConfig": EndpointConfigStep(),
    "Endpoint": EndpointStep(),
    "Lambda": LambdaStep(),
    "Callback": CallbackStep(),
    "QualityCheck": QualityCheckStep(),
    "ClarifyCheck": ClarifyCheckStep(),
    "Lineage": LineageStep(),
    "Cleanup": CleanupStep(),
    "ForEach": ForEachStep(),
}
