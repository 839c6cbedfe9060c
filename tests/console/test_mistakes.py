"""What newcomers type, and the answer that helps them; failures of the AWS side are in test_failures.py."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from console.main import main, playgrounds
from tests.commands import parse

ROOT = Path(__file__).parents[2]


def refusal(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Run a command that is refused before anything is called; return what standard error says."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    return " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["statsu"], "No such command 'statsu'. Did you mean 'status'?"),
        (["Deploy"], "Did you mean 'deploy'?"),
        (["--verison"], "Did you mean '--version'?"),
        (["deploy", "--bake-second", "5"], "Did you mean '--bake-seconds'?"),
        (["deploy", "--bake-seconds"], "Option '--bake-seconds' requires an argument"),
        (["deploy", "--bake-seconds", "five"], "'five' is not a valid integer"),
        (["deploy", "--parameter", "AlertEmail"], "'AlertEmail' is not NAME=VALUE"),
        (["deploy", "--endpoint-type", "Async"], "is not one of 'Instance', 'Serverless'"),
        (["approve"], "Missing argument 'VERSION'"),
        (["approve", "1", "2"], "unexpected extra argument (2)"),
        (["logs"], "Missing argument 'STEP'"),
        (["query", "SELECT 1", "--split", "test"], "a statement has WHERE and LIMIT"),
        (["query", "--limit", "3", "SELECT 1"], "a statement has WHERE and LIMIT"),
        (["status", "--watch", "--json"], "exclude each other"),
        (["query", "SELECT", "1"], "unexpected extra argument (1)"),
        (["query", "--split", "tests"], "is not one of 'train', 'validation', 'test'"),
        (["status", "--prefix", "Test"], "'Test' is not a prefix"),
        (["completion", "powershell"], "is not one of 'bash', 'zsh', 'fish'"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else "",
)
def test_what_does_not_fit_is_answered(arguments, answer, capsys, monkeypatch):
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "http://127.0.0.1:9" if name == "AWS_ENDPOINT_URL" else "us-east-1")
    assert answer in refusal(arguments, capsys)


@pytest.mark.parametrize("name", sorted(playgrounds.commands))
def test_every_help_has_examples_that_are_commands(name):
    command = playgrounds.commands[name]
    lines = [line.strip() for line in (command.epilog or "").splitlines() if "playgrounds " in line]
    assert lines
    for line in lines:
        text = line.removeprefix('eval "$(').partition(')"')[0].partition(" | ")[0]
        parse(shlex.split(text)[1:])


def test_help_needs_neither_boto3_nor_numpy():
    code = "import sys, console.main; print({'boto3', 'botocore', 'numpy', 'rich', 'sagemaker'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "set()"


def test_every_command_is_in_a_section_of_the_help():
    context = click.Context(playgrounds)
    assert sorted(playgrounds.list_commands(context)) == sorted(playgrounds.commands)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_of_the_shell(shell, capsys):
    assert main(["completion", shell]) == 0
    assert "_PLAYGROUNDS_COMPLETE" in capsys.readouterr().out


@pytest.mark.parametrize("python", ["/usr/bin/false", "no-such-python"])
def test_a_python_that_does_not_fit_is_refused_at_once(python, tmp_path):
    venv = tmp_path / "venv"
    command = ["make", "setup", f"PYTHON={python}", f"VENV={venv}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)
    assert done.returncode
    assert f"Python 3.11, 3.12 or 3.13 is needed; '{python}' is" in done.stderr
    assert not venv.exists()


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        (["--source", "nowhere"], "nowhere is not there; choose 'sample', 'live' or a folder"),
        (["--json", "nowhere/summary.json"], "nowhere is not a folder; nothing has been started"),
    ],
)
def test_the_demo_refuses_a_place_that_is_not_there_before_it_starts_a_server(
    options, answer, capsys, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    assert main(["demo", *options]) == 1
    assert answer in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
