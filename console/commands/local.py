"""The commands that start and stop local_aws, and the shell's completion."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from console import local_server
from console.commands.options import data_dir_option, path_option
from console.commands.sections import command
from console.progress import Progress
from console.terminal import say


@command(
    "demo",
    "playgrounds demo",
    "playgrounds demo --source live --json summary.json",
    "playgrounds demo --keep --data-dir /tmp/playgrounds",
)
@click.option(
    "--source", default="sample", metavar="sample|live|DIR", help="where the feeds come from (default: sample)"
)
@path_option("--json", "json_file", metavar="FILE", help="also write the summary as JSON")
@click.option("--keep", is_flag=True, help="leave the server up afterwards")
@data_dir_option
def demo(source: str, json_file: Path | None, keep: bool, data_dir: Path) -> int:
    """Show the whole story: feeds, Glue, pipeline, endpoint, SQL.

    It takes about a minute, on a local_aws of its own, and costs nothing.
    """
    from console import demo

    return demo.run(source, data_dir, json_file, keep)


@command("up", 'eval "$(playgrounds up)"', "playgrounds up --port 0 --data-dir /tmp/playgrounds")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"TCP port on loopback, 0 for a free one (default: {local_server.DEFAULT_PORT}, or a free one if it is taken)",
)
@data_dir_option
def up(port: int | None, data_dir: Path) -> int:
    """Start local_aws, and print the variables that point at it.

    It is left running. If it runs already, it stays, and the variables are printed again.
    """
    exports = local_server.recorded_exports(data_dir)
    state = "runs already"
    if exports is None:
        state = "is up"
        # Standard output is the shell's.
        Progress(sys.stderr).waiting("local_aws starts")
        exports = local_server.start(data_dir, keep=True, port=local_server.choose_port(port)).exports
    say(exports, end="")
    url = local_server.variables(exports)["AWS_ENDPOINT_URL"]
    say(f"local_aws {state} at {url}, on {data_dir.resolve()}", stream=sys.stderr)
    if port and not url.endswith(f":{port}"):
        stop = local_server.down_command(data_dir)
        say(f"it keeps its port: for {port}, stop it first with '{stop}'", stream=sys.stderr)
    say("'playgrounds console' opens a page on it", stream=sys.stderr)
    if sys.stdout.isatty():
        say('nothing points at it yet: eval "$(playgrounds up)" does, in each shell', stream=sys.stderr)
    return 0


@command("down", "playgrounds down", "playgrounds down --data-dir /tmp/playgrounds")
@data_dir_option
def down(data_dir: Path) -> int:
    """Stop the local_aws that was left running; its data stay."""
    running = local_server.stop_recorded(data_dir)
    say("stopped" if running else f"no server was left running on {data_dir}")
    return 0


@command("completion", 'eval "$(playgrounds completion bash)"', "playgrounds completion fish | source")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print what makes a shell complete commands and options.

    Evaluate it in the shell's start-up file.
    """
    root = context.find_root()
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"click has no completion for {shell}")
    say(kind(root.command, {}, "playgrounds", "_PLAYGROUNDS_COMPLETE").source())
    return 0
