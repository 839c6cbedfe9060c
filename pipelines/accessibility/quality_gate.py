"""QualityGate: a model goes on only if it is good, and better than always giving the common answer."""

from __future__ import annotations

from collections.abc import Sequence

from sagemaker.core.workflow.conditions import ConditionGreaterThanOrEqualTo
from sagemaker.core.workflow.functions import Join
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.steps import Step

from pipelines.accessibility.evaluation import metric
from pipelines.accessibility.parameters import PipelineParameters
from pipelines.request_step import RequestStep


def quality_gate(parameters: PipelineParameters, evaluate: RequestStep, *, if_steps: Sequence[Step]) -> ConditionStep:
    """Ask for accuracy, and for accuracy above that of the majority class.

    Parameters
    ----------
    parameters : PipelineParameters
        The two thresholds, fractions of the test rows.
    evaluate : RequestStep
        Step that wrote the report.
    if_steps : Sequence[Step]
        Steps for a model that is good enough.

    Returns
    -------
    ConditionStep
        Its other branch fails the execution with the figures.
    """
    # Conditions do no arithmetic: the lift is computed by the evaluation.
    return ConditionStep(
        name="QualityGate",
        description="Good enough, and better than the majority class?",
        conditions=[
            ConditionGreaterThanOrEqualTo(metric(evaluate, "accuracy"), parameters.accuracy_threshold),
            ConditionGreaterThanOrEqualTo(metric(evaluate, "accuracy_lift"), parameters.minimum_lift),
        ],
        if_steps=list(if_steps),
        else_steps=[_quality_too_low(parameters, evaluate)],
    )


def _quality_too_low(parameters: PipelineParameters, evaluate: RequestStep) -> FailStep:
    """Fail with the figures and the thresholds."""
    return FailStep(
        name="QualityTooLow",
        description="End the execution, saying by how much the model fell short",
        error_message=Join(
            on="",
            values=[
                "The model was not registered. Accuracy on the test set: ",
                metric(evaluate, "accuracy"),
                " (AccuracyThreshold: ",
                parameters.accuracy_threshold,
                "); above the majority class: ",
                metric(evaluate, "accuracy_lift"),
                " (MinimumLift: ",
                parameters.minimum_lift,
                ").",
            ],
        ),
    )
