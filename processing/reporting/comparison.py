"""Models beside their baselines on the same rows, every figure with its confidence interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from processing.decision import predicted_classes
from processing.feature_contract import LABEL
from processing.predictions import RULE, RULE_SCORE, RULE_WITHOUT, SCORE, SCORE_WITHOUT, TABLE_SCORE
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

RULE_NAME, TABLE_NAME, MAJORITY_NAME = "Best one-feature rule", "Best table of two flags", "Majority class"


@dataclass(frozen=True)
class Standing:
    """The figures of one model or baseline."""

    name: str
    accuracy: Interval
    balanced_accuracy: Interval
    roc_auc: Interval | None
    """None for the majority class, which has one score for all."""
    over_majority: Interval | None
    over_rule: Interval | None
    """Accuracy above the baseline's on the same replicates; None for that baseline itself."""


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
        is not in the views without; rows of one class make no view.
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
            if rows.loc[members, LABEL].nunique() < 2:
                continue  # `not_measured` says why
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
                {
                    simple: rows.loc[members, column].to_numpy()
                    for simple, column in ((RULE_NAME, RULE_SCORE), (TABLE_NAME, TABLE_SCORE))
                    if column in rows and not without
                },
            )
    return views


def compare(
    name: str,
    rows: pd.DataFrame,
    scores: Mapping[str, np.ndarray],
    rule: np.ndarray,
    majority: int,
    samples: SiteSamples,
    simple: Mapping[str, np.ndarray] | None = None,
) -> View:
    """Compare models with the baselines.

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
    simple
        Scores of the rows by the rule and by the table, by their names, where they are known.
    """
    labels = rows[LABEL].to_numpy()
    answers = {model: predicted_classes(values) for model, values in scores.items()}
    simple = simple or {}
    answers |= {RULE_NAME: rule}
    answers |= {name: predicted_classes(values) for name, values in simple.items() if name != RULE_NAME}
    answers |= {MAJORITY_NAME: np.full(len(rows), majority)}
    ranked = {**scores, **simple}
    accuracies = {model: rate(predicted == labels, samples) for model, predicted in answers.items()}
    standings = tuple(
        Standing(
            answerer,
            interval(accuracies[answerer]),
            interval(balanced_accuracy(labels, predicted, samples)),
            interval(roc_auc(labels, ranked[answerer], samples)) if answerer in ranked else None,
            interval(accuracies[answerer] - accuracies[MAJORITY_NAME]) if answerer != MAJORITY_NAME else None,
            interval(accuracies[answerer] - accuracies[RULE_NAME]) if answerer != RULE_NAME else None,
        )
        for answerer, predicted in answers.items()
    )
    return View(name, len(rows), rows["site_id"].nunique(), int(labels.sum()), standings, len(scores))


@dataclass(frozen=True)
class Difference:
    """The first model above the second, on the same rows and replicates."""

    accuracy: Interval
    roc_auc: Interval


def difference(first: Evaluation, second: Evaluation, seed: int) -> Difference:
    """Compare two models on the same test rows."""
    labels = first.predictions[LABEL].to_numpy()
    samples = draw_sites(first.predictions["site_id"], seed)
    scores = [evaluation.predictions[SCORE].to_numpy() for evaluation in (first, second)]
    right = [rate(predicted_classes(values) == labels, samples) for values in scores]
    ranked = [roc_auc(labels, values, samples) for values in scores]
    return Difference(interval(right[0] - right[1]), interval(ranked[0] - ranked[1]))
