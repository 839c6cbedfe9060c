"""AutoML: Autopilot searches for a model, and its best candidate scores the test rows.

The SDK's class for the step builds on what version 3 no longer has. So the request is that of ``CreateAutoMLJob``;
the service generates the job's name.
"""

from __future__ import annotations

from typing import Any

from sagemaker.mlops.workflow.steps import StepTypeEnum

from pipelines.accessibility.parameters import AutoMLParameters, PipelineParameters
from pipelines.accessibility.policies import COMPUTE_CACHE, JOB_RETRIES, REQUEST_RETRIES
from pipelines.accessibility.processing_job import output_url
from pipelines.accessibility.settings import PipelineSettings
from pipelines.accessibility.transform_job import transform_step
from pipelines.request_step import RequestStep
from processing.feature_contract import LABEL, PREDICTED_LABEL

# What evaluation needs; `probability` is that of the predicted label in ensembling mode.
LABEL_AND_PROBABILITY = f"{PREDICTED_LABEL},probability"

_INFERENCE_OUTPUT = "SAGEMAKER_INFERENCE_OUTPUT"
_COPIED_VARIABLES = (
    "MODEL_NAME",
    "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT",
    "SAGEMAKER_INFERENCE_SUPPORTED",
    "SAGEMAKER_PROGRAM",
    "SAGEMAKER_SUBMIT_DIRECTORY",
)


def search_models(
    settings: PipelineSettings, parameters: AutoMLParameters, engineer_features: RequestStep
) -> RequestStep:
    """Let Autopilot train an ensemble on the training rows, in the output ``automl`` with a header.

    The validation rows choose between its model and XGBoost, so that it does not see them.

    A step of type AutoML supports no other mode than ensembling.
    """
    security = settings.security
    request = {
        "InputDataConfig": [
            {
                "ChannelType": "training",
                "ContentType": "text/csv;header=present",
                "CompressionType": "None",
                "DataSource": {
                    "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": output_url(engineer_features, "automl")}
                },
                "TargetAttributeName": LABEL,
            }
        ],
        "OutputDataConfig": {"S3OutputPath": settings.result_url("AutoML"), **security.result_key()},
        "ProblemType": "BinaryClassification",
        "AutoMLJobObjective": {"MetricName": parameters.objective},
        "AutoMLJobConfig": {
            "Mode": "ENSEMBLING",
            "CompletionCriteria": {
                "MaxCandidates": parameters.max_candidates,
                "MaxRuntimePerTrainingJobInSeconds": parameters.max_runtime_per_training_job_in_seconds,
                "MaxAutoMLJobRuntimeInSeconds": parameters.max_runtime_in_seconds,
            },
            **({"SecurityConfig": protected} if (protected := security.volume_key() | security.network()) else {}),
        },
        "RoleArn": settings.jobs_role,
        "Tags": settings.aws_tags,
    }
    return RequestStep(
        "AutoML",
        StepTypeEnum.AUTOML,
        request,
        description="Let Autopilot search for a better model, within limits of time and candidates",
        cache_config=COMPUTE_CACHE,
        retry_policies=JOB_RETRIES,
    )


def best_container(automl: RequestStep, *, inference_output: str) -> dict[str, Any]:
    """Return the ``ContainerDefinition`` that serves the best candidate, which has one container in ensembling mode.

    The environment is copied variable by variable: a reference to all of it could not be amended. `inference_output` is
    what the container answers, comma-separated: ``predicted_label``, ``probability``, ``probabilities``, ``labels``.
    """
    container = automl.properties.BestCandidate.InferenceContainers[0]
    return {
        "Image": container.Image,
        "ModelDataUrl": container.ModelDataUrl,
        "Environment": {
            **{name: container.Environment[name] for name in _COPIED_VARIABLES},
            _INFERENCE_OUTPUT: inference_output,
        },
    }


def score_test_set(
    settings: PipelineSettings, parameters: PipelineParameters, engineer_features: RequestStep, automl: RequestStep
) -> tuple[RequestStep, RequestStep]:
    """Score the test rows with the best candidate, which only its own container can load.

    Returns
    -------
    create_model, score : RequestStep
        The model, for this use only, and the transform: a line ``predicted_label,probability`` per held-out row.
    """
    create_model = RequestStep(
        "CreateAutoMLModel",
        StepTypeEnum.CREATE_MODEL,
        {
            "PrimaryContainer": best_container(automl, inference_output=LABEL_AND_PROBABILITY),
            **settings.security.network(),
            **settings.security.isolation(),
            "ExecutionRoleArn": settings.model_role,
            "Tags": settings.aws_tags,
        },
        description="Create a model of the best candidate that answers with probabilities",
        retry_policies=REQUEST_RETRIES,
    )
    score = transform_step(
        settings,
        "ScoreTestSet",
        description="Score the test set with the best candidate, in its own container",
        model_name=create_model.properties.ModelName,
        rows_url=output_url(engineer_features, "held_out"),
        instance_type=parameters.deployment.transform_instance_type,
    )
    return create_model, score
