"""The pipeline's decision: which model is the champion, and whether it may be registered.

The champion is chosen on the validation rows alone, by the log loss, a proper score; the test rows choose nothing. Then
the test rows judge it, by differences on the same bootstrap samples of sites. It must have the accuracy that the
operator asks for, be superior to the majority class, and not be inferior, by more than a margin of ROC AUC, to the best
simple baseline and to what serves now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from processing.decision import predicted_classes
from processing.feature_contract import LABEL
from processing.predictions import RULE_SCORE, SCORE, TABLE_SCORE
from processing.reporting.confidence import SiteSamples, draw_sites, rate, roc_auc
from processing.reporting.inputs import Evaluation, Thresholds
from processing.serving import NONE, Serving

TIE = 0.001  # log losses that are equal to three digits
_LOWER = 0.05


@dataclass(frozen=True)
class Lead:
    """How much better the champion is than something else: the estimate, and the lower bound of 95 % confidence."""

    estimate: float
    low: float
    rows: int


@dataclass(frozen=True)
class Requirement:
    """A condition of the gate: its name in words, the lead it asks about, and what the lower bound must exceed.

    `note` says why there is no lead; the requirement then holds if `holds_without` is set.
    """

    name: str
    metric: str
    lead: Lead | None
    above: float
    note: str = ""
    holds_without: bool = False

    @property
    def holds(self) -> bool:
        """Whether the champion meets it."""
        return self.holds_without if self.lead is None else self.lead.low > self.above


@dataclass(frozen=True)
class Decision:
    """The gate's decision.

    Attributes
    ----------
    preferred
        The model with the lowest validation log loss; of equals the first, which is the simpler one.
    log_losses
        Of the validation rows, by model.
    baseline
        The best simple baseline by the same rows, in words.
    """

    preferred: str
    log_losses: dict[str, float]
    baseline: str
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


def choose(evaluations: tuple[Evaluation, ...]) -> str:
    """Return the model with the lowest log loss of the validation rows; of equals the first."""
    best = min(evaluation.report["validation"]["log_loss"] for evaluation in evaluations)
    return next(
        evaluation.name for evaluation in evaluations if evaluation.report["validation"]["log_loss"] < best + TIE
    )


def decide(evaluations: tuple[Evaluation, ...], thresholds: Thresholds, serving: Serving, seed: int) -> Decision:
    """Choose the champion and ask the gate's questions of it."""
    preferred = choose(evaluations)
    champion = next(evaluation for evaluation in evaluations if evaluation.name == preferred)
    rows = champion.predictions
    labels, scores = rows[LABEL].to_numpy(), rows[SCORE].to_numpy()
    samples = draw_sites(rows["site_id"], seed)
    majority = champion.report["majority_class"]
    superior = rate(predicted_classes(scores) == labels, samples) - rate(labels == majority, samples)
    best = champion.report["best_baseline"]
    simple = rows[TABLE_SCORE if best == "table" else RULE_SCORE].to_numpy()
    report = champion.report
    described = report[best]["description"] if best == "table" else f"rule on {report[best]['feature']}"
    return Decision(
        preferred,
        {evaluation.name: evaluation.report["validation"]["log_loss"] for evaluation in evaluations},
        described,
        champion.report["accuracy"],
        len(rows),
        thresholds,
        (
            Requirement(MAJORITY, "accuracy", _lead(superior, len(rows)), 0.0),
            Requirement(BASELINE, "ROC AUC", _auc_lead(labels, scores, simple, samples), -thresholds.margin),
            _beside_serving(champion, serving, thresholds, seed),
        ),
    )


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
    return Lead(float(difference[0]), float(np.quantile(replicates, _LOWER)), rows)


def as_json(decision: Decision) -> dict[str, Any]:
    """Return ``decision.json``: `gate` (``open`` or ``shut``) and `champion` (a model or ``none``) for conditions, and
    the figures behind them.
    """
    return {
        "gate": "shut" if decision.champion is None else "open",
        "champion": decision.champion or NONE,
        "preferred": decision.preferred,
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
                "must_exceed": entry.above,
                "holds": entry.holds,
                "note": entry.note,
            }
            for entry in decision.requirements
        ],
    }
