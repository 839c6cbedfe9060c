"""WriteReport: what a reader wants to know of an execution, in one HTML file."""

from __future__ import annotations

from typing import Any

from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.lambda_step import LambdaStep

from pipelines.accessibility.contenders import Contender
from pipelines.accessibility.evaluation import OUTPUT as EVALUATION
from pipelines.accessibility.parameters import PipelineParameters
from pipelines.accessibility.policies import COMPUTE_CACHE
from pipelines.accessibility.processing_job import INPUT_DIR, OUTPUT_DIR, output_url, processing_step
from pipelines.accessibility.settings import PipelineSettings
from pipelines.request_step import RequestStep
from processing.model_card import file_name

_OUTPUT = "report"
_FILE = "report.html"
_DECISION = PropertyFile(name="Decision", output_name=_OUTPUT, path="decision.json")
_SERVING = {"evaluation": "EvaluationUrl", "scoring": "ScoringUrl", "model": "ModelUrl"}


def write_report(
    settings: PipelineSettings,
    parameters: PipelineParameters,
    resolve_data_version: LambdaStep,
    engineer_features: RequestStep,
    xgboost: Contender,
    automl: Contender | None,
    serving: LambdaStep,
) -> RequestStep:
    """Report on the data, the models and the decision between them, which the step takes and conditions read.

    `resolve_data_version` knows when the feeds were made, `serving` is the step that found what serves now. The dates
    are arguments, so that the report of the same rows of a later feed is written anew, and nothing else is.
    """
    served, dates = serving.properties.Outputs, resolve_data_version.properties.Outputs
    inputs = {
        "features": output_url(engineer_features, "report"),
        "scoring": output_url(engineer_features, "scoring"),
        "evaluation": output_url(xgboost.evaluate, EVALUATION),
    }
    if automl:
        inputs["automl-evaluation"] = output_url(automl.evaluate, EVALUATION)
        inputs["candidates"] = automl.candidates_url
    inputs |= {f"serving-{name}": served[output] for name, output in _SERVING.items()}
    options = {
        **{f"{name}-dir": f"{INPUT_DIR}/{name}" for name in inputs},
        "output-dir": f"{OUTPUT_DIR}/{_OUTPUT}",
        "accuracy-threshold": parameters.accuracy_threshold.to_string(),
        "gate-margin": parameters.gate_margin.to_string(),
        "minimum-test-rows": parameters.minimum_test_rows.to_string(),
        "playgrounds-date": dates["PlaygroundsDate"],
        "parks-date": dates["ParksDate"],
        "income-date": dates["IncomeDate"],
        "tax-year": dates["TaxYear"],
        "serving-package": served["Package"],
        "serving-reason": served["Reason"],
        "serving-algorithm": served["Algorithm"],
    }
    return processing_step(
        settings,
        "WriteReport",
        module="processing.report",
        description="Write the report: the data, the models beside the baselines, and what the gate decides",
        inputs=inputs,
        options=options,
        outputs=[_OUTPUT],
        property_files=[_DECISION],
        instance_type=parameters.deployment.processing_instance_type,
        cache_config=COMPUTE_CACHE,
    )


def report_url(step: RequestStep) -> Any:
    """Return the S3 URI of the report."""
    return Join(on="/", values=[output_url(step, _OUTPUT), _FILE])


def model_card_url(step: RequestStep, contender: Contender) -> Any:
    """Return the S3 URI of the card of a model that the report is about."""
    return Join(on="/", values=[output_url(step, _OUTPUT), file_name(contender.name)])


def decision(step: RequestStep, name: str) -> Any:
    """Return a reference to a top-level word of ``decision.json``: ``gate`` or ``champion``."""
    return JsonGet(step_name=step.name, property_file=_DECISION, json_path=name)
