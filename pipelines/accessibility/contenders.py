"""The models that compete to be registered, and the steps that train and measure them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sagemaker.mlops.workflow.steps import Step

from pipelines.accessibility.automl import best_container, score_test_set, search_models
from pipelines.accessibility.evaluation import evaluate_model, evaluate_scores
from pipelines.accessibility.functions import list_candidates
from pipelines.accessibility.parameters import AutoMLParameters, PipelineParameters
from pipelines.accessibility.settings import PipelineSettings
from pipelines.accessibility.training import train_xgboost
from pipelines.accessibility.transform_job import answers_url
from pipelines.request_step import RequestStep
from processing.feature_contract import PREDICTED_LABEL, SCORE

# The framework version as the registry writes it; the image's own "3.2-0" does not fit its pattern.
_FRAMEWORK_VERSION = "3.2"


@dataclass(frozen=True)
class Contender:
    """A model that has been measured on the test rows."""

    name: str
    suffix: str
    """Suffix of the names of the steps that deploy it."""
    steps: tuple[Step, ...]
    """Steps that train and measure it; `evaluate` is the last."""
    evaluate: RequestStep
    container: Mapping[str, Any]
    """Container of its model package."""
    answer: str
    """What that container returns per row: one of the feature contract's ``ANSWERS``."""
    response_types: tuple[str, ...]
    """Content types of its answers."""
    candidates_url: Any = None
    """S3 prefix of the list of what AutoML has tried; None for other models."""
    explained: bool = False
    """Whether its evaluation has SHAP values."""


def xgboost(settings: PipelineSettings, parameters: PipelineParameters, engineer_features: RequestStep) -> Contender:
    """Train XGBoost and measure it."""
    train = train_xgboost(settings, parameters, engineer_features)
    model_url = train.properties.ModelArtifacts.S3ModelArtifacts
    evaluate = evaluate_model(settings, parameters, engineer_features, "EvaluateXGBoost", model_url=model_url)
    return Contender(
        name="XGBoost",
        suffix="",
        steps=(train, evaluate),
        evaluate=evaluate,
        container={
            "Image": settings.image_uri,
            "ModelDataUrl": model_url,
            "Framework": "XGBOOST",
            "FrameworkVersion": _FRAMEWORK_VERSION,
        },
        answer=SCORE,
        response_types=("text/csv", "application/json"),
        explained=True,
    )


def automl(
    settings: PipelineSettings,
    parameters: PipelineParameters,
    limits: AutoMLParameters,
    engineer_features: RequestStep,
) -> Contender:
    """Let Autopilot search for a model, and measure it by the same code and on the same rows as XGBoost.

    Its package answers with the label alone: an external function of Athena takes one value per row.
    """
    search = search_models(settings, limits, engineer_features)
    candidates = list_candidates(settings, search)
    create_model, score = score_test_set(settings, parameters, engineer_features, search)
    evaluate = evaluate_scores(settings, parameters, engineer_features, "EvaluateAutoML", scores_url=answers_url(score))
    return Contender(
        name="AutoML",
        suffix="AutoML",
        steps=(search, candidates, create_model, score, evaluate),
        evaluate=evaluate,
        container=best_container(search, inference_output=PREDICTED_LABEL),
        answer=PREDICTED_LABEL,
        response_types=("text/csv",),
        candidates_url=candidates.properties.Outputs["CandidatesUrl"],
    )
