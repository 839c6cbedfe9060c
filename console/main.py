"""The ``playgrounds`` command: its sections, and how it reports a failure."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from console import local_server
from console.commands import account, local, models
from console.commands.sections import CONTEXT, Sections, show_version
from console.terminal import end_live_line, say


@click.group(cls=Sections, context_settings=CONTEXT)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=show_version, help="Show it.")
def playgrounds() -> None:
    """Predict the accessibility of NYC playgrounds, on this machine or in an AWS account.

    'playgrounds COMMAND --help' shows a command's options and examples.
    """


playgrounds.add_section("On this machine", local.demo, local.up, local.down, local.completion)
playgrounds.add_section("Deployment", account.deploy, account.doctor, account.destroy)
playgrounds.add_section(
    "Runs", account.run, account.status, account.page, account.logs, models.report, models.open_report
)
playgrounds.add_section("Models", models.approve, models.reject, models.rollback, models.query)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code, 1 after a message on standard error.

    Invalid arguments end the process with exit code 2.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["up"]:
        return _run_up(arguments)
    return _run_command(arguments)


def _run_up(arguments: list[str]) -> int:
    """Run ``up``; if it ends without a server, the shell that evaluates its output must not reach an account."""
    code = 1
    try:
        code = _run_command(arguments)
    except SystemExit as end:  # click's
        code = end.code if isinstance(end.code, int) else 1
        raise
    finally:
        if code:
            say(local_server.UNREACHABLE, end="")
    return code


def _run_command(arguments: list[str]) -> int:
    try:
        code = playgrounds.main(arguments, prog_name="playgrounds", standalone_mode=False)
        sys.stdout.flush()
        return code or 0
    except click.UsageError as error:
        error.show()
        raise SystemExit(error.exit_code) from error
    except BrokenPipeError:
        # The reader has closed the pipe; the interpreter's own flush at exit would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (KeyboardInterrupt, click.Abort):
        say("\nstopped", stream=sys.stderr)
    except Exception as error:
        # Imported here: botocore takes longer to import than the help takes to print.
        from console.failures import EXPECTED, failure_message

        if not isinstance(error, EXPECTED):
            raise
        say(failure_message(error), stream=sys.stderr)
    finally:
        end_live_line()
    return 1


if __name__ == "__main__":
    sys.exit(main())
