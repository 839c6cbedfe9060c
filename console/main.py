"""The ``playgrounds`` command."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import boto3

from console import approvals, demo, deploy, destroy, doctor, local_server, query, report, run, status
from console.arguments import add_data_dir, add_prefix, add_settings, between
from console.failures import EXPECTED, failure_message
from console.pipeline_options import add_endpoint_options, add_job_options, endpoint_settings, job_settings
from console.progress import Progress
from console.session import command_line, names_of, open_session
from console.terminal import say
from infrastructure.names import Names


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code, 1 after a message on standard error."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments[:1] == ["up"]:
        return _run_up(arguments)
    return _run_command(arguments)


def _run_up(arguments: Sequence[str]) -> int:
    """Run ``up``; if it ends without a server, the shell that evaluates its output must not reach an account."""
    code = 1
    try:
        code = _run_command(arguments)
    except SystemExit as end:  # argparse's
        code = end.code if isinstance(end.code, int) else 1
        raise
    finally:
        if code:
            say(local_server.UNREACHABLE, end="")
    return code


def _run_command(arguments: Sequence[str]) -> int:
    options = command_parser().parse_args(arguments)
    try:
        code = options.run(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # The reader has closed the pipe; the interpreter's own flush at exit would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except EXPECTED as error:
        say(failure_message(error), stream=sys.stderr)
    except KeyboardInterrupt:
        say("\nstopped", stream=sys.stderr)
    return 1


def command_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(prog="playgrounds", description="Predict the accessibility of NYC playgrounds.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_local_commands(commands)
    _add_deployment_commands(commands)
    _add_model_commands(commands)
    return parser


def _add_local_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands that start and stop local_aws."""
    demo_parser = commands.add_parser(
        "demo", help="the whole story on this machine: feeds, Glue, pipeline, SQL predictions"
    )
    demo_parser.add_argument(
        "--source", default="sample", metavar="sample|live|DIR", help="where the feeds come from (default: sample)"
    )
    demo_parser.add_argument("--json", type=Path, metavar="FILE", help="also write the summary as JSON")
    demo_parser.add_argument("--keep", action="store_true", help="leave the server up afterwards")
    add_data_dir(demo_parser)
    demo_parser.set_defaults(run=lambda options: demo.run(options.source, options.data_dir, options.json, options.keep))

    up = commands.add_parser("up", help="start local_aws and leave it running; if it runs already, print its variables")
    up.add_argument("--port", type=between(0, 65535), default=0, help="TCP port on loopback (default: a free one)")
    add_data_dir(up)
    up.set_defaults(run=lambda options: _up(options.data_dir, options.port))

    down = commands.add_parser("down", help="stop the local_aws that was left running")
    add_data_dir(down)
    down.set_defaults(run=lambda options: _down(options.data_dir))


def _add_deployment_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands that act on a deployment as a whole."""
    parser = _add(commands, "deploy", "deploy the code, stack and pipelines of this checkout", _deploy)
    parser.add_argument(
        "--source",
        metavar="live|sample|DIR",
        help="where the feeds come from (default: unchanged; for a new deployment live, or sample on local_aws)",
    )
    add_settings(parser, "--parameter", "parameters", "parameter of the stack")
    add_settings(
        parser, "--bootstrap", "bootstrap_parameters", "parameter of the bootstrap stack (implies --update-bootstrap)"
    )
    parser.add_argument("--update-bootstrap", action="store_true", help="also update the bootstrap stack")
    add_endpoint_options(parser)
    add_job_options(parser)
    parser.add_argument("--no-pipelines", action="store_true", help="leave the pipelines to run-pipeline")
    parser.add_argument(
        "--arguments-dir",
        type=Path,
        metavar="DIR",
        help="write the pipelines' kwargs.json and tags.json there, for run-pipeline",
    )
    parser.add_argument(
        "--cloudformation-role-arn",
        default="",
        metavar="ARN",
        help="role that CloudFormation acts as; with it the bootstrap stack is not read (for builds)",
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would change in the stacks, and stop")

    _add(commands, "run", "the Glue workflow, and the pipeline execution that its end starts", _run)
    _add(commands, "status", "what is deployed, what serves, and what waits for approval", _status)
    doctor_parser = _add(commands, "doctor", "check whether the account is ready and the deployment complete", _doctor)
    doctor_parser.add_argument(
        "--account", action="store_true", help="check what the account brings along, as before the first deployment"
    )

    destroy_parser = _add(
        commands,
        "destroy",
        "list everything that belongs to a deployment, ask for confirmation, and remove it",
        _destroy,
    )
    destroy_parser.add_argument("--yes", action="store_true", help="do not ask")
    destroy_parser.add_argument(
        "--keep-bootstrap", action="store_true", help="leave the bootstrap stack and the code bucket"
    )


def _add_model_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands that act on models and their predictions."""
    for name, about, command in (
        ("approve", "approve a version of the model package group, and follow its deployment", _approve),
        ("reject", "reject a version", _reject),
    ):
        parser = _add(commands, name, about, command)
        parser.add_argument("version", metavar="VERSION", help="its number, its ARN, or latest")
        parser.add_argument("--note", default="", help="kept with the package")
    rollback_parser = _add(commands, "rollback", "redeploy the version that served before", _rollback)
    rollback_parser.add_argument("--note", default="", help="kept with the package")

    query_parser = _add(commands, "query", "run SQL through Athena; by default, score the playgrounds", _query)
    query_parser.add_argument("sql", nargs="?", metavar="SQL", help="a statement (default: the predictions)")
    query_parser.add_argument("--split", choices=("train", "validation", "test"), help="score only these rows")
    query_parser.add_argument(
        "--limit", type=between(0), default=10, metavar="N", help="number of rows to score, 0 for all (default: 10)"
    )
    query_parser.add_argument(
        "--csv",
        type=Path,
        metavar="FILE",
        help="write the rows to a file instead; text that a spreadsheet would take for a formula (it begins with "
        "= + - @ or a tab) gets an apostrophe in front, numbers stay",
    )

    report_parser = _add(commands, "report", "download the report of an execution", _report)
    report_parser.add_argument("--execution", metavar="ARN", help="the execution (default: the pipeline's latest)")
    report_parser.add_argument(
        "--output", type=Path, metavar="FILE", help="where to put it (default: report-<execution id>.html)"
    )
    report_parser.add_argument("--open", action="store_true", help="open it in a browser, at a terminal")


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    about: str,
    command: Callable[[boto3.session.Session, Names, argparse.Namespace], int],
) -> argparse.ArgumentParser:
    """Add a command that works on a deployment."""

    def on_deployment(options: argparse.Namespace) -> int:
        session = open_session()
        names = names_of(session, options.prefix)
        try:
            return command(session, names, options)
        except KeyboardInterrupt:
            say(f"\nwork in progress continues: '{command_line(names, 'status')}' shows it", stream=sys.stderr)
            raise

    parser = commands.add_parser(name, help=about)
    add_prefix(parser)
    parser.set_defaults(run=on_deployment)
    return parser


def _up(data_dir: Path, port: int) -> int:
    exports = local_server.recorded_exports(data_dir)
    if exports is None:
        exports = local_server.start(data_dir, keep=True, port=port).exports
    say(exports, end="")
    return 0


def _down(data_dir: Path) -> int:
    running = local_server.stop_recorded(data_dir)
    say("stopped" if running else f"no server was left running on {data_dir}")
    return 0


def _deploy(session: boto3.session.Session, names: Names, options: argparse.Namespace) -> int:
    deployment = deploy.Options(
        source=options.source,
        parameters=dict(options.parameters),
        bootstrap_parameters=dict(options.bootstrap_parameters),
        update_bootstrap=options.update_bootstrap or bool(options.bootstrap_parameters),
        pipeline_kwargs=endpoint_settings(options) | job_settings(options),
        cloudformation_role_arn=options.cloudformation_role_arn,
        with_pipelines=not options.no_pipelines,
        arguments_dir=options.arguments_dir,
        dry_run=options.dry_run,
    )
    deploy.deploy(session, names, deployment, Progress())
    return 0


def _run(session: boto3.session.Session, names: Names, options: argparse.Namespace) -> int:
    progress = Progress()
    done = run.run(session, names, progress)
    progress.finish()
    say(f"\nregistered version {done.package.version}: {done.package.arn}")
    if done.package.approval == "PendingManualApproval":
        say(f"It waits for approval: {command_line(names, f'approve {done.package.version}')}")
    return 0


def _status(session: boto3.session.Session, names: Names, options: argparse.Namespace) -> int:
    say("\n".join(status.status(session, names)))
    return 0


def _doctor(session: boto3.session.Session, names: Names, options: argparse.Namespace) -> int:
    return 1 if doctor.doctor(session, names, account=options.account) else 0


def _report(session: boto3.session.Session, names: Names, options: argparse.Namespace) -> int:
    report.report(session, names, options.execution, options.output, options.open)
    return 0


def _destroy(session: boto3.session.Session, names: Names, options: argparse.Namespace) -> int:
    destroy.destroy(session, names, keep_bootstrap=options.keep_bootstrap, yes=options.yes, progress=Progress())
    return 0


def _approve(session: boto3.session.Session, names: Names, options: argparse.Namespace) -> int:
    approvals.approve(session, names, options.version, options.note, Progress())
    return 0


def _reject(session: boto3.session.Session, names: Names, options: argparse.Namespace) -> int:
    approvals.reject(session, names, options.version, options.note, Progress())
    return 0


def _rollback(session: boto3.session.Session, names: Names, options: argparse.Namespace) -> int:
    approvals.rollback(session, names, options.note, Progress())
    return 0


def _query(session: boto3.session.Session, names: Names, options: argparse.Namespace) -> int:
    query.query(session, names, options.sql, split=options.split, limit=options.limit or None, csv_file=options.csv)
    return 0


if __name__ == "__main__":
    sys.exit(main())
