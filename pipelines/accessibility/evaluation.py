"""EvaluateXGBoost and EvaluateAutoML: a model on the test rows, beside the baselines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.accessibility.parameters import PipelineParameters
from pipelines.accessibility.policies import COMPUTE_CACHE
from pipelines.accessibility.processing_job import INPUT_DIR, OUTPUT_DIR, output_url, processing_step
from pipelines.accessibility.settings import PipelineSettings
from pipelines.request_step import RequestStep

OUTPUT, REPORT = "evaluation", "evaluation.json"


def evaluate_model(
    settings: PipelineSettings,
    parameters: PipelineParameters,
    engineer_features: RequestStep,
    name: str,
    *,
    model_url: Any,
) -> RequestStep:
    """Measure an XGBoost model on the test rows, beside the baselines.

    The hyperparameters are for the models without ``Adaptive_Swing`` and of the folds, which the step trains. Its
    output ``evaluation`` holds ``evaluation.json``, ``model_quality.json``, ``predictions.csv``, the plots and
    ``explainability/analysis.json``.
    """
    return _evaluation_step(
        settings,
        parameters,
        engineer_features,
        name,
        judged={"model": model_url},
        options=parameters.hyperparameters_as_strings(),
    )


def evaluate_scores(
    settings: PipelineSettings,
    parameters: PipelineParameters,
    engineer_features: RequestStep,
    name: str,
    *,
    scores_url: Any,
) -> RequestStep:
    """Measure a model that is known only by its answers, with the same code and on the same rows.

    `scores_url` is a transform's output for the held-out rows, a line ``predicted_label,probability`` each. Each
    execution scores anew, so the cache holds a former run of this step only if the transform's output is the same.
    """
    return _evaluation_step(settings, parameters, engineer_features, name, judged={"scores": scores_url}, options={})


def _evaluation_step(
    settings: PipelineSettings,
    parameters: PipelineParameters,
    engineer_features: RequestStep,
    name: str,
    *,
    judged: Mapping[str, Any],
    options: Mapping[str, Any],
) -> RequestStep:
    """Run the evaluation on a model or on scores."""
    inputs = {**judged, "scoring": output_url(engineer_features, "scoring")}
    options = {
        **{f"{input_name}-dir": f"{INPUT_DIR}/{input_name}" for input_name in inputs},
        "output-dir": f"{OUTPUT_DIR}/{OUTPUT}",
        "feature-set": parameters.feature_set,
        **options,
    }
    return processing_step(
        settings,
        name,
        module="processing.evaluate",
        description="Measure the model on the test set, beside the majority class and the best single feature",
        inputs=inputs,
        options=options,
        outputs=[OUTPUT],
        instance_type=parameters.deployment.processing_instance_type,
        cache_config=COMPUTE_CACHE,
    )
