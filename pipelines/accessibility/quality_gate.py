"""QualityGate and the conditions on a champion: whether a model is registered, and which."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from sagemaker.core.workflow.conditions import (
    Condition,
    ConditionGreaterThan,
    ConditionGreaterThanOrEqualTo,
    ConditionOr,
)
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep

from pipelines.accessibility.contenders import Contender
from pipelines.accessibility.evaluation import metric
from pipelines.accessibility.parameters import PipelineParameters
from pipelines.request_step import RequestStep


def quality_gate(
    parameters: PipelineParameters,
    contenders: Sequence[Contender],
    write_report: RequestStep,
) -> ConditionStep:
    """Require accuracy, and accuracy above that of the majority class, of at least one model.

    The step waits for `write_report`: when the gate fails the execution, its reader needs the report most. It does
    nothing for a good model, which the champions' conditions handle. Its other branch fails the execution with the
    figures, which the report states.
    """
    conditions = [_good_enough(parameters, contender) for contender in contenders]
    # A step's conditions are combined by And, and an Or cannot contain an And: so the terms are multiplied out.
    combinations = list(itertools.product(*conditions))
    return ConditionStep(
        name="QualityGate",
        description="Good enough, and better than the majority class?",
        depends_on=[write_report],
        conditions=[either[0] if len(either) == 1 else ConditionOr(list(either)) for either in combinations],
        if_steps=[],
        else_steps=[_quality_too_low(write_report)],
    )


def champion_conditions(
    parameters: PipelineParameters, contender: Contender, competing: Sequence[Contender]
) -> list[Condition]:
    """Return the conditions under which a model is good enough and the best; of equals, the first is.

    All models are measured on the same rows, so the lift rises with the accuracy: if any model passes the gate, the
    champion does. That is why the gate and the champions' conditions agree, although neither sees the other's outcome.

    Parameters
    ----------
    competing : Sequence[Contender]
        All models, including `contender`, in the order that decides a tie.
    """
    accuracy = metric(contender.evaluate, "accuracy")
    ties_are_won = False
    better: list[Condition] = []
    for rival in competing:
        if rival is contender:
            ties_are_won = True
            continue
        beats = ConditionGreaterThanOrEqualTo if ties_are_won else ConditionGreaterThan
        better.append(beats(accuracy, metric(rival.evaluate, "accuracy")))
    return [*_good_enough(parameters, contender), *better]


def _good_enough(parameters: PipelineParameters, contender: Contender) -> list[Condition]:
    """Return the conditions on one model; its evaluation computes the lift, because conditions cannot."""
    return [
        ConditionGreaterThanOrEqualTo(metric(contender.evaluate, "accuracy"), parameters.accuracy_threshold),
        ConditionGreaterThanOrEqualTo(metric(contender.evaluate, "accuracy_lift"), parameters.minimum_lift),
    ]


def _quality_too_low(write_report: RequestStep) -> FailStep:
    """Fail with the figures and the thresholds, which the report's job leaves as its exit message."""
    return FailStep(
        name="QualityTooLow",
        description="Fail the execution and report by how much the models fell short",
        error_message=write_report.properties.ExitMessage,
    )
