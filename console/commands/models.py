"""The commands that act on models, their predictions and their reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console.commands.account import execution_option
from console.commands.options import on_deployment, path_option
from console.commands.sections import command

if TYPE_CHECKING:
    from boto3.session import Session

    from infrastructure.names import Names

note_option = click.option("--note", default="", help="kept with the package")
version_argument = click.argument("version", metavar="VERSION")


@command("approve", "playgrounds approve latest", "playgrounds approve 3 --note 'checked the report'")
@on_deployment
@version_argument
@note_option
def approve(session: Session, names: Names, *, version: str, note: str) -> int:
    """Approve a model version, and follow its deployment.

    VERSION is its number, its ARN, or latest.
    """
    from console import approvals
    from console.progress import Progress

    approvals.approve(session, names, version, note, Progress())
    return 0


@command("reject", "playgrounds reject latest --note 'too many false positives'")
@on_deployment
@version_argument
@note_option
def reject(session: Session, names: Names, *, version: str, note: str) -> int:
    """Reject a model version; the endpoint stays as it is.

    VERSION is its number, its ARN, or latest.
    """
    from console import approvals
    from console.progress import Progress

    approvals.reject(session, names, version, note, Progress())
    return 0


@command("rollback", "playgrounds rollback", "playgrounds rollback --note 'latency'")
@on_deployment
@click.option("--note", default="", help="kept with the package (default: the note that it has)")
def rollback(session: Session, names: Names, *, note: str) -> int:
    """Deploy the version that served before."""
    from console import approvals
    from console.progress import Progress

    approvals.rollback(session, names, note, Progress())
    return 0


def _without_statement(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Refuse an option that a statement makes void; the statement is parsed first."""
    if value is not None and context.params.get("sql") is not None:
        raise click.UsageError(f"{parameter.opts[0]} selects from the predictions; a statement has WHERE and LIMIT")
    return value


@command(
    "query",
    "playgrounds query --split test",
    "playgrounds query --limit 0 --csv predictions.csv",
    "playgrounds query 'SELECT borough, count(*) FROM playgrounds_income GROUP BY borough'",
)
@on_deployment
@click.argument("sql", required=False, metavar="[SQL]", is_eager=True)
@click.option(
    "--split",
    type=click.Choice(("train", "validation", "test")),
    callback=_without_statement,
    help="score only these rows",
)
@click.option(
    "--limit",
    type=click.IntRange(0),
    metavar="N",
    callback=_without_statement,
    help="number of rows to score, 0 for all (default: all, of which the table shows ten, from the lowest answer to "
    "the highest)",
)
@path_option(
    "--csv",
    "csv_file",
    metavar="FILE",
    help="write the rows to a file instead; text that a spreadsheet would take for a formula (it begins with "
    "= + - @ or a tab) gets an apostrophe in front, numbers stay",
)
def query(
    session: Session, names: Names, *, sql: str | None, split: str | None, limit: int | None, csv_file: Path | None
) -> int:
    """Run SQL through Athena; by default, score playgrounds.

    Without a statement, the model that serves scores the rows that it was made with.
    """
    from console import query

    query.query(session, names, sql, split=split, limit=limit, csv_file=csv_file)
    return 0


@command(
    "report",
    "playgrounds report --open",
    "playgrounds report --execution k3x9q2m7t1ab --output report.html",
)
@on_deployment
@execution_option
@path_option("--output", metavar="FILE", help="where to put it (default: report-<execution id>.html)")
@click.option("--open", "in_browser", is_flag=True, help="open it in a browser, at a terminal")
def report(session: Session, names: Names, *, execution: str | None, output: Path | None, in_browser: bool) -> int:
    """Download the report of an execution."""
    from console import report

    report.report(session, names, execution, output, in_browser)
    return 0


@command("open", "playgrounds open", "playgrounds open --execution k3x9q2m7t1ab")
@on_deployment
@execution_option
def open_report(session: Session, names: Names, *, execution: str | None) -> int:
    """Open the report of an execution in a browser."""
    from console import report

    report.report(session, names, execution, None, True)
    return 0
