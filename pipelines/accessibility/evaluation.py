"""EvaluateXGBoost, and the metrics that conditions and messages read from its report."""

from __future__ import annotations

from typing import Any

from sagemaker.core.workflow.functions import JsonGet
from sagemaker.core.workflow.properties import PropertyFile

from pipelines.accessibility.parameters import PipelineParameters
from pipelines.accessibility.policies import COMPUTE_CACHE
from pipelines.accessibility.processing_job import INPUT_DIR, OUTPUT_DIR, output_url, processing_step
from pipelines.accessibility.settings import PipelineSettings
from pipelines.request_step import RequestStep

REPORT = PropertyFile(name="Evaluation", output_name="evaluation", path="evaluation.json")


def evaluate_xgboost(
    settings: PipelineSettings,
    parameters: PipelineParameters,
    engineer_features: RequestStep,
    train: RequestStep,
) -> RequestStep:
    """Measure the model on the test rows, beside the baselines.

    Parameters
    ----------
    settings : PipelineSettings
        Image, role, code and result folder.
    parameters : PipelineParameters
        Feature set, and the hyperparameters for the model without ``Adaptive_Swing``.
    engineer_features : RequestStep
        Step whose output ``scoring`` holds the rows and their split.
    train : RequestStep
        Step that trained the model.

    Returns
    -------
    RequestStep
        Its output ``evaluation`` holds ``evaluation.json``, ``model_quality.json`` and the plots.
    """
    options = {
        "model-dir": f"{INPUT_DIR}/model",
        "scoring-dir": f"{INPUT_DIR}/scoring",
        "output-dir": f"{OUTPUT_DIR}/{REPORT.output_name}",
        "feature-set": parameters.feature_set,
        **parameters.training.as_strings(),
    }
    return processing_step(
        settings,
        "EvaluateXGBoost",
        module="processing.evaluate",
        description="Measure the model on the test set, beside the majority class and the best single feature",
        inputs={
            "model": train.properties.ModelArtifacts.S3ModelArtifacts,
            "scoring": output_url(engineer_features, "scoring"),
        },
        arguments=[part for name, value in options.items() for part in (f"--{name}", value)],
        outputs=[REPORT.output_name],
        property_files=[REPORT],
        instance_type=parameters.processing_instance_type,
        cache_config=COMPUTE_CACHE,
    )


def metric(evaluate: RequestStep, name: str) -> Any:
    """Refer to a top-level figure of ``evaluation.json``.

    Parameters
    ----------
    evaluate : RequestStep
        Step that wrote the report.
    name : str
        ``accuracy``, ``accuracy_lift``, ``majority_accuracy``, …

    Returns
    -------
    JsonGet
    """
    return JsonGet(step_name=evaluate.name, property_file=REPORT, json_path=name)
