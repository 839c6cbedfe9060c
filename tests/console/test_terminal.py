"""Names, messages and log lines are shown, and do not steer the terminal."""

from __future__ import annotations

import ast
import io
from pathlib import Path
from typing import Any

import pytest

import console
from console.errors import CommandError
from console.failures import failure_message
from console.progress import Progress
from console.query import _print_table
from console.terminal import end_live_line, say, visible, visible_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b2J", "\\x9b2J"),
        ("over\rwritten\x08", "over\\rwritten\\x08"),
        ("a\u202egpj.exe\u2066", "a\\u202egpj.exe\\u2066"),
        ("\u2028\u200e\ud800\x7f\x00", "\\u2028\\u200e\\ud800\\x7f\\x00"),
        ("Größe — 東京 🎉\tand\nmore", "Größe — 東京 🎉\tand\nmore"),
    ],
)
def test_controls_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_one_line_stays_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert visible_line("a\n\x1b[2Jb\tc") == "a\\n\\x1b[2Jb\\tc"
    say("\x1b[2J", end="!")
    assert capsys.readouterr().out == "\\x1b[2J!"


def test_table_of_hostile_cells_stays_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[dict[str, Any]] = [{"na\x1bme": "x\ny", "n": 1}, {"na\x1bme": "\x1b[1A\x1b[2K", "n": None}]
    assert _print_table(iter(rows)) == 2
    assert capsys.readouterr().out.splitlines() == ["na\\x1bme        n", "x\\ny            1", "\\x1b[1A\\x1b[2K"]


def test_failures_and_progress_are_shown_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    say(failure_message(CommandError("step \x1b[8m", "reason \x1b]8;;http://x\x07", "log \x1b[31mline")))
    stream = io.StringIO()
    progress = Progress(stream)
    progress.phase("a\x1b[2J", "b")
    progress.done("c\x1b", "d")
    progress.note("e\x9b")
    assert "\x1b" not in capsys.readouterr().out + stream.getvalue()
    assert "\x9b" not in stream.getvalue()


def test_live_line_holds_no_controls_of_others() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    Progress(stream).waiting("job\r\x1b[8m\n")
    end_live_line()
    assert "s  … job\\r\\x1b[8m\\n" in stream.getvalue()
    assert "\x1b[8m" not in stream.getvalue()


def test_the_console_prints_in_one_place_only() -> None:
    for path in Path(console.__file__).parent.rglob("*.py"):
        calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        printing = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]
        assert not printing or path.name == "terminal.py", path
