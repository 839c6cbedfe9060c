"""Confidence intervals: a bootstrap over sites, and Wilson's interval where rows are few.

Rows of one park or school resemble each other, so whole sites are drawn, not rows. A replicate is a count per site: how
often it was drawn. Every metric is then a weighted one, for all replicates at once, and differences between models are
taken within a replicate (paired). Replicate 0 has every site once: the estimate itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

REPLICATES = 2000
CONFIDENCE = 0.95
_Z = 1.959964  # 97.5 % point of the normal distribution


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % confidence interval."""

    estimate: float
    low: float
    high: float

    @property
    def includes_zero(self) -> bool:
        """Whether a difference of this size may be chance."""
        return self.low <= 0 <= self.high


@dataclass(frozen=True)
class SiteSamples:
    """Samples of sites, drawn with replacement."""

    drawn: np.ndarray
    """How often each site was drawn, shape (1 + replicates, sites); row 0 is all ones."""
    site_of_row: np.ndarray
    """Number of each row's site."""

    def totals(self, values: np.ndarray) -> np.ndarray:
        """Sum over the rows of each sample, shape (1 + replicates,)."""
        by_site = np.bincount(self.site_of_row, weights=values, minlength=self.drawn.shape[1])
        return self.drawn @ by_site

    def tables(self, members: np.ndarray, column_of_row: np.ndarray, columns: int) -> np.ndarray:
        """Count the member rows of each sample by a column number, shape (1 + replicates, columns)."""
        cells = self.site_of_row[members] * columns + column_of_row[members]
        by_site = np.bincount(cells, minlength=self.drawn.shape[1] * columns).reshape(-1, columns)
        return self.drawn @ by_site.astype(float)


def draw_sites(sites: pd.Series, seed: int, replicates: int = REPLICATES) -> SiteSamples:
    """Draw samples of as many sites as there are, with replacement.

    The draws depend on the seed and on the site ids alone, not on the order of the rows.
    """
    names, site_of_row = np.unique(sites.to_numpy(dtype=str), return_inverse=True)
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(len(names), np.full(len(names), 1 / len(names)), size=replicates)
    return SiteSamples(np.vstack([np.ones(len(names)), drawn]), site_of_row)


def rate(hits: np.ndarray, samples: SiteSamples, members: np.ndarray | None = None) -> np.ndarray:
    """Return the fraction of hits (0/1, shape (rows,)) in each sample, among the member rows (boolean; all if None).

    Returns
    -------
    numpy.ndarray
        Shape (1 + replicates,); NaN where a sample has no member.
    """
    members = np.ones(len(hits), dtype=bool) if members is None else members
    with np.errstate(invalid="ignore"):
        return samples.totals(hits * members) / samples.totals(members)


def balanced_accuracy(labels: np.ndarray, predicted: np.ndarray, samples: SiteSamples) -> np.ndarray:
    """Return the mean of both classes' recall, shape (1 + replicates,); NaN where a sample lacks a class."""
    right = predicted == labels
    return (rate(right, samples, labels == 1) + rate(right, samples, labels == 0)) / 2


def roc_auc(labels: np.ndarray, scores: np.ndarray, samples: SiteSamples) -> np.ndarray:
    """Return the fraction of (positive, negative) pairs that the scores order correctly, ties counting half.

    Returns
    -------
    numpy.ndarray
        Shape (1 + replicates,); NaN where a sample lacks a class.
    """
    levels, level_of_row = np.unique(scores, return_inverse=True)
    positives, negatives = (samples.tables(labels == label, level_of_row, len(levels)) for label in (1, 0))
    below = np.cumsum(negatives, axis=1) - negatives
    pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return (positives * (below + negatives / 2)).sum(axis=1) / pairs


def interval(statistics: np.ndarray) -> Interval:
    """Turn a statistic over the replicates into an interval, by their percentiles.

    Parameters
    ----------
    statistics
        Shape (1 + replicates,), the estimate first; replicates in which it is not defined (NaN) do not count.
    """
    replicates = statistics[1:][~np.isnan(statistics[1:])]
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(replicates, [tail, 1 - tail])
    return Interval(float(statistics[0]), float(low), float(high))


def wilson(hits: np.ndarray, independent: int) -> Interval | None:
    """Return Wilson's score interval of a fraction, which has a width even where all rows agree; None without rows.

    Parameters
    ----------
    hits
        0/1 or boolean.
    independent
        Number of rows that count as independent: fewer than there are, if rows come in clusters.
    """
    if not len(hits):
        return None
    share = float(hits.mean())
    centre = (share + _Z**2 / (2 * independent)) / (1 + _Z**2 / independent)
    spread = np.sqrt(share * (1 - share) / independent + (_Z / (2 * independent)) ** 2)
    half = _Z / (1 + _Z**2 / independent) * float(spread)
    # At 0 and 1 a bound is the share itself, but for rounding.
    return Interval(share, min(max(centre - half, 0.0), share), max(min(centre + half, 1.0), share))
