"""Bias metrics of eight rows, against figures worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from local_aws.services.sagemaker.clarify.metrics import POST_TRAINING, PRE_TRAINING, Groups, ratio


def _flags(text: str) -> np.ndarray:
    return np.array([character == "1" for character in text])


# Two rows are in the facet (1 of 2 positive), six are not (4 of 6 positive).
GROUPS = Groups(
    facet=_flags("11000000"),
    positive=_flags("10111100"),
    predicted=_flags("00111010"),
    group=np.array(["x", "x", "x", "y", "y", "x", "x", "y"], dtype=object),
    features=np.array([[0.0], [1.0], [0.1], [0.2], [0.3], [5.0], [0.4], [6.0]]),
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CI", (6 - 2) / 8),
        ("DPL", 4 / 6 - 1 / 2),
        ("KL", 2 / 3 * math.log(4 / 3) + 1 / 3 * math.log(2 / 3)),
        ("KS", 1 / 6),
        ("LP", math.sqrt(2) / 6),
        ("TVD", 1 / 6),
        # In x: rejected 2, of them 1 in the facet; accepted 3, of them 1. In y nothing is in the facet.
        ("CDDL", 5 / 8 * (1 / 2 - 1 / 3)),
    ],
)
def test_metric_before_training(name: str, value: float) -> None:
    assert PRE_TRAINING[name][1](GROUPS) == pytest.approx(value)


def test_jensen_shannon_is_the_mean_divergence_from_the_mean() -> None:
    first, second, mean = (2 / 3, 1 / 3), (1 / 2, 1 / 2), (7 / 12, 5 / 12)
    parts = [
        sum(share * math.log(share / middle) for share, middle in zip(of, mean, strict=True)) for of in (first, second)
    ]
    assert PRE_TRAINING["JS"][1](GROUPS) == pytest.approx(sum(parts) / 2)


# Of the facet: one miss, one rejected rightly. Of the others: TP 3, FN 1, FP 1, TN 1.
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DPPL", 4 / 6),
        ("DI", 0.0),
        ("DCA", 4 / 4 - math.inf),
        ("DCR", 1 / 2 - 2 / 2),
        ("RD", 3 / 4),
        ("SD", 1 / 1 - 1 / 2),
        ("DAR", 3 / 4),
        ("DRR", 1 / 2 - 1 / 2),
        ("AD", 4 / 6 - 1 / 2),
        ("TE", math.inf),
        # The nearest others of both rows are predicted positive, the rows are not.
        ("FT", -2 / 2),
        # Benefits are 0, 1, 1, 1, 1, 0, 2, 1, their mean is 7/8 and the sum of squares 9.
        ("GE", (9 * 64 / 49 / 8 - 1) / 2),
        # In x: rejected 3, of them 2 in the facet; accepted none of the facet. In y nothing is in the facet.
        ("CDDPL", 5 / 8 * (2 / 3)),
    ],
)
def test_metric_after_training(name: str, value: float) -> None:
    assert POST_TRAINING[name][1](GROUPS) == pytest.approx(value)


@pytest.mark.parametrize(("part", "whole", "value"), [(1, 2, 0.5), (0, 0, 0.0), (2, 0, math.inf)])
def test_ratio_without_divisor(part: int, whole: int, value: float) -> None:
    assert ratio(part, whole) == value


@pytest.mark.parametrize(("facet", "words"), [("00", "Facet set is empty"), ("11", "Negated facet set is empty")])
def test_empty_group_is_refused(facet: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Groups(_flags(facet), _flags("01"))
