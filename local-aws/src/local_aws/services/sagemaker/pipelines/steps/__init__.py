"""The step types that can be run. A new type is a module here and a line in the table."""

from __future__ import annotations

from collections.abc import Mapping

from local_aws.services.sagemaker.pipelines.step_type import StepType
from local_aws.services.sagemaker.pipelines.steps.automl import AutoMLStep
from local_aws.services.sagemaker.pipelines.steps.condition import ConditionStep
from local_aws.services.sagemaker.pipelines.steps.endpoint import EndpointStep
from local_aws.services.sagemaker.pipelines.steps.endpoint_config import EndpointConfigStep
from local_aws.services.sagemaker.pipelines.steps.fail import FailStep
from local_aws.services.sagemaker.pipelines.steps.lambda_step import LambdaStep
from local_aws.services.sagemaker.pipelines.steps.model import ModelStep
from local_aws.services.sagemaker.pipelines.steps.processing import ProcessingStep
from local_aws.services.sagemaker.pipelines.steps.register_model import RegisterModelStep
from local_aws.services.sagemaker.pipelines.steps.training import TrainingStep
from local_aws.services.sagemaker.pipelines.steps.transform import TransformStep

STEP_TYPES: Mapping[str, StepType] = {
    "Processing": ProcessingStep(),
    "Training": TrainingStep(),
    "Transform": TransformStep(),
    "AutoML": AutoMLStep(),
    "Condition": ConditionStep(),
    "Fail": FailStep(),
    "RegisterModel": RegisterModelStep(),
    "Model": ModelStep(),
    "EndpointConfig": EndpointConfigStep(),
    "Endpoint": EndpointStep(),
    "Lambda": LambdaStep(),
}
