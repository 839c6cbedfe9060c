"""WriteReport: what a reader wants to know of an execution, in one HTML file."""

from __future__ import annotations

from typing import Any

from sagemaker.core.workflow.functions import Join

from pipelines.accessibility.contenders import Contender
from pipelines.accessibility.evaluation import EVALUATION
from pipelines.accessibility.parameters import PipelineParameters
from pipelines.accessibility.policies import COMPUTE_CACHE
from pipelines.accessibility.processing_job import INPUT_DIR, OUTPUT_DIR, output_url, processing_step
from pipelines.accessibility.settings import PipelineSettings
from pipelines.request_step import RequestStep
from processing.model_card import file_name

_OUTPUT = "report"
_FILE = "report.html"


def write_report(
    settings: PipelineSettings,
    parameters: PipelineParameters,
    engineer_features: RequestStep,
    xgboost: Contender,
    automl: Contender | None,
) -> RequestStep:
    """Report on the data, the models and the decision between them.

    The step reads the figures that the gate reads and states its decision: the branches behind a gate cannot be
    rejoined.
    """
    inputs = {
        "features": output_url(engineer_features, "report"),
        "scoring": output_url(engineer_features, "scoring"),
        "evaluation": output_url(xgboost.evaluate, EVALUATION.output_name),
    }
    if automl:
        inputs["automl-evaluation"] = output_url(automl.evaluate, EVALUATION.output_name)
        inputs["leaderboard"] = automl.model_insights_url
    options = {
        **{f"{name}-dir": f"{INPUT_DIR}/{name}" for name in inputs},
        "output-dir": f"{OUTPUT_DIR}/{_OUTPUT}",
        "accuracy-threshold": parameters.accuracy_threshold.to_string(),
        "minimum-lift": parameters.minimum_lift.to_string(),
    }
    return processing_step(
        settings,
        "WriteReport",
        module="processing.report",
        description="Write the report: the data, the models beside the baselines, and what the gate decides",
        inputs=inputs,
        options=options,
        outputs=[_OUTPUT],
        instance_type=parameters.deployment.processing_instance_type,
        cache_config=COMPUTE_CACHE,
    )


def report_url(step: RequestStep) -> Any:
    """Return the S3 URI of the report."""
    return Join(on="/", values=[output_url(step, _OUTPUT), _FILE])


def model_card_url(step: RequestStep, contender: Contender) -> Any:
    """Return the S3 URI of the card of a model that the report is about."""
    return Join(on="/", values=[output_url(step, _OUTPUT), file_name(contender.name)])
