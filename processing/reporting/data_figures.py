"""The lab's exploratory figures, for this data: levels, returns by AGI bracket, boroughs, correlation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from processing.exploration import MISSING, RATINGS
from processing.feature_contract import LABEL, FeatureSet
from processing.labels import POSITIVE_LEVEL
from processing.reporting.svg import BLUE, FAINT, GREY, INK, MUTED, PAPER, WIDTH, draw, plain
from processing.reporting.wording import TO, short_decimal

BRACKETS = {
    "1": "under $25,000",
    "2": f"$25,000{TO}49,999",
    "3": f"$50,000{TO}74,999",
    "4": f"$75,000{TO}99,999",
    "5": f"$100,000{TO}199,999",
    "6": "$200,000 and more",
}
_RATING_COLOURS = dict(zip(RATINGS, ("#7fb3d5", BLUE, "#b9c0c8", "#e3e6ea"), strict=True))
_LIGHT = {"levels 1-3", "not accessible", "unknown"}
_SMALLEST_LABELLED_SHARE = 0.035


def draw_levels_and_returns(exploration: dict[str, Any]) -> str:
    """Draw playgrounds by level beside returns by AGI bracket."""
    levels, returns = exploration["levels"], exploration["returns_by_agi_bracket"]

    def paint(figure: Figure) -> None:
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.25))
        colours = [BLUE if level == POSITIVE_LEVEL else GREY for level in levels]
        _labelled_bars(left, [_level_name(level) for level in levels], list(levels.values()), colours, "{:,.0f}")
        left.set_title("Playgrounds by level")
        millions = [count / 1e6 for count in returns.values()]
        _labelled_bars(right, [BRACKETS[bracket] for bracket in returns], millions, [GREY] * len(returns), "{:.2f}")
        right.set_title("Tax returns by AGI bracket, millions")

    return draw("levels", "Playgrounds by level; tax returns by AGI bracket", (WIDTH, 2.4), paint)


def draw_boroughs(ratings: dict[str, dict[str, int]]) -> str:
    """Draw the ratings of each borough's playgrounds."""
    boroughs = list(ratings)[::-1]
    totals = np.array([sum(ratings[borough].values()) for borough in boroughs])

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        left = np.zeros(len(boroughs))
        for rating in RATINGS:
            counts = np.array([ratings[borough][rating] for borough in boroughs])
            shares = counts / totals
            axes.barh(boroughs, shares, left=left, height=0.68, color=_RATING_COLOURS[rating], label=rating)
            for place, (share, count) in enumerate(zip(shares, counts, strict=True)):
                if share >= _SMALLEST_LABELLED_SHARE:
                    colour = INK if rating in _LIGHT else PAPER
                    axes.text(left[place] + share / 2, place, f"{count:,}", ha="center", va="center", color=colour)
            left += shares
        for place, total in enumerate(totals):
            axes.text(1.012, place, f"{total:,}", va="center", color=MUTED)
        plain(axes)
        axes.set(xlim=(0, 1.07), xticks=[])
        axes.legend(loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=len(RATINGS), handlelength=1, borderpad=0)

    return draw("boroughs", "Share of each borough's playgrounds by rating, with counts", (WIDTH, 2.3), paint)


def draw_correlation(correlation: pd.DataFrame) -> str:
    """Draw the lower triangle of a correlation matrix, the label first."""
    names = [name.replace("_", " ") for name in correlation.columns]
    values = correlation.to_numpy()
    size = len(names)

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        triangle = np.where(np.tri(size, k=-1, dtype=bool), values, np.nan)
        axes.pcolormesh(triangle, cmap="RdBu", vmin=-1, vmax=1, edgecolors=PAPER, linewidth=0.8)
        for row, column in zip(*np.tril_indices(size, k=-1), strict=True):
            value = values[row, column]
            if not np.isnan(value):
                colour = PAPER if abs(value) > 0.6 else INK
                text = short_decimal(value)
                axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=6, color=colour)
        axes.set_xticks(np.arange(size - 1) + 0.5, names[:-1], rotation=40, ha="right", rotation_mode="anchor")
        axes.set_yticks(np.arange(1, size) + 0.5, names[1:])
        axes.set(xlim=(0, size - 1), ylim=(size, 1))
        axes.tick_params(labelsize=7)
        plain(axes)

    height = 1.2 + 0.26 * size
    return draw("correlation", "Correlation of the label and the features", (WIDTH, height), paint)


def correlations(rows: pd.DataFrame, features: FeatureSet) -> pd.DataFrame:
    """Return the Pearson correlations of label and features over the labelled rows, the label first.

    Pairs use the rows that have both values; constant columns are left out.
    """
    labelled = rows.loc[rows["label_known"] == 1, [LABEL, *features.feature_names]].astype(float)
    return labelled.loc[:, labelled.nunique() > 1].corr()


def _labelled_bars(axes: Any, names: list[str], values: list[float], colours: list[str], form: str) -> None:
    """Draw horizontal bars, the first on top, each with its value at its end."""
    places, longest = np.arange(len(names))[::-1], max(values) or 1
    axes.barh(places, values, height=0.68, color=colours)
    for place, value in zip(places, values, strict=True):
        axes.text(value + 0.015 * longest, place, form.format(value), va="center")
    axes.set_yticks(places, names)
    axes.set(xticks=[], xlim=(0, 1.16 * longest))
    plain(axes)
    axes.spines["left"].set(visible=True, color=FAINT)


def _level_name(level: str) -> str:
    return "no level" if level == MISSING else f"level {level}"
