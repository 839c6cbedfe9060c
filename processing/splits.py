"""Splitting rows by group, above all into train, validation and test by site: no site is in two splits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from processing.feature_contract import SPLITS


@dataclass(frozen=True)
class SplitFractions:
    """Fractions of the labelled rows; the test split gets the rest.

    Raises
    ------
    ValueError
        A fraction is not above 0, or nothing is left for the test rows.
    """

    train: float = 0.64
    validation: float = 0.16

    def __post_init__(self) -> None:
        if self.train <= 0 or self.validation <= 0 or self.train + self.validation >= 1:
            raise ValueError(
                f"The fractions train {self.train} and validation {self.validation} must be above 0 and leave rows for "
                "the test split (sum below 1)."
            )


def split_by_site(sites: pd.Series, labels: pd.Series, fractions: SplitFractions, seed: int) -> npt.NDArray[np.object_]:
    """Assign each row to a split, seeded, stratified by label and grouped by site."""
    cuts = np.cumsum([fractions.train, fractions.validation])
    return np.array(SPLITS, dtype=object)[cut_groups(sites, labels, cuts, seed)]


def cut_groups(groups: pd.Series, labels: pd.Series, cuts: np.ndarray, seed: int) -> npt.NDArray[np.int_]:
    """Return the number of each row's part: rows of one group are in one part, parts end at the cuts (0 to 1).

    Groups are put into three strata (no positive row, some, all). Within a stratum they are ordered by a keyed hash and
    cut where the rows add up to the fractions. The hash depends on seed and group alone, so the parts are the same for
    any order of rows and any version of numpy, and a new group moves few others.
    """
    names, group_of_row = np.unique(groups.to_numpy(dtype=str), return_inverse=True)
    rows = np.bincount(group_of_row, minlength=len(names))
    positives = np.bincount(group_of_row, weights=labels.to_numpy(dtype=float), minlength=len(names))
    stratum = np.where(positives == 0, 0, np.where(positives == rows, 2, 1))
    shuffled = np.argsort(np.array([_hash(seed, name) for name in names], dtype=np.uint64), kind="stable")

    part_of_group = np.empty(len(names), dtype=int)
    for number in range(3):
        members = shuffled[stratum[shuffled] == number]
        if len(members):
            middle = np.cumsum(rows[members]) - rows[members] / 2
            part_of_group[members] = np.searchsorted(cuts, middle / rows[members].sum(), side="right")
    return part_of_group[group_of_row]


def _hash(seed: int, name: str) -> int:
    digest = hashlib.blake2b(name.encode(), digest_size=8, key=str(seed).encode()).digest()
    return int.from_bytes(digest)
