"""Take the pictures of the documentation: ``python -m tests.pictures``.

The deployment that the environment points at must have run, as after ``playgrounds demo --keep``. A person looks at the
pictures before they are kept.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.browser import chromium

FOLDER = Path(__file__).parents[1] / "docs" / "images"
SIZES = {"wide": (1280, 860), "narrow": (390, 844)}
_COLOURS = 128
_SETTLED = 1200
"""Milliseconds for fonts, charts and the map to be drawn."""


def main() -> int:
    """Take every picture in every size."""
    command = [sys.executable, "-m", "console.main", "console", "--no-open", "--port", "0"]
    FOLDER.mkdir(exist_ok=True)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as console, chromium() as browser:
        try:
            address = next(line.strip() for line in console.stdout if "#token=" in line)
            for size, (width, height) in SIZES.items():
                with browser.new_context(viewport={"width": width, "height": height}) as context:
                    page = context.new_page()
                    page.goto(address)
                    for view, prepare in PREPARED.items():
                        page.click(f"nav a[href='#/{view}']")
                        prepare(page)
                        page.wait_for_timeout(_SETTLED)
                        keep(page, FOLDER / f"{view}-{size}.png")
        finally:
            console.terminate()
    return 0


def keep(page: Page, file: Path) -> None:
    """Write what is in the window, with few colours: the page has not many, and a repository keeps every version."""
    page.screenshot(path=file)
    with Image.open(file) as picture:
        picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)


def _overview(page: Page) -> None:
    page.wait_for_selector(".stage")


def _glue(page: Page) -> None:
    page.wait_for_selector(".node")


def _pipeline(page: Page) -> None:
    page.wait_for_selector(".node")


def _registry(page: Page) -> None:
    page.wait_for_selector(".lineage")


def _endpoint(page: Page) -> None:
    page.wait_for_selector("label.wide select")
    page.select_option("label.wide select", index=1)
    page.select_option("label[title*=adaptive] select", "1")
    page.select_option("form .bar select", "returns")
    page.click("button.primary:text-is('Score')")
    page.wait_for_selector(".answers")
    page.locator("h2", has_text="Score a playground").scroll_into_view_if_needed()
    page.evaluate("() => document.querySelector('.answers').scrollIntoView({block: 'end'})")


def _sql(page: Page) -> None:
    page.click("text=Predictions: every playground")
    page.click("button.primary:text-is('Run')")
    page.wait_for_selector(".rows td")
    page.click("button:text-is('Map')")
    page.wait_for_timeout(_SETTLED)
    page.evaluate("() => document.querySelector('.map-view').scrollIntoView({block: 'end'})")


PREPARED: dict[str, Callable[[Page], None]] = {
    "overview": _overview,
    "glue": _glue,
    "pipeline": _pipeline,
    "registry": _registry,
    "endpoint": _endpoint,
    "sql": _sql,
}
"""What is done in a view before its picture is taken."""


if __name__ == "__main__":
    sys.exit(main())
