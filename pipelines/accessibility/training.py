"""TrainXGBoost: script mode in the XGBoost image, on spot instances if the deployment asks for them."""

from __future__ import annotations

from typing import Any

from sagemaker.mlops.workflow.steps import StepTypeEnum

from pipelines.accessibility.parameters import PipelineParameters
from pipelines.accessibility.policies import COMPUTE_CACHE, JOB_RETRIES
from pipelines.accessibility.processing_job import output_url
from pipelines.accessibility.settings import PipelineSettings
from pipelines.request_step import RequestStep
from training.hyperparameters import Hyperparameters

_VOLUME_GB = 30
_MAX_RUNTIME_SECONDS = 3600
_MAX_WAIT_SECONDS = 4 * _MAX_RUNTIME_SECONDS
"""How long a training on spot instances may take with its waits for capacity."""
_CHECKPOINTS = "/opt/ml/checkpoints"
"""SageMaker's default folder of checkpoints."""


def train_xgboost(
    settings: PipelineSettings, parameters: PipelineParameters, engineer_features: RequestStep
) -> RequestStep:
    """Train on the train channel, with early stopping on the validation channel.

    SageMaker refuses metric definitions for its own images; what the evaluation measures is in its files.
    """
    request = {
        "AlgorithmSpecification": {
            "TrainingImage": settings.image_uri,
            "TrainingInputMode": "File",
        },
        "HyperParameters": {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": settings.training_code_url,
            "objective": Hyperparameters.objective,
            **parameters.hyperparameters_as_strings(),
            **({"checkpoint-dir": _CHECKPOINTS} if settings.spot_training else {}),
        },
        "InputDataConfig": [_channel(name, output_url(engineer_features, name)) for name in ("train", "validation")],
        "OutputDataConfig": {"S3OutputPath": settings.result_url("TrainXGBoost"), **settings.security.result_key()},
        "ResourceConfig": {
            "InstanceType": parameters.training_instance_type,
            "InstanceCount": parameters.training_instance_count,
            "VolumeSizeInGB": _VOLUME_GB,
            **settings.security.volume_key(),
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": _MAX_RUNTIME_SECONDS},
        **(_spot(settings) if settings.spot_training else {}),
        **settings.security.network(),
        "RoleArn": settings.jobs_role,
        "Tags": settings.aws_tags,
    }
    return RequestStep(
        "TrainXGBoost",
        StepTypeEnum.TRAINING,
        request,
        description="Train gradient-boosted trees, stopping early on the validation set",
        cache_config=COMPUTE_CACHE,
        retry_policies=JOB_RETRIES,
    )


def _spot(settings: PipelineSettings) -> dict[str, Any]:
    """Return the members of a training on spot instances, which goes on from its checkpoints after an interruption."""
    return {
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {
            "MaxRuntimeInSeconds": _MAX_RUNTIME_SECONDS,
            "MaxWaitTimeInSeconds": _MAX_WAIT_SECONDS,
        },
        "CheckpointConfig": {"S3Uri": settings.checkpoints_url, "LocalPath": _CHECKPOINTS},
    }


def _channel(name: str, url: Any) -> dict[str, Any]:
    """Describe an input channel of CSV files."""
    return {
        "ChannelName": name,
        "ContentType": "text/csv",
        "DataSource": {
            "S3DataSource": {
                "S3Uri": url,
                "S3DataType": "S3Prefix",
                "S3DataDistributionType": "FullyReplicated",
            }
        },
    }
