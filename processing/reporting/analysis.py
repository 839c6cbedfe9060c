"""All results of the report, computed once from the inputs."""

from __future__ import annotations

from dataclasses import dataclass

from processing.reporting.calibration import Calibration, calibrate
from processing.reporting.comparison import View, accuracy_difference, compare_views
from processing.reporting.confidence import Interval
from processing.reporting.fairness import Fairness, measure_fairness
from processing.reporting.gate import Decision, decide
from processing.reporting.inputs import ReportInputs
from processing.reporting.signal import AttributeSignal, GroupSignal, attribute_signal, group_signals


@dataclass(frozen=True)
class Analysis:
    """Results by topic.

    Attributes
    ----------
    views
        By (rows with a level only, without the label-defining features).
    attribute, attribute_with_level
        What the label-defining attribute carries, on all test rows and on those with a level.
    groups
        What each group of features carries.
    fairness, calibrations
        By model.
    difference
        XGBoost's accuracy above AutoML's; None without AutoML.
    """

    inputs: ReportInputs
    views: dict[tuple[bool, bool], View]
    attribute: AttributeSignal
    attribute_with_level: AttributeSignal
    groups: list[GroupSignal]
    fairness: dict[str, Fairness]
    calibrations: dict[str, Calibration]
    decision: Decision
    difference: Interval | None

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
        for levelled in (False, True)
    )
    return Analysis(
        inputs,
        views,
        of_all,
        of_levelled,
        group_signals(first.report["permutation_importance"]),
        fairness={evaluation.name: measure_fairness(evaluation, seed) for evaluation in evaluations},
        calibrations={evaluation.name: calibrate(evaluation) for evaluation in evaluations},
        decision=decide(evaluations, inputs.thresholds),
        difference=accuracy_difference(first, evaluations[1], seed) if len(evaluations) > 1 else None,
    )
