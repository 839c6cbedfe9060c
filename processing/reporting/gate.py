"""The pipeline's decision from the same figures: which models pass the quality gate, and which one is registered."""

from __future__ import annotations

from dataclasses import dataclass

from processing.reporting.inputs import Evaluation, Thresholds


@dataclass(frozen=True)
class ModelAtGate:
    """A model's figures, and whether each of them reaches its threshold."""

    name: str
    accuracy: float
    lift: float
    accurate: bool
    above_majority: bool

    @property
    def passes(self) -> bool:
        """Whether the model alone would open the gate."""
        return self.accurate and self.above_majority


@dataclass(frozen=True)
class Decision:
    """The gate's decision: every model, and the one that is registered (None if no model passes)."""

    models: tuple[ModelAtGate, ...]
    champion: ModelAtGate | None


def decide(evaluations: tuple[Evaluation, ...], thresholds: Thresholds) -> Decision:
    """Compare as the conditions QualityGate and ChampionIsXGBoost do.

    XGBoost comes first; a later model needs a higher accuracy to be champion. The gate opens if any model passes, and
    the champion is the model with the highest accuracy. It passes too: all models are above the same majority class, so
    the highest accuracy is the highest lift.
    """
    models = tuple(
        ModelAtGate(
            evaluation.name,
            evaluation.report["accuracy"],
            evaluation.report["accuracy_lift"],
            evaluation.report["accuracy"] >= thresholds.accuracy,
            evaluation.report["accuracy_lift"] >= thresholds.lift,
        )
        for evaluation in evaluations
    )
    champion = max(models, key=lambda model: model.accuracy) if any(model.passes for model in models) else None
    return Decision(models, champion)
