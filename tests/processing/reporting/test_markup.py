from __future__ import annotations

from html.parser import HTMLParser

from processing.reporting.markup import Section, figure, page, paragraph, table

NASTY = '<script>alert("x")</script>&amp;'


class Tags(HTMLParser):
    """Tags and texts as a browser's parser would find them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_text_of_a_feed_stays_text_wherever_it_stands():
    blocks = (
        paragraph(NASTY, None, NASTY),
        table((NASTY,), [(NASTY,), ((NASTY, NASTY),)], NASTY),
        figure("<svg></svg>", NASTY),
    )
    parser = Tags()
    parser.feed(page(NASTY, NASTY, "", blocks, [Section("one", NASTY, blocks)], NASTY))
    assert "script" not in parser.tags
    places = ["title", "h1", "subtitle", "contents", "h2", "foot"] + 2 * [
        "th",
        "td",
        "td",
        "small",
        "caption",
        "figcaption",
    ]
    assert parser.texts.count(NASTY) == len(places)
    assert parser.texts.count(f"{NASTY} {NASTY}") == 2


def test_figures_align_right_and_models_stand_out():
    markup = table(("Model", "Accuracy"), [("a", ("1%", "0 to 2%")), ("b", "3%")], "x", strong={0}).markup
    assert '<tr class="strong"><td>a</td><td class="number">1%<small>0 to 2%</small></td></tr>' in markup
    assert '<tr><td>b</td><td class="number">3%</td></tr>' in markup
