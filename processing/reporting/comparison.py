"""Models beside their baselines on the same rows, every figure with its confidence interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from processing.decision import predicted_classes
from processing.feature_contract import LABEL
from processing.predictions import RULE, RULE_WITHOUT, SCORE, SCORE_WITHOUT
from processing.reporting.confidence import (
    Interval,
    SiteSamples,
    balanced_accuracy,
    draw_sites,
    interval,
    rate,
    roc_auc,
)
from processing.reporting.inputs import Evaluation

RULE_NAME, MAJORITY_NAME = "Best one-feature rule", "Majority class"


@dataclass(frozen=True)
class Standing:
    """The figures of one model or baseline.

    Attributes
    ----------
    roc_auc
        None for baselines: they predict classes, not scores.
    over_majority, over_rule
        Accuracy above the baseline's on the same replicates; None for that baseline itself.
    """

    name: str
    accuracy: Interval
    balanced_accuracy: Interval
    roc_auc: Interval | None
    over_majority: Interval | None
    over_rule: Interval | None


@dataclass(frozen=True)
class View:
    """Standings on one choice of rows and features, named in words: models first, then rule and majority class.

    `models` is the number of standings that are models.
    """

    name: str
    rows: int
    sites: int
    positives: int
    standings: tuple[Standing, ...]
    models: int

    def of(self, name: str) -> Standing:
        """Return the standing of a model or baseline by its name."""
        return next(standing for standing in self.standings if standing.name == name)


def compare_views(
    evaluations: tuple[Evaluation, ...], label_defining: tuple[str, ...], seed: int
) -> dict[tuple[bool, bool], View]:
    """Compare on all test rows and on those with a level, with all features and without the label-defining ones.

    Returns
    -------
    dict
        By (rows with a level only, without the label-defining features). A model that was not trained without them
        is not in the views without.
    """
    rows = evaluations[0].predictions
    levelled = rows["level"].notna().to_numpy()
    majority = evaluations[0].report["majority_class"]
    views = {}
    for only_levelled in (False, True):
        members = levelled if only_levelled else np.ones(len(rows), dtype=bool)
        samples = draw_sites(rows.loc[members, "site_id"], seed)
        for without in (False, True):
            score, rule = (SCORE_WITHOUT, RULE_WITHOUT) if without else (SCORE, RULE)
            views[only_levelled, without] = compare(
                ("rows with a level" if only_levelled else "all test rows")
                + (f", without {' and '.join(label_defining)}" if without else ""),
                rows[members],
                {
                    evaluation.name: evaluation.predictions.loc[members, score].to_numpy()
                    for evaluation in evaluations
                    if score in evaluation.predictions
                },
                rows.loc[members, rule].to_numpy(),
                majority,
                samples,
            )
    return views


def compare(
    name: str,
    rows: pd.DataFrame,
    scores: Mapping[str, np.ndarray],
    rule: np.ndarray,
    majority: int,
    samples: SiteSamples,
) -> View:
    """Compare models with both baselines.

    Parameters
    ----------
    rows
        With `label` and `site_id`.
    scores
        Of the rows, by model.
    rule
        Class that the one-feature rule predicts for each row.
    majority
        The training rows' majority class.
    samples
        From `draw_sites`, for these rows.
    """
    labels = rows[LABEL].to_numpy()
    answers = {model: predicted_classes(values) for model, values in scores.items()}
    answers |= {RULE_NAME: rule, MAJORITY_NAME: np.full(len(rows), majority)}
    accuracies = {model: rate(predicted == labels, samples) for model, predicted in answers.items()}
    standings = tuple(
        Standing(
            answerer,
            interval(accuracies[answerer]),
            interval(balanced_accuracy(labels, predicted, samples)),
            interval(roc_auc(labels, scores[answerer], samples)) if answerer in scores else None,
            interval(accuracies[answerer] - accuracies[MAJORITY_NAME]) if answerer != MAJORITY_NAME else None,
            interval(accuracies[answerer] - accuracies[RULE_NAME]) if answerer != RULE_NAME else None,
        )
        for answerer, predicted in answers.items()
    )
    return View(name, len(rows), rows["site_id"].nunique(), int(labels.sum()), standings, len(scores))


def accuracy_difference(first: Evaluation, second: Evaluation, seed: int) -> Interval:
    """Return the accuracy of the first model above that of the second, on the same rows and replicates."""
    labels = first.predictions[LABEL].to_numpy()
    samples = draw_sites(first.predictions["site_id"], seed)
    right = [predicted_classes(evaluation.predictions[SCORE].to_numpy()) == labels for evaluation in (first, second)]
    return interval(rate(right[0], samples) - rate(right[1], samples))
