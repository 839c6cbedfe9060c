"""Kernel SHAP: Shapley values by a weighted regression over coalitions of features.

Source: Lundberg and Lee, "A Unified Approach to Interpreting Model Predictions" (2017), theorem 2. The ``shap``
package, which also does this, brings a compiler with it.
"""

from __future__ import annotations

import itertools
from math import comb

import numpy as np


def draw_coalitions(features: int, samples: int, seed: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Return coalitions and their weights: all of them if there are no more than `samples`, else drawn ones.

    Returns
    -------
    tuple
        A matrix of booleans (coalitions, features), in which neither the empty nor the full coalition is, and the
        weights of its rows.
    """
    if 2**features - 2 <= samples:
        members = [chosen for size in range(1, features) for chosen in itertools.combinations(range(features), size)]
        masks = np.zeros((len(members), features), dtype=bool)
        for mask, chosen in zip(masks, members, strict=True):
            mask[list(chosen)] = True
        counts = masks.sum(axis=1)
        weights = np.array([(features - 1) / (comb(features, size) * size * (features - size)) for size in counts])
        return masks, weights
    sizes = np.arange(1, features)
    random = np.random.default_rng(seed)
    shares = 1 / (sizes * (features - sizes))
    drawn = random.choice(sizes, size=(samples + 1) // 2, p=shares / shares.sum())
    ranks = random.permuted(np.tile(np.arange(features), (len(drawn), 1)), axis=1)
    masks = ranks < drawn[:, None]
    # A coalition and its complement together leave less to chance.
    masks, repeats = np.unique(np.concatenate([masks, ~masks])[:samples], axis=0, return_counts=True)
    return masks, repeats.astype(float)


def attribute(masks: np.ndarray, weights: np.ndarray, gains: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Return the Shapley values of rows (rows, features), which add up to the rows' totals.

    Parameters
    ----------
    gains
        What each coalition adds to the expected value (rows, coalitions).
    totals
        What all features together add to it (rows).
    """
    last = masks[:, -1].astype(float)
    root = np.sqrt(weights)
    solver = np.linalg.pinv(root[:, None] * (masks[:, :-1] - last[:, None])) * root
    others = (gains - totals[:, None] * last) @ solver.T
    return np.column_stack([others, totals - others.sum(axis=1)])
