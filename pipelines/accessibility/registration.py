"""RegisterXGBoost and its like: a model, its figures and its provenance as a package in the model registry."""

from __future__ import annotations

from typing import Any

from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.mlops.workflow.steps import StepTypeEnum

from pipelines.accessibility.contenders import Contender
from pipelines.accessibility.data_quality import DataQuality
from pipelines.accessibility.evaluation import OUTPUT, REPORT
from pipelines.accessibility.parameters import PipelineParameters
from pipelines.accessibility.policies import REQUEST_RETRIES
from pipelines.accessibility.processing_job import output_url
from pipelines.accessibility.report import report_url
from pipelines.instance_types import ENDPOINT, TRANSFORM
from pipelines.request_step import RequestStep


def register_model(
    name: str,
    parameters: PipelineParameters,
    contender: Contender,
    quality: DataQuality,
    engineer_features: RequestStep,
    data_version: Any,
    write_report: RequestStep,
) -> RequestStep:
    """Register a model with everything that an approver, or a later deployment, needs to know.

    Packages of a group carry the group's tags and take none of their own.
    """
    evaluation_url = output_url(contender.evaluate, OUTPUT)
    bias = _json_file(evaluation_url, "bias.json")
    request = {
        "ModelPackageGroupName": parameters.model_package_group_name,
        # In plain words what the model is worth beside a simple table, and how the gate decided.
        "ModelPackageDescription": write_report.properties.ExitMessage,
        "ModelApprovalStatus": parameters.model_approval_status,
        "InferenceSpecification": {
            "Containers": [dict(contender.container)],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": list(contender.response_types),
            "SupportedRealtimeInferenceInstanceTypes": list(ENDPOINT.types),
            "SupportedTransformInstanceTypes": list(TRANSFORM.types),
        },
        "Domain": "MACHINE_LEARNING",
        "Task": "CLASSIFICATION",
        "ModelMetrics": {
            "ModelQuality": {"Statistics": _json_file(evaluation_url, "model_quality.json")},
            "ModelDataQuality": quality.metrics,
            "Bias": dict.fromkeys(("Report", "PreTrainingReport", "PostTrainingReport"), bias),
            **(
                {"Explainability": {"Report": _json_file(evaluation_url, "explainability/analysis.json")}}
                if contender.explained
                else {}
            ),
        },
        # What a monitor of an endpoint that serves the model, or the next execution's check, compares with.
        "DriftCheckBaselines": {
            "ModelDataQuality": quality.baseline,
            "Bias": dict.fromkeys(("PreTrainingConstraints", "PostTrainingConstraints"), bias),
        },
        "CustomerMetadataProperties": {
            "Algorithm": contender.name,
            "Answer": contender.answer,
            "FeatureSet": parameters.feature_set,
            # Its `columns` are the model's inputs in order; which they are depends on a parameter.
            "InputSchemaUrl": Join(on="/", values=[output_url(engineer_features, "report"), "features.json"]),
            "DataVersion": data_version,
            "PipelineExecutionArn": ExecutionVariables.PIPELINE_EXECUTION_ARN,
            "EvaluationReportUrl": Join(on="/", values=[evaluation_url, REPORT]),
            "ReportUrl": report_url(write_report),
            "ScoringRowsUrl": output_url(engineer_features, "scoring"),
            # Not SamplePayloadUrl, which takes a tar.gz for load tests only.
            "SmokeRowsUrl": output_url(engineer_features, "smoke"),
        },
    }
    return RequestStep(
        name,
        StepTypeEnum.REGISTER_MODEL,
        request,
        description="Register the model, with its metrics and its provenance",
        retry_policies=REQUEST_RETRIES,
    )


def _json_file(folder_url: Any, name: str) -> dict[str, Any]:
    """Return a ``MetricsSource``: a file in a folder of results."""
    return {"ContentType": "application/json", "S3Uri": Join(on="/", values=[folder_url, name])}
