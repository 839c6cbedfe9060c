"""How hyperparameters are drawn from their ranges."""

from __future__ import annotations

import numpy as np
import pytest

from local_aws.kernel.errors import AwsError
from local_aws.services.sagemaker.tuning.search_space import combinations, parse_ranges


def _range(low: str, high: str, scaling: str = "Auto", name: str = "x") -> dict[str, str]:
    return {"Name": name, "MinValue": low, "MaxValue": high, "ScalingType": scaling}


def _draws(ranges: dict, count: int = 2000) -> list[float]:
    (parameter,) = parse_ranges(ranges)
    random = np.random.default_rng(0)
    return [float(parameter.draw(random)) for _ in range(count)]


def test_integers_are_drawn_evenly_with_both_ends() -> None:
    draws = _draws({"IntegerParameterRanges": [_range("1", "4", "Linear")]})

    assert set(draws) == {1, 2, 3, 4}
    assert all(0.22 < draws.count(value) / len(draws) < 0.28 for value in (1, 2, 3, 4))


@pytest.mark.parametrize(
    ("low", "high", "scaling", "median"),
    [
        ("0", "10", "Linear", 5),
        ("0.01", "100", "Logarithmic", 1),
        ("0.01", "100", "Auto", 1),
        ("1", "3", "Auto", 2),
        ("0", "0.99", "ReverseLogarithmic", 0.9),
    ],
)
def test_half_of_the_draws_are_below_the_middle_of_the_scale(low: str, high: str, scaling: str, median: float) -> None:
    draws = _draws({"ContinuousParameterRanges": [_range(low, high, scaling)]})

    assert 0.45 < sum(value < median for value in draws) / len(draws) < 0.55
    assert float(low) <= min(draws) <= max(draws) <= float(high)


def test_coordinates_are_places_on_the_scale() -> None:
    category, integer, rate = parse_ranges(
        {
            "CategoricalParameterRanges": [{"Name": "kind", "Values": ["a", "b", "c"]}],
            "IntegerParameterRanges": [_range("2", "6", name="depth")],
            "ContinuousParameterRanges": [_range("0.001", "10", "Logarithmic", name="rate")],
        }
    )

    assert category.coordinates("b") == [0, 1, 0]
    assert integer.coordinates("3") == [0.25]
    assert rate.coordinates("0.1") == [pytest.approx(0.5)]


def test_combinations_are_all_there() -> None:
    ranges = [{"Name": "a", "Values": ["1", "2"]}, {"Name": "b", "Values": ["x", "y"]}]
    grid = list(combinations(parse_ranges({"CategoricalParameterRanges": ranges})))

    assert [(each["a"], each["b"]) for each in grid] == [("1", "x"), ("1", "y"), ("2", "x"), ("2", "y")]


@pytest.mark.parametrize(
    ("kind", "entry", "words"),
    [
        ("Integer", _range("1.5", "2"), "must be integers"),
        ("Continuous", _range("one", "2"), "must be numbers"),
        ("Continuous", _range("3", "2"), "'x' is not valid: MinValue 3 must be at most MaxValue 2"),
        ("Continuous", _range("0", "nan"), "both finite"),
        ("Continuous", _range("0", "1", "Logarithmic"), "greater than 0"),
        ("Continuous", _range("0", "1", "ReverseLogarithmic"), "0 <= x < 1.0"),
        ("Integer", _range("0", "0", "ReverseLogarithmic"), "continuous range"),
    ],
)
def test_invalid_range_is_refused_by_name(kind: str, entry: dict[str, str], words: str) -> None:
    with pytest.raises(AwsError, match=words):
        parse_ranges({f"{kind}ParameterRanges": [entry]})


def test_hyperparameter_has_one_range() -> None:
    with pytest.raises(AwsError, match="name x more than once"):
        parse_ranges({"IntegerParameterRanges": [_range("1", "2")], "ContinuousParameterRanges": [_range("1", "2")]})
