"""A page seen by Chromium, headless, driven by its command line alone.

The page is left as it is: it stands in a frame of another page, whose script measures it from outside and leaves the
result as JSON in the document that ``--dump-dom`` prints. Chromium's log holds what the console says; its network log
holds every request with the origin that asked for it.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_TIMEOUT_SECONDS = 90
_FLAGS = (
    "--headless",
    "--no-sandbox",  # a container's root has none
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--enable-logging=stderr",
    "--allow-file-access-from-files",  # or the frame's content is closed to the page around it
)
_BROWSERS_OWN = "not an origin"  # initiator of the requests that no page makes
_FRAME = """<!DOCTYPE html><meta charset="utf-8"><body style="margin:0">
<iframe src="{source}" style="display:block;border:0;width:{width}px;height:{height}px"></iframe>
<script>
addEventListener("load", () => {{
  const frame = document.querySelector("iframe"), page = frame.contentDocument, view = frame.contentWindow;
  const box = element => {{
    const {{left, top, width, height}} = element.getBoundingClientRect();
    return {{left, top, width, height}};
  }};
  const measured = {{
    title: page.title,
    scroll_width: page.documentElement.scrollWidth,
    height: page.documentElement.scrollHeight,
    resources: view.performance.getEntriesByType("resource").map(entry => entry.name),
    images: [...page.images].map(image => image.naturalWidth),
    figures: [...page.querySelectorAll("figure")].map(figure => ({{
      caption: figure.querySelector("figcaption").textContent,
      drawing: box(figure.querySelector("svg")),
      shapes: [...figure.querySelectorAll("svg path, svg use")].map(box),
      texts: [...figure.querySelectorAll("svg text")].map(text => ({{text: text.textContent, ...box(text)}})),
    }})),
  }};
  document.body.innerHTML = "<pre></pre>";
  document.querySelector("pre").textContent = JSON.stringify(measured);
}});
</script>
"""


def find_browser() -> str | None:
    """Path of a Chromium, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@dataclass(frozen=True)
class Visit:
    """What Chromium made of a page: its measures, its console's lines, and the addresses that it asked for."""

    measured: dict[str, Any]
    console: list[str]
    requests: list[str]


def visit(browser: str, page: Path, folder: Path, width: int) -> Visit:
    """Open a page in a frame of a given width.

    Parameters
    ----------
    browser
        From `find_browser`.
    page
        An HTML file.
    folder
        Scratch folder.
    width
        CSS pixels.

    Returns
    -------
    Visit
    """
    folder.mkdir(parents=True)
    around, network = folder / "around.html", folder / "network.json"
    around.write_text(_FRAME.format(source=page.as_uri(), width=width, height=800), encoding="utf-8")
    result = _run(browser, around, folder, f"--log-net-log={network}", f"--window-size={width},800", "--dump-dom")
    found = re.search(r"<pre>(.*?)</pre>", result.stdout, re.DOTALL)
    assert found, f"Chromium printed no measures: {result.stdout[-2000:]} {result.stderr[-2000:]}"
    console = [line for line in result.stderr.splitlines() if ":CONSOLE" in line]
    return Visit(json.loads(html.unescape(found[1])), console, _requests(network))


def picture(browser: str, page: Path, folder: Path, width: int, height: int) -> np.ndarray:
    """The page as pixels, shape (height, width, 3), values 0 to 1."""
    folder.mkdir(parents=True)
    file = folder / "page.png"
    _run(browser, page, folder, f"--window-size={width},{height}", f"--screenshot={file}")
    return matplotlib.image.imread(file)[:, :, :3]


def _run(browser: str, page: Path, folder: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """Run Chromium to its end; after the timeout it goes with all its helpers."""
    command = [browser, *_FLAGS, f"--user-data-dir={folder / 'profile'}", *flags, page.as_uri()]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"HOME": str(folder)},
        start_new_session=True,
    ) as process:
        try:
            output, log = process.communicate(timeout=_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    assert process.returncode == 0, log[-2000:]
    return subprocess.CompletedProcess(command, process.returncode, output, log)


def _requests(network: Path) -> list[str]:
    """Addresses that a page asked for; requests of the browser's own have no origin."""
    log = json.loads(network.read_text())
    start = log["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    return [
        event["params"]["url"]
        for event in log["events"]
        if event["type"] == start and event.get("params", {}).get("initiator", _BROWSERS_OWN) != _BROWSERS_OWN
    ]
