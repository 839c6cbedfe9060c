"""Drawing with matplotlib into SVG inside an HTML page: same input, same bytes; the page's own typeface."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import escape

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

INK, MUTED, FAINT, PAPER = "#22272e", "#6b7480", "#d9dee4", "#ffffff"
BLUE, ORANGE, GREEN, PURPLE, GREY = "#1f5f99", "#c8641b", "#3c8a68", "#7a5299", "#8a929c"
SERIES = {
    "XGBoost": BLUE,
    "AutoML": ORANGE,
    "Best one-feature rule": GREEN,
    "Best table of two flags": PURPLE,
    "Majority class": GREY,
}
_SVG_DPI = 72  # in which matplotlib writes SVG
WIDTH = 7.8  # inches; the page scales every figure to its own width

_STYLE = {
    "svg.fonttype": "none",  # text stays text: the browser sets it, a reader can select it
    "text.parse_math": False,  # a dollar sign of the feed is a dollar sign
    "font.family": "sans-serif",
    "font.size": 8.5,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 9,
    "axes.labelsize": 8.5,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
}
_PROLOGUE = re.compile(r"^.*?(?=<svg )", re.DOTALL)
_FOR_FILES = re.compile(r"\s*<metadata>.*?</metadata>|\s*<style.*?</style>", re.DOTALL)
_FONT_FAMILY = re.compile(r"font-family: [^;\"]*; ?")
_GROUP_ID = re.compile(r'<g id="[^"]*"')


def draw(name: str, description: str, size: tuple[float, float], paint: Callable[[Figure], None]) -> str:
    """Draw a figure as an ``<svg>`` element, without prologue, metadata and fixed size.

    Parameters
    ----------
    name
        Unique on the page: keeps the ids inside the figure apart from those of others.
    description
        What it shows, for readers who do not see it.
    size
        Width and height in inches; the page scales it.
    """
    with mpl.rc_context(_STYLE | {"svg.hashsalt": name}):
        figure = Figure(figsize=size, dpi=_SVG_DPI)
        paint(figure)
        # Not as the figure's own layout, for which savefig would draw it twice.
        ConstrainedLayoutEngine().execute(figure)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return _embed(buffer.getvalue(), description)


def percent_axis(axes: Axes, which: str) -> None:
    """Label an axis of fractions in percent."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")


def plain(axes: Axes) -> None:
    """Remove an axes' frame and ticks, for cells that carry their own numbers."""
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)


def _embed(svg: str, description: str) -> str:
    """Strip what only a file needs; ids of groups repeat from figure to figure and nothing refers to them."""
    svg = _FOR_FILES.sub("", _PROLOGUE.sub("", svg, count=1))
    svg = _FONT_FAMILY.sub("", _GROUP_ID.sub("<g", svg))
    opening, rest = svg.split(">", 1)
    view_box = re.search(r'viewBox="[^"]*"', opening)
    if view_box is None:
        raise ValueError("matplotlib wrote an SVG without viewBox")
    return f'<svg {view_box[0]} role="img" aria-label="{escape(description)}">{rest.strip()}'
