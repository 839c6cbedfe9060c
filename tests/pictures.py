"""Take the pictures of the documentation: ``python -m tests.pictures [--dark] [FOLDER]``.

The deployment that the environment points at must have run, as after ``playgrounds demo --keep``. A person looks at the
pictures before they are kept.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Page, ViewportSize

from tests.browser import chromium

FOLDER = Path(__file__).parents[1] / "docs" / "images"
SIZES = {"wide": (1280, 860), "narrow": (390, 844)}
HEIGHTS = {"pipeline-wide": 1240, "endpoint-wide": 1060}
"""Of the windows in which more is to be seen."""
_COLOURS = 128
_SETTLED = 1200
"""Milliseconds for fonts, charts and the map to be drawn."""


def main(arguments: list[str] | None = None) -> int:
    """Take every picture in every size."""
    parser = argparse.ArgumentParser(description="Take the pictures of the documentation.")
    parser.add_argument("--dark", action="store_true", help="in dark colours")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    options = parser.parse_args(arguments)
    command = [sys.executable, "-m", "console.main", "console", "--no-open", "--port", "0"]
    options.folder.mkdir(exist_ok=True)
    scheme: Literal["dark", "light"] = "dark" if options.dark else "light"
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as console, chromium() as browser:
        try:
            address = next(line.strip() for line in console.stdout if "#token=" in line)
            for size, (width, height) in SIZES.items():
                viewport: ViewportSize = {"width": width, "height": height}
                with browser.new_context(viewport=viewport, color_scheme=scheme) as context:
                    page = context.new_page()
                    page.goto(address)
                    for view, prepare in PREPARED.items():
                        page.set_viewport_size({"width": width, "height": HEIGHTS.get(f"{view}-{size}", height)})
                        page.click(f"nav a[href='#/{view}']")
                        prepare(page)
                        page.wait_for_timeout(_SETTLED)
                        keep(page, options.folder / f"{view}-{size}.png")
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
    page.wait_for_selector("label.wide option:nth-child(2)", state="attached")
    swing = page.locator("label[title*=adaptive] select")
    for index, name in enumerate(page.locator("label.wide option").all_inner_texts()):
        if "(test)" in name and " PS " not in name:  # a school has no incomes
            page.select_option("label.wide select", index=index)
            if swing.input_value() == "0":
                break
    swing.select_option("1")
    page.select_option("form .bar select", "returns")
    page.click("button.primary:text-is('Score')")
    page.wait_for_selector(".panel .chart")
    page.evaluate("() => document.querySelector('.panel .chart').scrollIntoView({block: 'end'})")


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
