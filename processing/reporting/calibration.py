"""Whether scores are calibrated: among rows scored p, a fraction p should be positive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from processing.feature_contract import LABEL
from processing.predictions import SCORE
from processing.reporting.confidence import Interval, wilson
from processing.reporting.inputs import Evaluation

BINS = 8


@dataclass(frozen=True)
class Bin:
    """Rows of neighbouring scores: how many, their mean score, their fraction of class 1."""

    rows: int
    mean_score: float
    positive_share: Interval


@dataclass(frozen=True)
class Calibration:
    """Bins, the Brier score (mean squared error of the scores), and that of always predicting the overall fraction."""

    bins: list[Bin]
    brier: float
    brier_of_constant: float


def calibrate(evaluation: Evaluation) -> Calibration:
    """Compare a model's scores with the fractions of positive rows, in up to `BINS` bins of similar size.

    Rows of equal score share a bin.
    """
    rows = evaluation.predictions
    labels, scores, sites = rows[LABEL].to_numpy(dtype=float), rows[SCORE].to_numpy(), rows["site_id"].to_numpy()
    edges = np.unique(np.quantile(scores, np.arange(1, BINS) / BINS))
    bin_of_row = np.searchsorted(edges, scores)
    bins = []
    for number in np.unique(bin_of_row):
        members = bin_of_row == number
        share = wilson(labels[members], independent=len(np.unique(sites[members])))
        if share is not None:
            bins.append(Bin(int(members.sum()), float(scores[members].mean()), share))
    return Calibration(
        bins,
        float(((scores - labels) ** 2).mean()),
        float(labels.var()),
    )
