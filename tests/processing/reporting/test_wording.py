from __future__ import annotations

import pytest

from processing.reporting.confidence import Interval
from processing.reporting.wording import above, bounds, decimal, listed, percent, points, short_decimal, spread


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (points(0.1944), "+19.4"),
        (points(-0.0081), "\N{MINUS SIGN}0.8"),
        (points(-0.0004), "0.0"),
        (decimal(0.8987), "0.899"),
        (decimal(-0.0001), "0.000"),
        (decimal(None), "\N{EN DASH}"),
        (short_decimal(-0.61), "\N{MINUS SIGN}.61"),
        (short_decimal(1.0), "1.00"),
        (spread({"mean": 0.0427, "std": 0.0187}), "0.043 ± 0.019"),
        (bounds(Interval(0.881, 0.837, 0.921), percent), "83.7%\N{EN DASH}92.1%"),
        (bounds(Interval(0.0, -0.01, 0.02), points), "\N{MINUS SIGN}1.0 to 2.0"),
        (listed(["a"]), "a"),
        (listed(["a", "b", "c"]), "a, b and c"),
    ],
)
def test_numbers_are_written_in_one_way(written, expected):
    assert written == expected


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (Interval(0.05, 0.02, 0.08), "5.0 points above the rule (95% CI 2.0 to 8.0)"),
        (Interval(-0.05, -0.08, -0.02), "5.0 points below the rule"),
        (
            Interval(0.01, -0.02, 0.04),
            "1.0 points above the rule (95% CI \N{MINUS SIGN}2.0 to 4.0), which may be chance",
        ),
        (Interval(0.0, 0.0, 0.0), "level with the rule"),
    ],
)
def test_a_difference_is_named_with_its_doubt(difference, words):
    assert above(difference, "the rule").startswith(words)
