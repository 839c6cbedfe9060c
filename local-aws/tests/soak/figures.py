"""What was measured, and whether it is what it is to be."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Parameters
    ----------
    what
        What was measured.
    value
        What came out, with its unit.
    goal
        What it is to be; empty when the figure is there to be read only.
    met
        Whether it is that.
    """

    what: str
    value: str
    goal: str = ""
    met: bool = True


def table(figures: Iterable[Figure]) -> str:
    """Return figures as lines of Markdown."""
    lines = ["| what | figure | goal | |", "|---|---|---|---|"]
    for figure in figures:
        verdict = "" if not figure.goal else "met" if figure.met else "**missed**"
        lines.append(f"| {figure.what} | {figure.value} | {figure.goal} | {verdict} |")
    return "\n".join(lines)


def quantile(values: Iterable[float], share: float) -> float:
    """Return the smallest value that at least this share of the values does not exceed; infinity of none."""
    ordered = sorted(values) or [math.inf]
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
