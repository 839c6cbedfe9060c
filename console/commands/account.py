"""The commands that act on a deployment, and on its runs; the page does both."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console.commands.options import NameAndValue, chosen_settings, endpoint_options, job_options, on_deployment
from console.commands.options import path_option as path
from console.commands.sections import command
from console.terminal import say

if TYPE_CHECKING:
    from boto3.session import Session

    from infrastructure.names import Names

yes_option = click.option("--yes", is_flag=True, help="do not ask")
execution_option = click.option(
    "--execution", metavar="ID", help="the execution, as 'playgrounds status' prints it, or its ARN (default: latest)"
)

_DEFAULT_PORT = 4680


@command(
    "deploy",
    "playgrounds deploy --dry-run",
    "playgrounds deploy --bake-seconds 5",
    "playgrounds deploy --prefix test- --parameter AlertEmail=you@example.org",
)
@on_deployment
@click.option(
    "--source",
    metavar="live|sample|DIR",
    help="where the feeds come from (default: unchanged; for a new deployment live, or sample on local_aws)",
)
@click.option("--parameter", "parameters", type=NameAndValue(), multiple=True, help="of the stack (repeatable)")
@click.option(
    "--bootstrap",
    "bootstrap_parameters",
    type=NameAndValue(),
    multiple=True,
    help="parameter of the bootstrap stack (repeatable; implies --update-bootstrap)",
)
@click.option("--update-bootstrap", is_flag=True, help="also update the bootstrap stack")
@endpoint_options
@job_options
@click.option("--no-pipelines", is_flag=True, help="leave the pipelines to run-pipeline")
@path("--arguments-dir", metavar="DIR", help="write the pipelines' kwargs.json and tags.json there, for run-pipeline")
@click.option(
    "--cloudformation-role-arn",
    default="",
    metavar="ARN",
    help="role that CloudFormation acts as; with it the bootstrap stack is not read (for builds)",
)
@click.option("--dry-run", is_flag=True, help="show what would change in the stacks, and stop")
@yes_option
def deploy(
    session: Session,
    names: Names,
    *,
    source: str | None,
    parameters: tuple[tuple[str, str], ...],
    bootstrap_parameters: tuple[tuple[str, str], ...],
    update_bootstrap: bool,
    no_pipelines: bool,
    arguments_dir: Path | None,
    cloudformation_role_arn: str,
    dry_run: bool,
    yes: bool,
    **settings: Any,
) -> int:
    """Deploy the code, stacks and pipelines of this checkout.

    Only what differs is changed, and settings that are left out keep their values. In an account it says what will
    cost, and asks.
    """
    from console import deploy
    from console.costs import confirm_deployment
    from console.progress import Progress

    options = deploy.Options(
        source=source,
        parameters=dict(parameters),
        bootstrap_parameters=dict(bootstrap_parameters),
        update_bootstrap=update_bootstrap or bool(bootstrap_parameters),
        pipeline_kwargs=chosen_settings(settings),
        cloudformation_role_arn=cloudformation_role_arn,
        with_pipelines=not no_pipelines,
        arguments_dir=arguments_dir,
        dry_run=dry_run,
    )
    if not dry_run:
        confirm_deployment(session, names, options.pipeline_kwargs, yes=yes)
    deploy.deploy(session, names, options, Progress())
    return 0


@command("doctor", "playgrounds doctor --account", "playgrounds doctor")
@on_deployment
@click.option("--account", is_flag=True, help="check what the account brings along, as before the first deployment")
def doctor(session: Session, names: Names, *, account: bool) -> int:
    """Check whether account and deployment are in order.

    Nothing is changed.
    """
    from console import doctor

    return 1 if doctor.doctor(session, names, account=account) else 0


@command("destroy", "playgrounds destroy", "playgrounds destroy --prefix test- --yes --keep-bootstrap")
@on_deployment
@yes_option
@click.option("--keep-bootstrap", is_flag=True, help="leave the bootstrap stack and the code bucket")
def destroy(session: Session, names: Names, *, yes: bool, keep_bootstrap: bool) -> int:
    """List all that belongs to a deployment, ask, and remove it."""
    from console import destroy
    from console.progress import Progress

    destroy.destroy(session, names, keep_bootstrap=keep_bootstrap, yes=yes, progress=Progress())
    return 0


@command("run", "playgrounds run", "playgrounds run --yes")
@on_deployment
@yes_option
def run(session: Session, names: Names, *, yes: bool) -> int:
    """Run the Glue workflow and the pipeline that its end starts.

    Both are followed, with a line per step. An execution that runs already is followed instead. In an account it says
    what will cost, and asks.
    """
    from console import run
    from console.costs import confirm_run
    from console.progress import Progress
    from console.session import command_line

    confirm_run(session, names, yes=yes)
    progress = Progress()
    done = run.run(session, names, progress)
    progress.finish()
    say(f"\nregistered version {done.package.version}: {done.package.arn}")
    if done.package.approval == "PendingManualApproval":
        say(f"It waits for approval: {command_line(names, f'approve {done.package.version}')}")
    return 0


def _once(context: click.Context, _: click.Parameter, as_json: bool) -> bool:
    """Refuse JSON that is written again and again."""
    if as_json and context.params.get("watch"):
        raise click.UsageError("--watch and --json exclude each other")
    return as_json


@command("status", "playgrounds status", "playgrounds status --watch", "playgrounds status --json | jq .endpoint")
@on_deployment
@click.option("--watch", is_flag=True, is_eager=True, help="show it again every few seconds, until Ctrl-C")
@click.option("--json", "as_json", is_flag=True, callback=_once, help="print it as JSON")
def status(session: Session, names: Names, *, watch: bool, as_json: bool) -> int:
    """Show what is deployed, what serves, and what waits."""
    from console import status

    if watch:
        status.watch(session, names)
    say(status.as_json(session, names) if as_json else "\n".join(status.status(session, names)))
    return 0


@command("console", "playgrounds console", "playgrounds console --port 0 --no-open")
@on_deployment
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_DEFAULT_PORT,
    help=f"TCP port on loopback, 0 for a free one (default: {_DEFAULT_PORT})",
)
@click.option("--no-open", is_flag=True, help="print the address, and open no browser")
def page(session: Session, names: Names, *, port: int, no_open: bool) -> int:
    """Open a page that shows the deployment, live, and acts on it.

    It has the pipeline's graph, the registry with Approve, the endpoint, and SQL with a map.
    """
    from console.page.serve import serve

    serve(session, names, port=port, open_browser=not no_open)
    return 0


@command("logs", "playgrounds logs TrainXGBoost", "playgrounds logs prep_data_for_ml -f")
@on_deployment
@click.argument("step", metavar="STEP")
@execution_option
@click.option("-f", "--follow", is_flag=True, help="go on until the step ends")
def logs(session: Session, names: Names, *, step: str, execution: str | None, follow: bool) -> int:
    """Print the log of a pipeline's step or of a Glue job.

    STEP is its name.
    """
    from console import step_logs

    step_logs.logs(session, names, step, execution, follow=follow)
    return 0
