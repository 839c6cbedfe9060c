"""Numbers in words: one format for each kind of figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from processing.reporting.confidence import Interval

TO = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
NONE = TO


def count(number: int) -> str:
    """Format a count: 1,269."""
    return f"{number:,}"


def percent(fraction: float) -> str:
    """Format a fraction: 88.1%."""
    return f"{fraction:.1%}"


def points(fraction: float) -> str:
    """Format a difference of fractions in percentage points, with its sign: +19.4."""
    return _signed(100 * fraction, 1, plus="+")


def decimal(number: float | None) -> str:
    """Format a metric: 0.899."""
    return NONE if number is None else _signed(number, 3)


def signed(number: float) -> str:
    """Format a difference of metrics, with its sign: +0.012."""
    return _signed(number, 3, plus="+")


def short_decimal(number: float) -> str:
    """Format a correlation: .32."""
    return _signed(number, 2).replace("0.", ".", 1)


def bounds(interval: Interval, form: Callable[[float], str]) -> str:
    """Format both bounds; those that may carry a sign are joined by a word."""
    low, high = form(interval.low), form(interval.high)
    return f"{low.removeprefix('+')}{' to ' if form is points else TO}{high.removeprefix('+')}"


def with_bounds(interval: Interval, form: Callable[[float], str]) -> str:
    """Format an estimate with its bounds: +19.4 (12.6 to 26.2)."""
    return f"{form(interval.estimate)} ({bounds(interval, form)})"


def points_above(difference: Interval) -> str:
    """Format a difference that the sentence continues with "points above": 19.4 (12.6 to 26.2)."""
    return with_bounds(difference, points).removeprefix("+")


def above(difference: Interval, baseline: str) -> str:
    """State how much better than a baseline, and whether that may be chance."""
    confidence = f"(95% CI {bounds(difference, points)})"
    if round(100 * difference.estimate, 1) == 0:
        return f"level with {baseline} {confidence}"
    side = "above" if difference.estimate > 0 else "below"
    doubt = ", which may be chance" if difference.includes_zero else ""
    return f"{abs(100 * difference.estimate):.1f} points {side} {baseline} {confidence}{doubt}"


def spread(drop: dict[str, float], scale: float = 1.0, digits: int = 3) -> str:
    """Format a mean with its standard deviation: 0.043 ± 0.019."""
    return f"{_signed(scale * drop['mean'], digits)} ± {scale * drop['std']:.{digits}f}"


def listed(words: Sequence[str]) -> str:
    """Join words: A, b and c."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def _signed(number: float, digits: int, plus: str = "") -> str:
    """Format a number with a true minus sign; zero has none."""
    rounded = round(number, digits)
    if rounded == 0:
        return f"{0:.{digits}f}"
    return f"{plus if rounded > 0 else MINUS}{abs(rounded):.{digits}f}"
