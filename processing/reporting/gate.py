"""The pipeline's decision: which model is the champion, and whether it may be registered.

The validation rows rank the models by the log loss, a proper score. Then the test rows judge the first, by differences
on the same bootstrap samples of sites. It must have the accuracy that the operator asks for, be superior to the
majority class, and not be inferior, by more than a margin of ROC AUC, to the best simple baseline and to what serves
now. Test rows can only refuse: if they refuse the first model, the next is judged.

Some hundred test rows often tell neither that a model is inferior to the baseline nor that it is not. Where they leave
that open, the repeated folds of all rows decide, which test the same way of training some ten times as often.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtrit

from processing.decision import predicted_classes
from processing.feature_contract import LABEL
from processing.folds import above_baseline
from processing.predictions import RULE_SCORE, SCORE, TABLE_SCORE
from processing.reporting.confidence import SiteSamples, draw_sites, rate, roc_auc
from processing.reporting.inputs import Evaluation, Thresholds
from processing.serving import NONE, Serving

TIE = 0.001  # log losses that are equal to three digits
_LOWER = 0.05


@dataclass(frozen=True)
class Lead:
    """How much better the champion is than something else: the estimate, and one-sided bounds of 95 % confidence.

    `rows` are those that were tested: with repeated folds, all.
    """

    estimate: float
    low: float
    high: float
    rows: int


@dataclass(frozen=True)
class Requirement:
    """A condition of the gate: its name in words, the lead it asks about, and what the lower bound must exceed.

    `note` says why there is no lead; the requirement then holds if `holds_without` is set. `folds` is the lead on
    repeated folds, which decides where the lead on the test rows leaves open whether the champion is inferior at all.
    """

    name: str
    metric: str
    lead: Lead | None
    above: float
    note: str = ""
    holds_without: bool = False
    folds: Lead | None = None

    @property
    def holds(self) -> bool:
        """Whether the champion meets it."""
        if self.lead is None:
            return self.holds_without
        return self.lead.low > self.above or self.holds_by_folds

    @property
    def holds_by_folds(self) -> bool:
        """Whether it takes the folds to see that the champion meets it."""
        if self.lead is None or self.folds is None or self.lead.low > self.above:
            return False
        return self.lead.high > 0 and self.folds.low > self.above


@dataclass(frozen=True)
class Decision:
    """The gate's decision."""

    preferred: str
    """The model that is judged: the first that passes, by the log loss of the validation rows; if none passes, the
    first. Of equals the simpler one comes first."""
    passed_over: tuple[str, ...]
    """The models that come before it and do not pass."""
    log_losses: dict[str, float]
    """Of the validation rows, by model."""
    baseline: str
    """The best simple baseline by the same rows, in words."""
    accuracy: float
    test_rows: int
    thresholds: Thresholds
    requirements: tuple[Requirement, ...]

    @property
    def enough_rows(self) -> bool:
        """Whether there are test rows enough to judge by."""
        return self.test_rows >= self.thresholds.minimum_rows

    @property
    def accurate(self) -> bool:
        """Whether the champion's accuracy reaches the floor that the operator has set."""
        return self.accuracy >= self.thresholds.accuracy

    @property
    def champion(self) -> str | None:
        """The model that is registered; None if the gate stays shut."""
        passes = self.enough_rows and self.accurate and all(entry.holds for entry in self.requirements)
        return self.preferred if passes else None

    def requirement(self, name: str) -> Requirement:
        """Return a requirement by its name."""
        return next(entry for entry in self.requirements if entry.name == name)


MAJORITY, BASELINE, SERVING = "majority class", "best simple baseline", "model that serves now"


def rank(evaluations: tuple[Evaluation, ...]) -> list[Evaluation]:
    """Return the models by the log loss of the validation rows; of equals the one that is given first."""
    rest, ranked = list(evaluations), []
    while rest:
        best = min(evaluation.report["validation"]["log_loss"] for evaluation in rest)
        chosen = next(one for one in rest if one.report["validation"]["log_loss"] < best + TIE)
        ranked.append(chosen)
        rest.remove(chosen)
    return ranked


def decide(evaluations: tuple[Evaluation, ...], thresholds: Thresholds, serving: Serving, seed: int) -> Decision:
    """Rank the models and ask the gate's questions of one after the other, until one passes."""
    ranked = rank(evaluations)
    log_losses = {evaluation.name: evaluation.report["validation"]["log_loss"] for evaluation in evaluations}
    first: Decision | None = None
    for place, evaluation in enumerate(ranked):
        passed_over = tuple(better.name for better in ranked[:place])
        decision = _judge(evaluation, passed_over, log_losses, thresholds, serving, seed)
        if decision.champion:
            return decision
        first = first or decision
    if first is None:
        raise ValueError("there is no model to judge")
    return first


def _judge(
    model: Evaluation,
    passed_over: tuple[str, ...],
    log_losses: dict[str, float],
    thresholds: Thresholds,
    serving: Serving,
    seed: int,
) -> Decision:
    rows, report = model.predictions, model.report
    labels, scores = rows[LABEL].to_numpy(), rows[SCORE].to_numpy()
    samples = draw_sites(rows["site_id"], seed)
    superior = rate(predicted_classes(scores) == labels, samples) - rate(labels == report["majority_class"], samples)
    best = report["best_baseline"]
    simple = rows[TABLE_SCORE if best == "table" else RULE_SCORE].to_numpy()
    described = report[best]["description"] if best == "table" else f"rule on {report[best]['feature']}"
    return Decision(
        model.name,
        passed_over,
        log_losses,
        described,
        report["accuracy"],
        len(rows),
        thresholds,
        (
            Requirement(MAJORITY, "accuracy", _lead(superior, len(rows)), 0.0),
            Requirement(
                BASELINE,
                "ROC AUC",
                _auc_lead(labels, scores, simple, samples),
                -thresholds.margin,
                folds=lead_on_folds(report),
            ),
            _beside_serving(model, serving, thresholds, seed),
        ),
    )


def lead_on_folds(report: dict[str, Any]) -> Lead | None:
    """Return how far a model is above its best baseline on the repeated folds by site; None if it has no folds.

    Its bounds are those of Student's t with the folds' corrected standard error.
    """
    above = above_baseline(report, "site")
    if above is None:
        return None
    folds = report["folds"]
    freedom = folds["folds"] * folds["repeats"] - 1
    reach = float(stdtrit(freedom, 1 - _LOWER)) * above["standard_error"]
    return Lead(above["mean"], above["mean"] - reach, above["mean"] + reach, folds["rows"])


def _beside_serving(champion: Evaluation, serving: Serving, thresholds: Thresholds, seed: int) -> Requirement:
    """Compare with what serves now, on the rows that tell something of it; where there are too few, say so."""
    if serving.scores is None:
        return Requirement(SERVING, "ROC AUC", None, -thresholds.margin, serving.note, holds_without=True)
    known = ~np.isnan(serving.scores)
    rows = champion.predictions[known]
    labels = rows[LABEL].to_numpy()
    if known.sum() < thresholds.minimum_rows or len(set(labels)) < 2:
        note = f"{serving.note}: {known.sum()} rows are too few to compare"
        return Requirement(SERVING, "ROC AUC", None, -thresholds.margin, note, holds_without=True)
    samples = draw_sites(rows["site_id"], seed)
    lead = _auc_lead(labels, rows[SCORE].to_numpy(), serving.scores[known], samples)
    return Requirement(SERVING, "ROC AUC", lead, -thresholds.margin, serving.note)


def _auc_lead(labels: np.ndarray, scores: np.ndarray, others: np.ndarray, samples: SiteSamples) -> Lead:
    difference = roc_auc(labels, scores, samples) - roc_auc(labels, others, samples)
    return _lead(difference, len(labels))


def _lead(difference: np.ndarray, rows: int) -> Lead:
    replicates = difference[1:][~np.isnan(difference[1:])]
    low, high = np.quantile(replicates, [_LOWER, 1 - _LOWER])
    return Lead(float(difference[0]), float(low), float(high), rows)


def as_json(decision: Decision) -> dict[str, Any]:
    """Return ``decision.json``: `gate` (``open`` or ``shut``) and `champion` (a model or ``none``) for conditions, and
    the figures behind them.
    """
    return {
        "gate": "shut" if decision.champion is None else "open",
        "champion": decision.champion or NONE,
        "preferred": decision.preferred,
        "passed_over": list(decision.passed_over),
        "validation_log_loss": decision.log_losses,
        "baseline": decision.baseline,
        "accuracy": decision.accuracy,
        "accuracy_threshold": decision.thresholds.accuracy,
        "test_rows": decision.test_rows,
        "minimum_test_rows": decision.thresholds.minimum_rows,
        "requirements": [
            {
                "over": entry.name,
                "metric": entry.metric,
                "difference": None if entry.lead is None else entry.lead.estimate,
                "lower_bound": None if entry.lead is None else entry.lead.low,
                "rows": None if entry.lead is None else entry.lead.rows,
                "lower_bound_on_folds": None if entry.folds is None else entry.folds.low,
                "must_exceed": entry.above,
                "holds": entry.holds,
                "note": entry.note,
            }
            for entry in decision.requirements
        ],
    }
