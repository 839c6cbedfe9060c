"""The states that CloudWatch's documentation gives for series with and without gaps."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.services.cloudwatch.evaluation import evaluate

PERIOD = 60
NOW = 100 * PERIOD + 5


def _alarm(**members: Any) -> dict[str, Any]:
    return {
        "Period": PERIOD,
        "EvaluationPeriods": 3,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "Statistic": "Average",
        **members,
    }


def _values(series: str) -> dict[int, float]:
    """Read the documentation's notation, oldest first: 0 is within the threshold, X breaches, - is missing."""
    points = series.split()
    start = 100 * PERIOD - len(points) * PERIOD
    return {start + index * PERIOD: 5.0 * (point == "X") for index, point in enumerate(points) if point != "-"}


def _state(alarm: dict[str, Any], values: dict[int, float]) -> str:
    evaluation = evaluate(alarm, values, NOW)
    return evaluation.value if evaluation else "stays"


@pytest.mark.parametrize(
    ("series", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("0 - X - X", "OK", "OK", "OK", "OK"),
        ("- - - - 0", "OK", "OK", "OK", "OK"),
        ("- - - - -", "INSUFFICIENT_DATA", "stays", "ALARM", "OK"),
        ("0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
        ("- - X - -", "ALARM", "stays", "ALARM", "OK"),
    ],
)
def test_three_of_three(series: str, missing: str, ignore: str, breaching: str, not_breaching: str) -> None:
    treated = {"missing": missing, "ignore": ignore, "breaching": breaching, "notBreaching": not_breaching}
    for treatment, state in treated.items():
        assert _state(_alarm(TreatMissingData=treatment), _values(series)) == state, treatment


@pytest.mark.parametrize(
    ("series", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
        ("0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"),
        ("0 - X - -", "OK", "OK", "ALARM", "OK"),
        ("- - - - 0", "OK", "OK", "ALARM", "OK"),
        ("- - - X -", "ALARM", "stays", "ALARM", "OK"),
    ],
)
def test_two_of_three(series: str, missing: str, ignore: str, breaching: str, not_breaching: str) -> None:
    treated = {"missing": missing, "ignore": ignore, "breaching": breaching, "notBreaching": not_breaching}
    for treatment, state in treated.items():
        alarm = _alarm(DatapointsToAlarm=2, TreatMissingData=treatment)
        assert _state(alarm, _values(series)) == state, treatment


def test_open_period_counts_once_it_breaches() -> None:
    alarm = _alarm(EvaluationPeriods=1)
    calm = {99 * PERIOD: 0.0}

    assert _state(alarm, {**calm, 100 * PERIOD: 0.5}) == "OK"
    assert _state(alarm, {**calm, 100 * PERIOD: 5.0}) == "ALARM"


def test_sum_of_an_open_period_may_yet_grow() -> None:
    alarm = _alarm(EvaluationPeriods=1, Statistic="Sum", ComparisonOperator="LessThanThreshold")

    assert _state(alarm, {99 * PERIOD: 10.0, 100 * PERIOD: 0.1}) == "OK"


def test_reason_names_the_datapoints() -> None:
    evaluation = evaluate(_alarm(EvaluationPeriods=1), {99 * PERIOD: 5.0}, NOW)

    assert evaluation is not None
    assert evaluation.reason == (
        "Threshold Crossed: 1 datapoint [5.0 (01/01/70 01:39:00)] was greater than the threshold (1.0)."
    )
    assert evaluation.data["recentDatapoints"] == [5.0]
