"""HTML of the page's parts. Text is escaped here, and only here; figures are SVG drawn by the report itself."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from html import escape

from processing.reporting.confidence import Interval
from processing.reporting.wording import NONE, bounds

Cell = str | tuple[str, str]


@dataclass(frozen=True)
class Html:
    """Markup that goes into the page as it is."""

    markup: str


def paragraph(*sentences: str | None, kind: str = "") -> Html:
    """Return a paragraph of sentences; None is left out."""
    opening = f'<p class="{kind}">' if kind else "<p>"
    return Html(f"{opening}{escape(' '.join(sentence for sentence in sentences if sentence))}</p>")


def figure(svg: str, caption: str) -> Html:
    """Return a drawing with its caption."""
    return Html(f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>")


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    caption: str,
    *,
    text_columns: int = 1,
    strong: Container[int] = (),
) -> Html:
    """Return a table.

    Parameters
    ----------
    rows
        Cells: text, or a figure and its interval, shown smaller below it.
    text_columns
        Number of columns, from the left, that hold text; the others hold figures and align right.
    strong
        Numbers of the rows in bold, from 0.
    """

    def cells(values: Sequence[Cell], tag: str) -> str:
        kinds = ["" if place < text_columns else ' class="number"' for place in range(len(values))]
        if text_columns > 1:
            kinds[0] = ' class="key"'
        return "".join(f"<{tag}{kind}>{_cell(value)}</{tag}>" for value, kind in zip(values, kinds, strict=True))

    body = "".join(
        f'<tr class="strong">{cells(row, "td")}</tr>' if number in strong else f"<tr>{cells(row, 'td')}</tr>"
        for number, row in enumerate(rows)
    )
    return Html(
        f'<div class="table"><table><caption>{escape(caption)}</caption>'
        f"<thead><tr>{cells(head, 'th')}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _markup(blocks: Sequence[Html]) -> str:
    return "".join(block.markup for block in blocks)


def _cell(value: Cell) -> str:
    if isinstance(value, str):
        return escape(value)
    figure_text, interval_text = value
    return f"{escape(figure_text)}<small>{escape(interval_text)}</small>"


def interval_cell(interval: Interval | None, form: Callable[[float], str]) -> Cell:
    """Return a figure above its interval; a dash for one that is not defined."""
    return NONE if interval is None else (form(interval.estimate), bounds(interval, form))


@dataclass(frozen=True)
class Section:
    """A titled part of the page; its key is the anchor that the contents link to."""

    key: str
    title: str
    blocks: tuple[Html, ...]


def page(title: str, subtitle: str, style: str, lead: Sequence[Html], sections: Sequence[Section], foot: str) -> str:
    """Return the page as an HTML document: one file, without scripts or anything that a browser would fetch.

    Its content security policy forbids scripts and any request, in case markup from a feed gets through.
    """
    contents = "".join(f'<li><a href="#{section.key}">{escape(section.title)}</a></li>' for section in sections)
    body = "".join(
        f'<section id="{section.key}"><h2>{escape(section.title)}</h2>{_markup(section.blocks)}</section>\n'
        for section in sections
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        f"<header><h1>{escape(title)}</h1><p>{escape(subtitle)}</p></header>\n"
        f'<div class="lead">{_markup(lead)}</div>\n'
        f'<nav aria-label="Contents"><ol>{contents}</ol></nav>\n{body}'
        f"<footer>{escape(foot)}</footer>\n</main>\n</body>\n</html>\n"
    )
