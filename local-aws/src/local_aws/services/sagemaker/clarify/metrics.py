"""The bias metrics of two groups of rows: the sensitive facet ``d``, and all others ``a``.

Source: the developer guide's "Pre-training Bias Metrics" and "Post-training Data and Model Bias Metrics"; where a ratio
has no divisor, and for the metrics' descriptions, ``aws/amazon-sagemaker-clarify``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

Flags: TypeAlias = np.ndarray
_NEIGHBOURS, _FEW_NEIGHBOURS, _FEW_ROWS = 5, 1, 9


@dataclass(frozen=True)
class Groups:
    """What the metrics are computed from, a flag for each row."""

    facet: Flags
    positive: Flags
    predicted: Flags | None = None
    """Whether a row is in the sensitive group, has a positive label, has a positive prediction."""
    group: np.ndarray | None = None
    """The values of the group variable; None without one."""
    features: np.ndarray | None = None
    """The numbers of the other columns, of shape (rows, columns); None if they are not all numbers."""

    def __post_init__(self) -> None:
        if not self.facet.any():
            raise ValueError("Facet set is empty")
        if self.facet.all():
            raise ValueError("Negated facet set is empty")

    @property
    def predictions(self) -> Flags:
        """The predictions, which metrics after training need."""
        if self.predicted is None:
            raise ValueError("Predicted labels are not provided")
        return self.predicted


def ratio(part: float, whole: float) -> float:
    """Return a quotient; of nothing it is 0, of something by nothing infinite."""
    if whole == 0:
        return 0.0 if part == 0 else math.copysign(math.inf, part)
    return float(part / whole)


def _difference(minuend: float, subtrahend: float) -> float:
    return 0.0 if minuend == subtrahend else minuend - subtrahend


def _by_group(groups: Groups, share: Callable[[Flags], float]) -> tuple[float, float]:
    """Return a figure of the others and of the facet."""
    return share(~groups.facet), share(groups.facet)


def _proportions(groups: Groups, flags: Flags) -> tuple[float, float]:
    return _by_group(groups, lambda rows: float(np.mean(flags[rows])))


def _quotients(groups: Groups, part: Flags, whole: Flags) -> tuple[float, float]:
    return _by_group(groups, lambda rows: ratio(np.sum(part & rows), np.sum(whole & rows)))


def _distributions(groups: Groups) -> tuple[np.ndarray, np.ndarray]:
    """Return the shares of the label's values that both groups have."""
    of_others, of_facet = _proportions(groups, groups.positive)
    pairs = [(of_others, of_facet), (1 - of_others, 1 - of_facet)]
    common = [pair for pair in pairs if min(pair) > 0]
    if not common:
        raise ValueError("No instance of common facet found, dataset may be too small")
    first, second = zip(*common, strict=True)
    return np.array(first), np.array(second)


def _divergence(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.sum(first * np.log(first / second)))


def _class_imbalance(groups: Groups) -> float:
    return float((np.sum(~groups.facet) - np.sum(groups.facet)) / len(groups.facet))


def _jensen_shannon(groups: Groups) -> float:
    first, second = _distributions(groups)
    mean = (first + second) / 2
    return (_divergence(first, mean) + _divergence(second, mean)) / 2


def _norm(groups: Groups, order: float) -> float:
    first, second = _distributions(groups)
    return float(np.linalg.norm(first - second, order))


def _conditional_disparity(groups: Groups, flags: Flags) -> float:
    """Return the facet's share among the rejected less that among the accepted, averaged over the subgroups."""
    if groups.group is None:
        raise ValueError("Group variable is empty or not provided")
    if not flags.any() or flags.all():
        raise ValueError(f"No {'negative' if flags.any() else 'positive'} labels in set")
    total = 0.0
    for value in sorted(set(groups.group)):
        rows = groups.group == value
        rejected, accepted = rows & ~flags, rows & flags
        shares = [ratio(np.sum(some & groups.facet), np.sum(some)) for some in (rejected, accepted)]
        total += np.sum(rows) * (shares[0] - shares[1])
    return float(total / len(flags))


def _accuracy_difference(groups: Groups) -> float:
    return _difference(*_proportions(groups, groups.positive == groups.predictions))


def _treatment_equality(groups: Groups) -> float:
    missed, wrong = groups.positive & ~groups.predictions, ~groups.positive & groups.predictions
    others, facet = _quotients(groups, missed, wrong)
    return _difference(facet, others)


def _flip_test(groups: Groups) -> float:
    """Return how many more of the facet its nearest others would turn to positive than to negative, as a share."""
    from sklearn.neighbors import KNeighborsClassifier

    if groups.features is None:
        raise ValueError("FlipTest does not support non-numeric columns")
    few = np.sum(~groups.facet) <= _FEW_ROWS
    nearest = KNeighborsClassifier(n_neighbors=_FEW_NEIGHBOURS if few else _NEIGHBOURS)
    nearest.fit(groups.features[~groups.facet], groups.predictions[~groups.facet])
    as_others = nearest.predict(groups.features[groups.facet])
    own = groups.predictions[groups.facet]
    return float((np.sum(own & ~as_others) - np.sum(~own & as_others)) / len(own))


def _generalized_entropy(groups: Groups) -> float:
    benefit = groups.predictions.astype(int) - groups.positive.astype(int) + 1
    if not benefit.any():
        raise ValueError("All predicted labels are false negatives")
    return float(np.mean((benefit / benefit.mean()) ** 2 - 1) / 2)


def _less(groups: Groups, part: Flags, whole: Flags, *, of_facet: bool = False) -> float:
    """Return the difference of two quotients: the others' less the facet's, or the other way round."""
    others, facet = _quotients(groups, part, whole)
    return _difference(facet, others) if of_facet else _difference(others, facet)


def _disparate_impact(groups: Groups) -> float:
    others, facet = _proportions(groups, groups.predictions)
    return ratio(facet, others)


Metric = tuple[str, Callable[[Groups], float]]

PRE_TRAINING: Mapping[str, Metric] = {
    "CDDL": (
        "Conditional Demographic Disparity in Labels (CDDL)",
        lambda groups: _conditional_disparity(groups, groups.positive),
    ),
    "CI": ("Class Imbalance (CI)", _class_imbalance),
    "DPL": (
        "Difference in Positive Proportions in Labels (DPL)",
        lambda groups: _difference(*_proportions(groups, groups.positive)),
    ),
    "JS": ("Jensen-Shannon Divergence (JS)", _jensen_shannon),
    "KL": ("Kullback-Liebler Divergence (KL)", lambda groups: _divergence(*_distributions(groups))),
    "KS": ("Kolmogorov-Smirnov Distance (KS)", lambda groups: _norm(groups, math.inf)),
    "LP": ("L-p Norm (LP)", lambda groups: _norm(groups, 2)),
    "TVD": ("Total Variation Distance (TVD)", lambda groups: _norm(groups, 1) / 2),
}
POST_TRAINING: Mapping[str, Metric] = {
    "AD": ("Accuracy Difference (AD)", _accuracy_difference),
    "CDDPL": (
        "Conditional Demographic Disparity in Predicted Labels (CDDPL)",
        lambda groups: _conditional_disparity(groups, groups.predictions),
    ),
    "DAR": (
        "Difference in Acceptance Rates (DAR)",
        lambda groups: _less(groups, groups.positive & groups.predictions, groups.predictions),
    ),
    "DCA": (
        "Difference in Conditional Acceptance (DCA)",
        lambda groups: _less(groups, groups.positive, groups.predictions),
    ),
    "DCR": (
        "Difference in Conditional Rejection (DCR)",
        lambda groups: _less(groups, ~groups.positive, ~groups.predictions, of_facet=True),
    ),
    "DI": ("Disparate Impact (DI)", _disparate_impact),
    "DPPL": (
        "Difference in Positive Proportions in Predicted Labels (DPPL)",
        lambda groups: _difference(*_proportions(groups, groups.predictions)),
    ),
    "DRR": (
        "Difference in Rejection Rates (DRR)",
        lambda groups: _less(groups, ~groups.positive & ~groups.predictions, ~groups.predictions, of_facet=True),
    ),
    "FT": ("Flip Test (FT)", _flip_test),
    "GE": ("Generalized Entropy (GE)", _generalized_entropy),
    "RD": (
        "Recall Difference (RD)",
        lambda groups: _less(groups, groups.positive & groups.predictions, groups.positive),
    ),
    "SD": (
        "Specificity Difference (SD)",
        lambda groups: _less(groups, ~groups.positive & ~groups.predictions, ~groups.positive, of_facet=True),
    ),
    "TE": ("Treatment Equality (TE)", _treatment_equality),
}
