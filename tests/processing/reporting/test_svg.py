from __future__ import annotations

import xml.etree.ElementTree as ET

from matplotlib.figure import Figure

from processing.reporting.svg import draw

NASTY = "$\\frac{ <b>&amp; $x$"


def paint(figure: Figure) -> None:
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], "o-")
    axes.set_title(NASTY)


def element(svg: str) -> ET.Element:
    return ET.fromstring(svg.replace("xlink:href", "href"))  # noqa: S314 - of our own drawing


def test_the_same_drawing_has_the_same_bytes():
    assert draw("one", "A line", (4, 3), paint) == draw("one", "A line", (4, 3), paint)


def test_text_of_a_feed_is_neither_markup_nor_formula():
    texts = [text.text for text in element(draw("one", NASTY, (4, 3), paint)).iter("text")]
    assert NASTY in texts


def test_figures_of_one_page_do_not_share_ids():
    ids = [
        {one.get("id") for one in element(draw(name, "A line", (4, 3), paint)).iter() if one.get("id")}
        for name in ("one", "two")
    ]
    assert ids[0] and ids[1] and not ids[0] & ids[1]


def test_the_page_sets_size_and_typeface_and_readers_hear_what_it_shows():
    root = element(draw("one", 'A "line"', (4, 3), paint))
    assert (root.get("role"), root.get("aria-label")) == ("img", 'A "line"')
    assert root.get("width") is root.get("height") is None
    assert "font-family" not in draw("one", "A line", (4, 3), paint)
