"""The ``playgrounds`` command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from console import demo, local_server, report
from console.errors import CommandError


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; give its exit code, 1 after a message on standard error."""
    options = _parser().parse_args(argv)
    try:
        return options.run(options)
    except CommandError as error:
        print(f"\nfailed: {error.step}\nreason: {error.reason}", file=sys.stderr)
        if error.log:
            print(error.log, file=sys.stderr)
    except (BotoCoreError, ClientError) as error:
        print(f"\nfailed: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="playgrounds", description="Predict the accessibility of NYC playgrounds.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    shown = commands.add_parser("demo", help="the whole story on this machine: feeds, Glue, pipeline, SQL predictions")
    shown.add_argument(
        "--source", default="sample", metavar="sample|live|DIR", help="where the feeds come from (default: sample)"
    )
    shown.add_argument("--json", type=Path, metavar="FILE", help="also write the summary as JSON")
    shown.add_argument("--keep", action="store_true", help="leave the server up afterwards")
    _add_data_dir(shown)
    shown.set_defaults(run=lambda options: demo.run(options.source, options.data_dir, options.json, options.keep))

    up = commands.add_parser("up", help="start local_aws and leave it running")
    up.add_argument("--port", type=int, default=0, help="TCP port on loopback (default: a free one)")
    _add_data_dir(up)
    up.set_defaults(run=lambda options: _up(options.data_dir, options.port))

    shown = commands.add_parser("report", help="get the report of an execution")
    shown.add_argument("--execution", metavar="ARN", help="the execution (default: the pipeline's latest)")
    shown.add_argument(
        "--output", type=Path, metavar="FILE", help="where to put it (default: report-<execution id>.html)"
    )
    shown.add_argument("--open", action="store_true", help="open it in a browser, at a terminal")
    shown.add_argument("--prefix", default="", help="start of the deployment's names (default: none)")
    shown.set_defaults(run=lambda options: report.run(options.prefix, options.execution, options.output, options.open))

    down = commands.add_parser("down", help="stop the local_aws that was left running")
    _add_data_dir(down)
    down.set_defaults(run=lambda options: _down(options.data_dir))
    return parser


def _add_data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=local_server.DEFAULT_DATA_DIR,
        metavar="DIR",
        help=f"folder that keeps local_aws's state (default: {local_server.DEFAULT_DATA_DIR})",
    )


def _up(data_dir: Path, port: int) -> int:
    server = local_server.start(data_dir, keep=True, port=port)
    print("\n".join(f"export {name}={value}" for name, value in server.environment.items()))
    return 0


def _down(data_dir: Path) -> int:
    running = local_server.stop_kept(data_dir)
    print("stopped" if running else f"no server was left running on {data_dir}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
