"""QualityGate and the conditions on a champion: whether a model is registered, and which.

The report's job takes the decision, with what conditions cannot compute: differences on bootstrap samples, and what
serves now. Conditions read its words.
"""

from __future__ import annotations

from sagemaker.core.workflow.conditions import Condition, ConditionEquals
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep

from pipelines.accessibility.contenders import Contender
from pipelines.accessibility.report import decision
from pipelines.request_step import RequestStep


def quality_gate(write_report: RequestStep) -> ConditionStep:
    """End the execution as failed, with the figures, unless the champion may be registered.

    The step does nothing for a good model, which the champions' conditions handle.
    """
    return ConditionStep(
        name="QualityGate",
        description="Better than the majority class, no worse than a simple table and than what serves?",
        depends_on=[write_report],
        conditions=[ConditionEquals(decision(write_report, "gate"), "open")],
        if_steps=[],
        else_steps=[_quality_too_low(write_report)],
    )


def champion_condition(contender: Contender, write_report: RequestStep) -> Condition:
    """Return the condition under which a model is the champion and passes the gate."""
    return ConditionEquals(decision(write_report, "champion"), contender.name)


def _quality_too_low(write_report: RequestStep) -> FailStep:
    """Fail with the figures and the thresholds, which the report's job leaves as its exit message."""
    return FailStep(
        name="QualityTooLow",
        description="Fail the execution and report by how much the champion fell short",
        error_message=write_report.properties.ExitMessage,
    )
