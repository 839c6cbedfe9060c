"""``playgrounds status``: the state of a deployment, in lines for a terminal, once or again and again."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

import boto3

from console.deployment_state import deployment_state
from console.errors import CommandError
from console.session import command_line
from console.terminal import visible
from infrastructure.names import Names

_WATCH_SECONDS = 5.0


def status(session: boto3.session.Session, names: Names) -> list[str]:
    """Describe a deployment in lines for a terminal."""
    state = deployment_state(session, names)
    return [
        *_section("Stack", _stack_lines(state["stacks"], names)),
        *_section("Glue workflow", _workflow_lines(state["workflow"])),
        *_section("Executions", _execution_lines(state["executions"])),
        *_section("Endpoint", _endpoint_lines(state["endpoint"], names.pipeline)),
        *_section("Model packages", _package_lines(state["packages"], names)),
    ]


def as_json(session: boto3.session.Session, names: Names) -> str:
    """Describe a deployment as JSON."""
    return json.dumps(deployment_state(session, names), indent=2)


def watch(session: boto3.session.Session, names: Names) -> None:
    """Show the state at a terminal every five seconds, until the user stops it.

    Raises
    ------
    CommandError
        Standard output is not a terminal.
    """
    if not sys.stdout.isatty():
        raise CommandError("status --watch", "it needs a terminal; --json prints the state for a program")
    # Here, for the other commands need none of it.
    from rich.live import Live
    from rich.text import Text

    with Live(screen=True, auto_refresh=False) as live:
        while True:
            lines = [*status(session, names), "", f"every {_WATCH_SECONDS:.0f} s; Ctrl-C ends it"]
            live.update(Text(visible("\n".join(lines)), no_wrap=True, overflow="ellipsis"), refresh=True)
            time.sleep(_WATCH_SECONDS)


def _section(title: str, lines: Iterator[str]) -> list[str]:
    return [title, *(f"  {line}" for line in list(lines) or ["none"])]


def _stack_lines(stacks: list[Mapping[str, Any]], names: Names) -> Iterator[str]:
    for stack in stacks:
        if stack["status"] is None:
            yield f"{stack['name']:<36} does not exist; '{command_line(names, 'deploy')}' creates it"
        else:
            yield f"{stack['name']:<36} {stack['status']:<24} since {stack['since']}"


def _workflow_lines(run: Mapping[str, Any] | None) -> Iterator[str]:
    if run is None:
        yield "has not run"
    else:
        yield (
            f"{run['status']:<12} started {run['started']}, {run['succeeded']} of {run['actions']} actions succeeded, "
            f"{run['failed']} failed"
        )


def _execution_lines(executions: list[Mapping[str, Any]]) -> Iterator[str]:
    for execution in executions:
        version = f" of version {execution['version']}" if execution["version"] else ""
        yield (
            f"{execution['id']}  {execution['pipeline']}{version}: {execution['status']}, started "
            f"{execution['started']}"
        )
        if execution["status"] == "Failed":
            yield f"              {execution['failure']}"


def _endpoint_lines(endpoint: Mapping[str, Any] | None, name: str) -> Iterator[str]:
    if endpoint is None:
        yield f"{name} does not exist; approving a package creates it"
        return
    if endpoint["is_serving"]:
        yield f"{name} is {endpoint['status']} and serves {endpoint['serves']} since {endpoint['since']}"
    else:
        yield f"{name} is {endpoint['status']}, of {endpoint['serves']}"
    if endpoint["moving_to"]:
        yield f"it is moving to {endpoint['moving_to']}"
    if endpoint["failure"]:
        came_to = "it has failed" if endpoint["status"] == "Failed" else "the last update was rolled back"
        yield f"{came_to}: {endpoint['failure']}"
    if last := endpoint["last_deployment"]:
        reason = f" ({last['reason']})" if last["outcome"] != "Succeeded" else ""
        yield f"last deployment: {last['package']}, {last['outcome']}{reason}"


def _package_lines(packages: list[Mapping[str, Any]], names: Names) -> Iterator[str]:
    for package in packages:
        note = f" ({package['note']})" if package["note"] else ""
        hint = ""
        if package["serves"]:
            hint = "   <- serves"
        elif package["approval"] == "PendingManualApproval":
            hint = f"   <- waits: {command_line(names, 'approve ' + str(package['version']))}"
        yield (
            f"{package['version']:>3}  {package['approval']:<22} {package['algorithm']:<8} registered "
            f"{package['registered']}{note}{hint}"
        )
