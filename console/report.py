"""``playgrounds report``: download the report of an execution."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path

import boto3

from console.errors import CommandError
from console.executions import Execution, describe_execution, find_execution
from console.step_outputs import read_file
from console.terminal import say
from infrastructure.names import Names

_STEP = "WriteReport"
_OUTPUT = "report"
_FILE = "report.html"


def report(
    session: boto3.session.Session, names: Names, name: str | None, output: Path | None, open_in_browser: bool
) -> None:
    """Download a report and print its path.

    An execution is given by its id or its ARN. The defaults are the pipeline's latest execution and
    ``report-<execution id>.html`` in the current folder. A browser opens it at a terminal only.

    Raises
    ------
    CommandError
        The execution does not exist, or it has no report.
    """
    execution = describe_execution(session, find_execution(session, names, name))
    file = save_report(session, execution, output or Path(f"report-{execution.id}.html"))
    say(str(file))
    if open_in_browser and sys.stdout.isatty() and not webbrowser.open(file.as_uri()):
        say("no browser could be started: open the file in one", stream=sys.stderr)


def save_report(session: boto3.session.Session, execution: Execution, file: Path) -> Path:
    """Copy an execution's report from S3 and return its absolute path; raise `CommandError` if there is none."""
    if execution.step_status(_STEP) != "Succeeded":
        reason = f"execution {execution.arn} ({execution.status}) has no report; name another with --execution"
        raise CommandError("report", reason)
    content = read_file(session, execution, _STEP, _OUTPUT, _FILE)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file.resolve()
