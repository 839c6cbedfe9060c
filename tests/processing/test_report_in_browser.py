from __future__ import annotations

from pathlib import Path

import pytest

from processing import report
from processing.reporting import inputs
from tests.processing.browser import NAMES, Visit, find_browser, picture, visit
from tests.processing.staging import EvaluatedRun

BROWSER = find_browser() or ""
WIDTH, NARROW = 1280, 390
FIGURES = 10

pytestmark = pytest.mark.skipif(not BROWSER, reason=f"needs a browser on PATH: {', '.join(NAMES)}")


@pytest.fixture(scope="module")
def page(evaluated_run: EvaluatedRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run whose code has a digest, the longest word there is."""
    folder = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inputs, "provenance", lambda: {"execution": "9ogp4djxqsvp", "code": "0123456789abcdef" * 4})
        assert report.main(evaluated_run.report_arguments(folder / "report")) == 0
    return folder / "report" / "report.html"


@pytest.fixture(scope="module")
def seen(page: Path, tmp_path_factory: pytest.TempPathFactory) -> Visit:
    return visit(BROWSER, page, tmp_path_factory.mktemp("wide") / "visit", WIDTH)


def test_it_opens_without_a_word_on_the_console(seen):
    assert seen.measured["title"] == "Which playgrounds are level 4?"
    assert seen.console == []


def test_it_asks_for_nothing(seen):
    assert seen.requests == []
    assert seen.measured["resources"] == []
    assert seen.measured["images"] == []


def test_every_figure_has_its_size_its_shapes_and_its_texts(seen):
    figures = seen.measured["figures"]
    assert len(figures) == FIGURES
    for figure in figures:
        assert figure["drawing"]["width"] > WIDTH / 2, figure["caption"]
        assert figure["drawing"]["height"] > 100, figure["caption"]
        assert sum(shape["width"] > 0 or shape["height"] > 0 for shape in figure["shapes"]) > 10, figure["caption"]
        assert sum(text["width"] > 0 and text["height"] > 0 for text in figure["texts"]) > 10, figure["caption"]


def test_no_label_is_cut_off(seen):
    for figure in seen.measured["figures"]:
        drawing = figure["drawing"]
        for text in figure["texts"]:
            assert text["left"] >= drawing["left"] - 1, (figure["caption"], text)
            assert text["top"] >= drawing["top"] - 1, (figure["caption"], text)
            assert text["left"] + text["width"] <= drawing["left"] + drawing["width"] + 1, (figure["caption"], text)
            assert text["top"] + text["height"] <= drawing["top"] + drawing["height"] + 1, (figure["caption"], text)


def test_every_figure_leaves_ink_on_the_page(page, seen, tmp_path):
    pixels = picture(BROWSER, page, tmp_path / "picture", WIDTH, seen.measured["height"])
    for figure in seen.measured["figures"]:
        left, top, width, height = (round(figure["drawing"][side]) for side in ("left", "top", "width", "height"))
        drawn = pixels[top : top + height, left : left + width]
        assert drawn.shape == (height, width, 3), figure["caption"]
        assert (drawn.min(axis=2) < 0.7).mean() > 0.01, figure["caption"]


@pytest.mark.parametrize("width", [WIDTH, NARROW])
def test_it_fits_a_desk_and_a_telephone(page, tmp_path, width):
    assert visit(BROWSER, page, tmp_path / "visit", width).measured["scroll_width"] <= width


def test_a_page_that_asks_and_complains_would_be_found_out(tmp_path):
    """The measures above see what they are to see."""
    page = tmp_path / "page.html"
    page.write_text(
        '<title>x</title><img src="https://example.com/x.png"><script>undefined_function()</script>'
        "<figure><svg></svg><figcaption>empty</figcaption></figure>"
    )
    seen = visit(BROWSER, page, tmp_path / "visit", WIDTH)
    assert seen.requests == ["https://example.com/x.png"]
    assert seen.measured["resources"] == ["https://example.com/x.png"]
    assert seen.measured["images"] == [0]
    assert any("undefined_function" in line for line in seen.console)
    assert seen.measured["figures"][0]["shapes"] == []


def test_the_pages_own_policy_stops_what_a_feed_might_smuggle_in(page, tmp_path):
    smuggled = tmp_path / "page.html"
    smuggled.write_text(
        page.read_text(encoding="utf-8").replace(
            "</main>", '<img src="https://example.com/x.png"><script>document.title = "taken over"</script></main>'
        )
    )
    seen = visit(BROWSER, smuggled, tmp_path / "visit", WIDTH)
    assert seen.requests == []
    assert seen.measured["title"] == "Which playgrounds are level 4?"
    assert any("Content Security Policy" in line for line in seen.console)
