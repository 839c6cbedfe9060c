"""All results of the report, computed once from the inputs."""

from __future__ import annotations

from dataclasses import dataclass

from processing.reporting.calibration import Calibration, calibrate
from processing.reporting.comparison import Difference, View, compare_views, difference
from processing.reporting.fairness import Fairness, measure_fairness
from processing.reporting.gate import Decision, decide
from processing.reporting.inputs import Evaluation, ReportInputs
from processing.reporting.signal import AttributeSignal, GroupSignal, attribute_signal, group_signals


@dataclass(frozen=True)
class Analysis:
    """Results by topic."""

    inputs: ReportInputs
    views: dict[tuple[bool, bool], View]
    """By (rows with a level only, without the label-defining features)."""
    attribute: AttributeSignal
    attribute_with_level: AttributeSignal | None
    """What the label-defining attribute carries, on all test rows and on those with a level (None where these are of
    one class)."""
    groups: list[GroupSignal]
    """What each group of features carries in the champion."""
    fairness: dict[str, Fairness]
    calibrations: dict[str, Calibration]
    """By model."""
    decision: Decision
    difference: Difference | None
    """XGBoost above AutoML; None without AutoML."""

    @property
    def champion(self) -> Evaluation:
        """The model that the gate has judged."""
        return next(evaluation for evaluation in self.inputs.evaluations if evaluation.name == self.decision.preferred)

    @property
    def test_view(self) -> View:
        """All test rows, all features."""
        return self.views[False, False]


def analyse(inputs: ReportInputs) -> Analysis:
    """Compute all results; the bootstrap uses the seed of the split."""
    seed = inputs.engineering["seed"]
    evaluations = inputs.evaluations
    first = evaluations[0]
    label_defining = inputs.features.label_defining
    views = compare_views(evaluations, label_defining, seed)
    of_all, of_levelled = (
        attribute_signal(
            label_defining, first.name, views[levelled, False], views[levelled, True], first.report["rule"]["feature"]
        )
        if (levelled, False) in views
        else None
        for levelled in (False, True)
    )
    if of_all is None:
        raise ValueError("evaluate refuses test rows of one class")
    decision = decide(evaluations, inputs.thresholds, inputs.serving, seed)
    champion = next(evaluation for evaluation in evaluations if evaluation.name == decision.preferred)
    return Analysis(
        inputs,
        views,
        of_all,
        of_levelled,
        group_signals(champion.report["permutation_importance"]),
        fairness={evaluation.name: measure_fairness(evaluation, seed) for evaluation in evaluations},
        calibrations={evaluation.name: calibrate(evaluation) for evaluation in evaluations},
        decision=decision,
        difference=difference(first, evaluations[1], seed) if len(evaluations) > 1 else None,
    )
