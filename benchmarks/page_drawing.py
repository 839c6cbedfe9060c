"""Times the page of ``playgrounds console`` in Chromium: until everything that a view shows is drawn.

The overview is that of a deployment that has run: the demo's on a fresh data folder, or with ``--here`` the one that
the environment points at. Two hundred executions of a pipeline, the last of which has a hundred steps, are made on a
server of their own. Each time is from the click, or the opening of the address, to the frame after the last part came
in.

Run as ``python -m benchmarks.page_drawing [--source DIR] [--runs 10] [--here]``.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize

from console import local_server
from tests.browser import chromium
from tests.clients import client_of, exported
from tests.waiting import wait_until

EXECUTIONS = 200
STEPS = 100
LINES = 10_000
_LAYER = 5
_PIPELINE = "playground-accessibility"
_ROLE = "arn:aws:iam::123456789012:role/any"
_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
_BUCKET = "page-drawing"
_MODEL = f"s3://{_BUCKET}/model.tar.gz"
_SIZE: ViewportSize = {"width": 1280, "height": 900}

_DRAWN = """(looks) => new Promise((resolve) => {
  const look = () => looks.every(([selector, count]) => document.querySelectorAll(selector).length === count)
    ? requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))) : requestAnimationFrame(look);
  look();
})"""
"""The time in milliseconds since the document was asked for, once so many elements of each kind are painted."""


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", default="sample", help="sample or a folder of feeds")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--here", action="store_true", help="the overview of what the environment points at")
    options = parser.parse_args(arguments)
    rows: list[tuple[str, list[float]]] = []
    with chromium() as browser:
        with _here() if options.here else _demo(options.source) as environment, _console(environment) as address:
            first, *later = [_time_of_overview(browser, address) for _ in range(options.runs + 1)]
            rows += [("overview, the first time after the command", [first]), ("overview, opened anew", later)]
        with _many_executions() as environment, _console(environment) as address:
            times = [_time_of_pipeline(browser, address) for _ in range(options.runs)]
            rows.append((f"{EXECUTIONS} executions and {STEPS} steps", times))
            rows.append((f"{LINES:,} lines of a log", [_time_of_log(browser, address) for _ in range(options.runs)]))
    print("| until it is drawn, ms | min | median | max |\n|---|---|---|---|")
    for name, values in rows:
        print(f"| {name} | {min(values):.0f} | {statistics.median(values):.0f} | {max(values):.0f} |")


@contextmanager
def _here() -> Iterator[dict[str, str]]:
    yield dict(os.environ)


@contextmanager
def _demo(source: str) -> Iterator[dict[str, str]]:
    """Run the demo on a fresh data folder and yield the variables that point at its server."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "console.main"]
        arguments = ["demo", "--source", source, "--keep", "--data-dir", folder]
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"the demo failed:\n{done.stdout}{done.stderr}")
        try:
            yield exported(done.stdout.splitlines())
        finally:
            subprocess.run([*command, "down", "--data-dir", folder], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _many_executions() -> Iterator[dict[str, str]]:
    """Run a server on which a pipeline has run often; its last execution has many steps. Yield its variables."""
    with tempfile.TemporaryDirectory() as folder:
        server = local_server.start(Path(folder), keep=False)
        try:
            client, s3 = client_of(server.environment, "sagemaker"), client_of(server.environment, "s3")
            s3.create_bucket(Bucket=_BUCKET)
            s3.put_object(Bucket=_BUCKET, Key="model.tar.gz", Body=b"a model")
            pipeline = {"PipelineName": _PIPELINE, "RoleArn": _ROLE}
            client.create_pipeline(**pipeline, PipelineDefinition=_definition(1), ClientRequestToken="x" * 32)
            for _ in range(EXECUTIONS - 1):
                client.start_pipeline_execution(PipelineName=_PIPELINE)
            client.update_pipeline(**pipeline, PipelineDefinition=_definition(STEPS))
            last = client.start_pipeline_execution(PipelineName=_PIPELINE)["PipelineExecutionArn"]
            describe = client.describe_pipeline_execution
            wait_until(lambda: describe(PipelineExecutionArn=last)["PipelineExecutionStatus"] != "Executing")
            yield server.environment
        finally:
            server.stop()


def _definition(steps: int) -> str:
    """Return a pipeline in layers, each step of which makes a model and waits for two of the layer before."""
    arguments = {"PrimaryContainer": {"Image": _IMAGE, "ModelDataUrl": _MODEL}, "ExecutionRoleArn": _ROLE}
    written: list[dict[str, Any]] = []
    for number in range(steps):
        layer, place = divmod(number, _LAYER)
        needs = [f"Step{_LAYER * (layer - 1) + (place + shift) % _LAYER}" for shift in (0, 1)] if layer else []
        written.append({"Name": f"Step{number}", "Type": "Model", "DependsOn": needs, "Arguments": arguments})
    return json.dumps({"Version": "2020-12-01", "Parameters": [], "Steps": written})


@contextmanager
def _console(environment: Mapping[str, str]) -> Iterator[str]:
    """Run the command and yield the address that it prints."""
    command = [sys.executable, "-m", "console.main", "console", "--no-open", "--port", "0"]
    with subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield next(line.strip() for line in process.stdout if "#token=" in line)
        finally:
            process.terminate()


@contextmanager
def _tab(browser: Browser, address: str) -> Iterator[Page]:
    """Open the page in a browser that has nothing of it yet."""
    with browser.new_context(viewport=_SIZE) as context:
        tab = context.new_page()
        tab.goto(address, wait_until="commit")
        yield tab


def _time_of_overview(browser: Browser, address: str) -> float:
    with _tab(browser, address) as tab:
        return float(tab.evaluate(_DRAWN, [[".stage .headline", 7]]))


def _time_of_pipeline(browser: Browser, address: str) -> float:
    with _tab(browser, address) as tab:
        tab.wait_for_selector(".stage")
        began = tab.evaluate("() => { location.hash = '#/pipeline'; return performance.now(); }")
        return float(tab.evaluate(_DRAWN, [[".executions li", EXECUTIONS], [".node", STEPS]])) - float(began)


def _time_of_log(browser: Browser, address: str) -> float:
    """Return how long the frame of a log takes for its lines; how they are fetched is CloudWatch's affair."""
    with _tab(browser, address) as tab:
        tab.wait_for_selector(".stage")
        tab.evaluate(
            """() => new Promise((resolve) => {
              const frame = document.createElement('iframe');
              Object.assign(frame, { id: 'measured', src: '/log', onload: resolve, width: 900, height: 400 });
              frame.setAttribute('sandbox', 'allow-scripts');
              Object.assign(frame.style, { position: 'fixed', top: 0, zIndex: 9999 }); // browsers draw what is seen
              document.body.append(frame);
            })"""
        )
        element = tab.query_selector("#measured")
        assert element is not None
        frame = element.content_frame()
        assert frame is not None
        began = frame.evaluate("() => performance.now()")
        lines = [f"[{number}] train-logloss:0.{number:05} validation-logloss:0.{number:05}" for number in range(LINES)]
        tab.evaluate("lines => document.querySelector('#measured').contentWindow.postMessage({ lines }, '*')", lines)
        return float(frame.evaluate(_DRAWN, [["#lines > div", LINES]])) - float(began)


if __name__ == "__main__":
    main()
