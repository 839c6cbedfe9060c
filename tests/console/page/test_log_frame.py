"""Logs in their frame: what a job logs is shown, followed and found, and can do nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Frame, Route, expect
from playwright.sync_api import Page as Tab

from tests.browser import SCHEMES, Watch, serious_violations
from tests.console.page.serving import Page

ARN = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/playground-accessibility/execution/abcdefghijkl"
STEP: dict[str, Any] = {
    "name": "Train",
    "type": "Training",
    "status": "Executing",
    "started": "2026-01-01T00:00:00+00:00",
    "attempts": 1,
    **dict.fromkeys(("outcome", "description", "reason", "cached"), ""),
    **{kind: [] for kind in ("tests", "needs", "files")},
    **{kind: {} for kind in ("inputs", "outputs", "parameters", "properties", "metrics")},
    "logs": [{"group": "/aws/sagemaker/TrainingJobs", "stream": "job"}],
}
EXECUTION: dict[str, Any] = {
    **dict.fromkeys(("pipeline", "name", "description", "reason", "started", "changed"), ""),
    "arn": ARN,
    "id": "abcdefghijkl",
    "status": "Executing",
    "retryable": False,
    "parameters": {},
    "nodes": [],
    "edges": [],
}
HOSTILE = [
    "<img src=x onerror=\"parent.document.title='ran'\">",
    "<script>parent.document.title = 'ran'; fetch('/api/decision')</script>",
    "</div></main><iframe src=/api/session></iframe><a href=javascript:alert(1) target=_top>Approve</a>",
    "\x1b[31mred\x1b[0m \x1b[2J\x1b]0;title\x07\x1b]8;;https://attacker.example\x1b\\link",
    "10 %\r100 %",
    "approve \u202eevorppa\u202c\x00",
]


class Log:
    """A log that the page is answered with; a test may add to it."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines

    def answer(self, route: Route) -> None:
        given = parse_qs(urlsplit(route.request.url).query)
        since = int(given.get("token", ["0"])[0])
        lines = [{"at": 0, "text": line} for line in self.lines[since : since + 10_000]]
        _answer(route, {"lines": lines, "token": str(since + len(lines)), "note": ""})


def _answer(route: Route, content: dict[str, Any]) -> None:
    route.fulfill(status=200, content_type="application/json", body=json.dumps(content))


@contextmanager
def opened(browser: Browser, page: Page, log: Log) -> Iterator[tuple[Tab, Frame, Watch]]:
    """Open a step whose log this is; yield the tab, the frame, and what the tab complained about."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        tab = context.new_page()
        watch = Watch(tab)
        listed: dict[str, Any] = {"executions": [], "token": None, "exists": True}
        tab.route("**/api/executions?*", lambda route: _answer(route, listed))
        tab.route("**/api/execution?*", lambda route: _answer(route, EXECUTION))
        tab.route("**/api/step?*", lambda route: _answer(route, STEP))
        tab.route("**/api/log?*", log.answer)
        tab.route("**/api/overview", lambda route: _answer(route, {"stages": [], "waiting": [], "alarms": []}))
        tab.goto(page.address)
        tab.wait_for_selector(".about")
        tab.evaluate("arn => { location.hash = `#/pipeline/${encodeURIComponent(arn)}/Train`; }", ARN)
        frame = tab.wait_for_selector(".log iframe").content_frame()
        assert frame is not None
        frame.wait_for_selector("#lines div", state="attached")
        yield tab, frame, watch


def text_of(frame: Frame) -> list[str]:
    return frame.evaluate("[...document.querySelectorAll('#lines div')].map((line) => line.textContent)")


def is_at_end(frame: Frame) -> bool:
    return frame.evaluate("lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 4")


def test_hostile_lines_are_text_and_do_nothing(browser, page):
    with opened(browser, page, Log(HOSTILE)) as (tab, frame, watch):
        tab.wait_for_timeout(300)
        assert text_of(frame) == [
            *HOSTILE[:3],
            "red ␛[2J␛]0;title␇␛]8;;https://attacker.example␛\\link",
            "10 %\n100 %",
            "approve <U+202E>evorppa<U+202C>␀",
        ]
        assert frame.locator("#lines :is(img, script, iframe, a, div *)").count() == 0
        assert tab.title() == "Pipeline · Playgrounds"
        assert watch.complaints == []
        assert watch.hosts == {f"127.0.0.1:{page.port}"}


def test_frame_reaches_neither_page_nor_token_nor_network(browser, page):
    with opened(browser, page, Log(["a line"])) as (tab, frame, _):
        assert tab.evaluate("document.querySelector('.log iframe').contentDocument") is None
        assert frame.evaluate("self.origin") == "null"
        calls: list[str] = []
        tab.on("request", lambda request: calls.append(request.url) if "/api/" in request.url else None)
        tab.route("**/api/**", lambda route: route.abort())  # the page's own polling stops
        tab.wait_for_timeout(100)
        calls.clear()
        attempts = {
            "page": "parent.document.title",
            "token": "parent.sessionStorage.token",
            "own storage": "sessionStorage.token",
            "navigation": "top.location = 'about:blank'",
            "call": f"fetch('{page.origin}/api/session')",
            "window": "window.open('/').document.title",
        }
        for name, script in attempts.items():
            outcome = frame.evaluate(
                f"async () => {{ try {{ await ({script}); return 'done'; }} catch {{ return ''; }} }}"
            )
            assert outcome == "", name
        # Even if a line became markup, its scripts would not run.
        ran = frame.evaluate(
            """async () => {
                lines.innerHTML = '<img src="data:," onerror="window.ran = true">';
                const script = document.createElement('script');
                script.textContent = 'window.ran = true';
                lines.append(script);
                await new Promise((resolve) => setTimeout(resolve, 200));
                return window.ran ?? false;
            }"""
        )
        assert ran is False
        assert [url for url in calls if "/api/session" in url] == []


def test_ten_thousand_lines_are_followed_filtered_found_and_copied(browser, page):
    log = Log([f"line {number} of the job" for number in range(10_000)])
    with opened(browser, page, log) as (tab, frame, watch):
        expect(frame.locator("#count")).to_have_text("10,000 lines")
        assert is_at_end(frame)
        # Whoever reads further up is left there.
        frame.focus("#lines")
        tab.keyboard.press("Home")
        expect(frame.locator("#follow")).not_to_be_checked()
        log.lines.append("one more")
        expect(frame.locator("#lines div").last).to_have_text("one more")
        assert frame.evaluate("lines.scrollTop") == 0
        frame.check("#follow")
        assert is_at_end(frame)

        assert frame.evaluate("window.find('line 4321 of')")  # as the browser's own search does
        copied = frame.evaluate(
            "getSelection().selectAllChildren(lines), getSelection().toString().trim().split('\\n')"
        )
        assert (len(copied), copied[0], copied[-1]) == (10_001, "line 0 of the job", "one more")

        frame.fill("#part", "LINE 99")
        expect(frame.locator("#count")).to_have_text("111 of 10,001 lines")
        log.lines.append("line 99 again")
        expect(frame.locator("#count")).to_have_text("112 of 10,002 lines")
        frame.fill("#part", "")
        expect(frame.locator("#count")).to_have_text("10,002 lines")
        log.lines.extend(["more"] * 10_000)
        expect(frame.locator("#count")).to_have_text("the last 20,000 of 20,002 lines")
        assert text_of(frame)[0] == "line 2 of the job"
        assert is_at_end(frame)
        assert watch.complaints == []


def test_frame_is_accessible(browser, page):
    with opened(browser, page, Log(["a line", "\x1b[1mbold\x1b[0m"])) as (tab, frame, _):
        assert tab.get_attribute(".log iframe", "title") == "Log of job"
        for scheme in SCHEMES:
            tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert [serious_violations(one) for one in (tab, frame)] == [[], []], scheme


def test_frames_policy_runs_its_own_script_alone(page):
    reply = page.send("GET", "/log", {"Host": page.own_headers["Host"]})
    policy = dict(part.partition(" ")[::2] for part in reply.headers["content-security-policy"].split("; "))
    assert policy["sandbox"] == "allow-scripts"  # no origin
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert re.fullmatch(r"'sha256-[\w+/]{43}='", policy["script-src"])
    assert "unsafe" not in reply.headers["content-security-policy"]
