"""How a model treats each borough: selection rate, true and false positive rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from processing.decision import predicted_classes
from processing.feature_contract import LABEL
from processing.predictions import SCORE
from processing.reporting.confidence import REPLICATES, Interval, wilson
from processing.reporting.inputs import Evaluation

CHANCE = 0.05  # a gap that shuffled boroughs reach less often is called more than chance


@dataclass(frozen=True)
class BoroughRates:
    """One model in one borough: its test rows by class, and its rates."""

    borough: str
    positives: int
    negatives: int
    selection_rate: Interval | None
    """Fraction of all rows that the model predicts positive."""
    true_positive_rate: Interval | None
    false_positive_rate: Interval | None
    """The same among the rows of class 1 and of class 0; None where the borough has none."""


@dataclass(frozen=True)
class Gap:
    """Distance between the boroughs with the lowest and the highest rate.

    `chance` is the fraction of shuffles of the boroughs among the sites that make a gap at least as large.
    """

    lowest: tuple[str, float]
    highest: tuple[str, float]
    chance: float


@dataclass(frozen=True)
class Fairness:
    """One model: its rates by borough, and each rate's gap by the rate's field (None where no two boroughs have it)."""

    boroughs: list[BoroughRates]
    gaps: dict[str, Gap | None]


def measure_fairness(evaluation: Evaluation, seed: int) -> Fairness:
    """Measure a model in each borough, in the order of their names.

    Intervals are Wilson's with the number of sites for that of rows: the bootstrap has none where the few rows of a
    borough agree.
    """
    rows = evaluation.predictions
    labels = rows[LABEL].to_numpy()
    chosen = predicted_classes(rows[SCORE].to_numpy())
    boroughs, sites = (rows[column].to_numpy(dtype=str) for column in ("borough", "site_id"))
    counted = {
        "selection_rate": np.ones(len(rows), dtype=bool),
        "true_positive_rate": labels == 1,
        "false_positive_rate": labels == 0,
    }

    def rate(here: np.ndarray) -> Interval | None:
        return wilson(chosen[here], independent=len(np.unique(sites[here])))

    measured = [
        BoroughRates(
            borough,
            int((labels[boroughs == borough] == 1).sum()),
            int((labels[boroughs == borough] == 0).sum()),
            **{field: rate((boroughs == borough) & members) for field, members in counted.items()},
        )
        for borough in np.unique(boroughs)
    ]
    gaps = {
        field: borough_gap(chosen[members], sites[members], boroughs[members], seed)
        for field, members in counted.items()
    }
    return Fairness(measured, gaps)


def borough_gap(chosen: np.ndarray, sites: np.ndarray, boroughs: np.ndarray, seed: int) -> Gap | None:
    """Compare the gap between boroughs with those that chance makes; None if fewer than two boroughs have a row.

    Parameters
    ----------
    chosen
        Whether the model predicts a row positive (0/1).
    sites, boroughs
        Of each row. Boroughs are shuffled among sites: rows of one site stay together.
    """
    names, borough_of_row = np.unique(boroughs, return_inverse=True)
    if len(names) < 2:
        return None
    # A site in two boroughs counts as two.
    _, first, unit_of_row = np.unique(np.char.add(sites, boroughs), return_index=True, return_inverse=True)
    units = len(first)
    hits, rows = np.bincount(unit_of_row, weights=chosen, minlength=units), np.bincount(unit_of_row, minlength=units)
    generator = np.random.default_rng(seed)
    shuffled = np.tile(borough_of_row[first], (1 + REPLICATES, 1))  # row 0 stays as it is
    shuffled[1:] = generator.permuted(shuffled[1:], axis=1)
    rates = np.stack(
        [(shuffled == number) @ hits / ((shuffled == number) @ rows) for number in range(len(names))], axis=1
    )
    gaps = rates.max(axis=1) - rates.min(axis=1)
    as_it_is = rates[0]
    low, high = int(as_it_is.argmin()), int(as_it_is.argmax())
    return Gap(
        (str(names[low]), float(as_it_is[low])),
        (str(names[high]), float(as_it_is[high])),
        # The gap itself counts as one of the draws: the share is never 0 (Phipson and Smyth, 2010).
        float((gaps >= gaps[0] - 1e-12).mean()),
    )
