"""RegisterXGBoost: the model, its figures and its provenance as a package of the model registry."""

from __future__ import annotations

from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.mlops.workflow.steps import StepTypeEnum

from pipelines.accessibility.evaluation import REPORT
from pipelines.accessibility.parameters import PipelineParameters
from pipelines.accessibility.processing_job import output_url
from pipelines.accessibility.settings import PipelineSettings
from pipelines.request_step import RequestStep

ENDPOINT_INSTANCE_TYPES = ["ml.t2.medium", "ml.m5.large", "ml.m5.xlarge", "ml.c5.large", "ml.c5.xlarge"]
TRANSFORM_INSTANCE_TYPES = ["ml.m5.large", "ml.m5.xlarge", "ml.c5.xlarge"]

# The framework version as the registry writes it; the image's own "3.2-0" does not fit its pattern.
_FRAMEWORK_VERSION = "3.2"


def register_xgboost(
    settings: PipelineSettings,
    parameters: PipelineParameters,
    engineer_features: RequestStep,
    train: RequestStep,
    evaluate: RequestStep,
) -> RequestStep:
    """Register the model with everything that an approver, or a later deployment, needs to know.

    Parameters
    ----------
    settings : PipelineSettings
        Serving image.
    parameters : PipelineParameters
        Package group, approval status, and what the model was made from.
    engineer_features, train, evaluate : RequestStep
        Steps that made the rows, the model and the report.

    Returns
    -------
    RequestStep
        Packages of a group carry the group's tags and take none of their own.
    """
    evaluation_url = output_url(evaluate, REPORT.output_name)
    request = {
        "ModelPackageGroupName": parameters.model_package_group_name,
        "ModelPackageDescription": "Predicts whether a New York City playground is fully accessible (Level 4)",
        "ModelApprovalStatus": parameters.model_approval_status,
        "InferenceSpecification": {
            "Containers": [
                {
                    "Image": settings.image_uri,
                    "ModelDataUrl": train.properties.ModelArtifacts.S3ModelArtifacts,
                    "Framework": "XGBOOST",
                    "FrameworkVersion": _FRAMEWORK_VERSION,
                }
            ],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv", "application/json"],
            "SupportedRealtimeInferenceInstanceTypes": ENDPOINT_INSTANCE_TYPES,
            "SupportedTransformInstanceTypes": TRANSFORM_INSTANCE_TYPES,
        },
        "Domain": "MACHINE_LEARNING",
        "Task": "CLASSIFICATION",
        "ModelMetrics": {
            "ModelQuality": {
                "Statistics": {
                    "ContentType": "application/json",
                    "S3Uri": Join(on="/", values=[evaluation_url, "model_quality.json"]),
                }
            }
        },
        "CustomerMetadataProperties": {
            "FeatureSet": parameters.feature_set,
            "DataVersion": parameters.data_version,
            "PipelineExecutionArn": ExecutionVariables.PIPELINE_EXECUTION_ARN,
            "EvaluationReportUrl": Join(on="/", values=[evaluation_url, REPORT.path]),
            "ScoringRowsUrl": output_url(engineer_features, "scoring"),
            # Not SamplePayloadUrl, which takes a tar.gz for load tests only.
            "SmokeRowsUrl": output_url(engineer_features, "smoke"),
        },
    }
    return RequestStep(
        "RegisterXGBoost",
        StepTypeEnum.REGISTER_MODEL,
        request,
        description="Put the model into the registry, with its metrics and what it was made from",
    )
