"""What a person sees, on a terminal and elsewhere."""

import io
import re

import pytest

from console.progress import Progress
from console.terminal import end_live_line

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_lines_are_plain_where_there_is_no_terminal() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    progress.phase("glue", "import")
    progress.waiting("import_json_data")
    progress.done("import_json_data", "SUCCEEDED", 1.25)
    progress.finish()
    lines = stream.getvalue().splitlines()
    assert lines[:2] == ["", "glue: import"]
    assert lines[2].split()[2:] == ["import_json_data", "SUCCEEDED", "1.2", "s"]
    assert len(lines) == 3
    assert set(progress.seconds) == {"glue"}


def test_a_terminal_shows_what_runs_and_wipes_it() -> None:
    stream = Terminal()
    progress = Progress(stream)
    progress.waiting("TrainXGBoost")
    progress.done("TrainXGBoost", "Succeeded")
    written = stream.getvalue()
    assert "… TrainXGBoost" in written
    assert written.split("\r")[-1].rstrip().endswith("Succeeded")


def test_notes_fit_the_terminal_and_lose_nothing(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    line = f"Add      AWS::IAM::Role           {', '.join(f'Role{number}' for number in range(30))}"
    stream, plain = Terminal(), io.StringIO()
    Progress(stream).note(line)
    Progress(plain).note(line)
    assert max(map(len, stream.getvalue().splitlines())) <= 80
    assert stream.getvalue().split() == plain.getvalue().split() == line.split()
    assert len(plain.getvalue().splitlines()) == 1


def test_an_outcome_that_a_terminal_would_break_has_a_line_of_its_own(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    url = "s3://playgrounds-raw-123456789012-us-east-1/feeds/0123456789abcdef/"
    stream, plain = Terminal(), io.StringIO()
    Progress(stream).done("feeds", url)
    Progress(plain).done("feeds", url)
    step, outcome = ANSI.sub("", stream.getvalue()).splitlines()
    assert (step.split()[-1], outcome.strip()) == ("feeds", url)
    assert max(len(step), len(outcome)) <= 80
    assert len(plain.getvalue().splitlines()) == 1


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_the_live_line_fits_the_terminal(columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = Terminal()
    Progress(stream).waiting(", ".join(["EvaluateXGBoost", "EvaluateAutoML", "東京", "MeasureFeatures"] * 9))
    end_live_line()
    written = ANSI.sub("", stream.getvalue()).replace("\r", "\n")
    assert "EvaluateXG" in written
    assert max(len(line) for line in written.splitlines()) <= columns
    assert len([line for line in written.splitlines() if line.strip()]) == stream.getvalue().count("\x1b[2K")
