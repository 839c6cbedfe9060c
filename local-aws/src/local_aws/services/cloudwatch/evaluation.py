"""What state an alarm's datapoints put it in: CloudWatch's rules of "M out of N" and of missing data, as a function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from local_aws.kernel.records import Record

COMPARISONS = {
    "GreaterThanThreshold": "greater than",
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
MISSING_DATA = ("missing", "ignore", "breaching", "notBreaching")
_SPARE_PERIODS = 2
"""CloudWatch looks at more periods than the alarm names when some have no data; how many is not documented."""
_GROWING = ("Sum", "SampleCount")
_MOST_TOLD = 20
"""How many datapoints the reason for programs lists, the newest ones; CloudWatch bounds its length."""


@dataclass(frozen=True)
class Evaluation:
    """A state with its reason."""

    value: str
    """``OK``, ``ALARM`` or ``INSUFFICIENT_DATA``."""
    reason: str
    data: Record


def first_second(alarm: Record, at: int) -> int:
    """Return the start of the oldest period that an evaluation at a time looks at."""
    period = alarm["Period"]
    return at - at % period - (alarm["EvaluationPeriods"] + _SPARE_PERIODS) * period


def evaluate(alarm: Record, values: Mapping[int, float], at: int) -> Evaluation | None:
    """Return the state that an alarm is in.

    A period that is still open counts from the moment when it breaches, unless more data may end that, as they may a
    sum that is below its threshold.

    Parameters
    ----------
    alarm
        The alarm, with `Period`, `EvaluationPeriods`, `DatapointsToAlarm`, `Threshold`, `ComparisonOperator`,
        `TreatMissingData`.
    at
        Now, in seconds since the epoch.
    """
    period, wanted = alarm["Period"], alarm["EvaluationPeriods"]
    needed = _needed(alarm)
    missing_is = alarm.get("TreatMissingData", "missing")
    opened = at - at % period
    counts_open = opened in values and _breaches(alarm, values[opened]) and not _may_recover(alarm)
    newest = opened if counts_open else opened - period
    starts = [newest - index * period for index in range(wanted + _SPARE_PERIODS)]
    taken = [start for start in starts if start in values][:wanted]
    breaching = [start for start in taken if _breaches(alarm, values[start])]
    absent = wanted - len(taken)
    if not taken:
        state = {"missing": "INSUFFICIENT_DATA", "breaching": "ALARM", "notBreaching": "OK"}.get(missing_is)
    elif len(breaching) + (absent if missing_is == "breaching" else 0) >= needed:
        state = "ALARM"
    elif missing_is in ("breaching", "notBreaching") or len(breaching) < len(taken):
        state = "OK"
    elif missing_is == "missing" and (newest - breaching[-1]) // period + 1 >= needed:
        # All that is there breaches, and it is old enough: a recovery would have been seen by now.
        state = "ALARM"
    else:
        state = None
    if state is None:
        return None
    return Evaluation(state, _reason(alarm, state, taken, breaching, values, absent), _data(alarm, taken, values, at))


def _breaches(alarm: Record, value: float) -> bool:
    threshold = alarm["Threshold"]
    match alarm["ComparisonOperator"]:
        case "GreaterThanThreshold":
            return value > threshold
        case "GreaterThanOrEqualToThreshold":
            return value >= threshold
        case "LessThanThreshold":
            return value < threshold
        case _:
            return value <= threshold


def _may_recover(alarm: Record) -> bool:
    return alarm["ComparisonOperator"].startswith("Less") and alarm.get("Statistic") in _GROWING


def _reason(
    alarm: Record, state: str, taken: list[int], breaching: list[int], values: Mapping[int, float], absent: int
) -> str:
    wanted = alarm["EvaluationPeriods"]
    if not taken:
        points, verb = _plural(wanted), "were" if wanted > 1 else "was"
        if state == "INSUFFICIENT_DATA":
            return f"Insufficient Data: {points} {verb} unknown."
        kind = "Breaching" if state == "ALARM" else "NonBreaching"
        return f"Threshold Crossed: no datapoints were received for {_periods(wanted)} and {points} {verb} missing " + (
            f"and treated as [{kind}]."
        )
    shown = breaching if state == "ALARM" and breaching else [start for start in taken if start not in breaching]
    shown = shown or taken
    points = ", ".join(f"{values[start]} ({_time(start):%d/%m/%y %H:%M:%S})" for start in shown)
    verb = "were" if len(shown) > 1 else "was"
    comparison = COMPARISONS[alarm["ComparisonOperator"]]
    negation = "" if shown == breaching else "not "
    head = f"{len(shown)} out of the last {wanted} datapoints" if wanted > 1 else _plural(len(shown))
    tail = f" (minimum {_plural(_needed(alarm))} for OK -> ALARM transition)" if wanted > 1 else ""
    reason = f"{head} [{points}] {verb} {negation}{comparison} the threshold ({alarm['Threshold']}){tail}."
    if absent and alarm.get("TreatMissingData") in ("breaching", "notBreaching"):
        reason += f" {_plural(absent)} missing, treated as [{alarm['TreatMissingData']}]."
    return f"Threshold Crossed: {reason}"


def _needed(alarm: Record) -> int:
    return int(alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"])


def _data(alarm: Record, taken: list[int], values: Mapping[int, float], at: int) -> Record:
    shown = taken[:_MOST_TOLD]
    data: Record = {
        "version": "1.0",
        "queryDate": _stamp(at),
        "statistic": alarm.get("Statistic") or alarm.get("ExtendedStatistic"),
        "period": alarm["Period"],
        "recentDatapoints": [values[start] for start in reversed(shown)],
        "threshold": alarm["Threshold"],
        "evaluatedDatapoints": [{"timestamp": _stamp(start), "value": values[start]} for start in shown],
    }
    return {**data, **({"startDate": _stamp(taken[-1])} if taken else {})}


def _plural(number: int) -> str:
    return f"{number} datapoint" + ("s" if number > 1 else "")


def _periods(number: int) -> str:
    return f"{number} period" + ("s" if number > 1 else "")


def _time(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def _stamp(second: int) -> str:
    return f"{_time(second):%Y-%m-%dT%H:%M:%S}.000+0000"
