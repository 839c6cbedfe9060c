"""Bias metrics of the test rows by facet, such as the borough, as SageMaker Clarify writes them in ``analysis.json``.

Each value of a facet is compared with all other rows: a difference is that of the others less the facet's unless a
metric says otherwise, so that 0 is fair, and for disparate impact 1.

Source: "Pre-training Bias Metrics" and "Post-training Data and Model Bias Metrics" of SageMaker's developer guide.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from processing.decision import predicted_classes
from processing.feature_contract import LABEL

FILE = "bias.json"
_VERSION = "1.0"


@dataclass(frozen=True)
class Groups:
    """Rows of a facet's value and all others, with labels and predicted classes, each a flag per row."""

    facet: np.ndarray
    positive: np.ndarray
    predicted: np.ndarray

    def shares(self, part: np.ndarray, whole: np.ndarray | None = None) -> tuple[float, float]:
        """Return ``part / whole`` of the others and of the facet; `whole` defaults to all rows."""
        whole = np.ones_like(part) if whole is None else whole
        others, own = (ratio(int((part & rows).sum()), int((whole & rows).sum())) for rows in (~self.facet, self.facet))
        return others, own

    @property
    def distributions(self) -> tuple[np.ndarray, np.ndarray]:
        """The labels' distributions among the others and in the facet."""
        others, own = self.shares(self.positive)
        return np.array([others, 1 - others]), np.array([own, 1 - own])


def ratio(part: float, whole: float) -> float:
    """Return a quotient as Clarify does: of nothing it is 0, of something by nothing infinite."""
    if whole == 0:
        return 0.0 if part == 0 else math.inf
    return part / whole


def _less(shares: tuple[float, float]) -> float:
    """Return the others' share less the facet's; equal ones, infinite or not, do not differ."""
    others, own = shares
    return 0.0 if others == own else others - own


def _divergence(first: np.ndarray, second: np.ndarray) -> float:
    common = (first > 0) & (second > 0)
    return float(np.sum(first[common] * np.log(first[common] / second[common])))


def _jensen_shannon(groups: Groups) -> float:
    others, own = groups.distributions
    mean = (others + own) / 2
    return (_divergence(others, mean) + _divergence(own, mean)) / 2


def _distance(groups: Groups, order: float) -> float:
    others, own = groups.distributions
    return float(np.linalg.norm(others - own, order))


def _generalized_entropy(groups: Groups) -> float:
    benefit = groups.predicted.astype(int) - groups.positive.astype(int) + 1
    return float(np.mean((benefit / benefit.mean()) ** 2 - 1) / 2)


Metric = tuple[str, Callable[[Groups], float]]

PRE_TRAINING: Mapping[str, Metric] = {
    "CI": ("Class Imbalance (CI)", lambda g: float((~g.facet).mean() - g.facet.mean())),
    "DPL": ("Difference in Positive Proportions in Labels (DPL)", lambda g: _less(g.shares(g.positive))),
    "JS": ("Jensen-Shannon Divergence (JS)", _jensen_shannon),
    "KL": ("Kullback-Liebler Divergence (KL)", lambda g: _divergence(*g.distributions)),
    "KS": ("Kolmogorov-Smirnov Distance (KS)", lambda g: _distance(g, math.inf)),
    "LP": ("L-p Norm (LP)", lambda g: _distance(g, 2)),
    "TVD": ("Total Variation Distance (TVD)", lambda g: _distance(g, 1) / 2),
}
POST_TRAINING: Mapping[str, Metric] = {
    "AD": ("Accuracy Difference (AD)", lambda g: _less(g.shares(g.positive == g.predicted))),
    "DAR": ("Difference in Acceptance Rates (DAR)", lambda g: _less(g.shares(g.positive & g.predicted, g.predicted))),
    "DCA": ("Difference in Conditional Acceptance (DCA)", lambda g: _less(g.shares(g.positive, g.predicted))),
    "DCR": ("Difference in Conditional Rejection (DCR)", lambda g: _less(g.shares(~g.positive, ~g.predicted)[::-1])),
    "DI": ("Disparate Impact (DI)", lambda g: ratio(*g.shares(g.predicted)[::-1])),
    "DPPL": ("Difference in Positive Proportions in Predicted Labels (DPPL)", lambda g: _less(g.shares(g.predicted))),
    "DRR": (
        "Difference in Rejection Rates (DRR)",
        lambda g: _less(g.shares(~g.positive & ~g.predicted, ~g.predicted)[::-1]),
    ),
    "GE": ("Generalized Entropy (GE)", _generalized_entropy),
    "RD": ("Recall Difference (RD)", lambda g: _less(g.shares(g.positive & g.predicted, g.positive))),
    "SD": (
        "Specificity Difference (SD)",
        lambda g: _less(g.shares(~g.positive & ~g.predicted, ~g.positive)[::-1]),
    ),
    "TE": (
        "Treatment Equality (TE)",
        lambda g: _less(g.shares(g.positive & ~g.predicted, ~g.positive & g.predicted)[::-1]),
    ),
}


def analyse_bias(labels: np.ndarray, scores: np.ndarray, facets: Mapping[str, pd.Series]) -> dict[str, Any]:
    """Return the bias metrics of scored test rows, in the form of Clarify's ``analysis.json``.

    Before training they compare labels, after training predicted classes; a metric that is not a number is null.

    Parameters
    ----------
    labels
        0 or 1 for each row.
    facets
        A text for each row, by the facet's name.
    """
    positive, predicted = labels == 1, predicted_classes(scores) == 1
    stages = {"pre_training_bias_metrics": PRE_TRAINING, "post_training_bias_metrics": POST_TRAINING}
    return {
        "version": _VERSION,
        **{
            stage: {
                "label": LABEL,
                "label_value_or_threshold": "1",
                "facets": {
                    facet: list(_values(values.to_numpy(dtype=str), positive, predicted, metrics))
                    for facet, values in facets.items()
                },
            }
            for stage, metrics in stages.items()
        },
    }


def _values(
    values: np.ndarray, positive: np.ndarray, predicted: np.ndarray, metrics: Mapping[str, Metric]
) -> Iterator[dict[str, Any]]:
    """Yield the metrics of each value that is not that of all rows."""
    for value in np.unique(values):
        groups = Groups(values == value, positive, predicted)
        if groups.facet.all():
            continue
        measured = [
            {"name": name, "description": description, "value": _written(compute(groups))}
            for name, (description, compute) in metrics.items()
        ]
        yield {"value_or_threshold": str(value), "metrics": measured}


def _written(value: float) -> float | str | None:
    """Write infinity as Clarify does, and what is not a number as null."""
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else f"{'-' if value < 0 else ''}Infinity"
