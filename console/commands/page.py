"""The command that serves the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from console.commands.options import on_deployment
from console.commands.sections import command

if TYPE_CHECKING:
    from boto3.session import Session

    from infrastructure.names import Names

DEFAULT_PORT = 4680


@command("console", "playgrounds console", "playgrounds console --port 0 --no-open")
@on_deployment
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    help=f"TCP port on loopback, 0 for a free one (default: {DEFAULT_PORT})",
)
@click.option("--no-open", is_flag=True, help="print the address, and open no browser")
def page(session: Session, names: Names, *, port: int, no_open: bool) -> int:
    """Open a page that shows the deployment, live, and acts on it.

    It has the pipeline's graph, the registry with Approve, the endpoint, and SQL with a map.
    """
    from console.page.serve import serve

    serve(session, names, port=port, open_browser=not no_open)
    return 0
