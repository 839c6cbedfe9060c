"""The commands of the documents are commands, and the ledger's rows that they name are there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.commands import parse
from tests.test_ledger import rows

ROOT = Path(__file__).parents[1]
CHECKLIST = ROOT / "docs" / "first-account.md"
TUTORIAL = ROOT / "docs" / "tutorial.md"
README = ROOT / "README.md"
SERVER_README = ROOT / "local-aws" / "README.md"


def commands(document: Path) -> list[str]:
    """Return the ``playgrounds`` commands of a document's blocks and sentences, comments aside."""
    text = document.read_text(encoding="utf-8")
    blocks = [line for block in re.findall(r"```\n(.*?)```", text, re.S) for line in block.splitlines()]
    sentences = re.findall(r"`(playgrounds [^`]+)`", re.sub(r"```\n.*?```", "", text, flags=re.S))
    lines = [line for line in (*blocks, *sentences) if line.startswith("playgrounds ")]
    return [" ".join(line.split()) for line in lines]


@pytest.mark.parametrize("document", [README, CHECKLIST, TUTORIAL], ids=lambda path: path.name)
def test_every_command_is_understood(document: Path) -> None:
    found = commands(document)

    assert len(found) > 10
    for line in found:
        _, *arguments = shlex.split(line, comments=True)
        parse(arguments)


def test_every_row_that_the_checklist_names_is_in_the_ledger() -> None:
    named = set(re.findall(r"\b[A-Z]\d{1,2}\b", CHECKLIST.read_text(encoding="utf-8")))
    steps = {f"W{number}" for number in range(1, 12)}

    assert len(named) > 40
    assert named <= {row["id"] for row in rows()} | steps


@pytest.mark.parametrize("document", [README, SERVER_README], ids=lambda path: str(path.relative_to(ROOT)))
def test_readme_has_at_most_150_lines_of_at_most_120_characters(document: Path) -> None:
    lines = document.read_text(encoding="utf-8").splitlines()

    assert len(lines) <= 150
    assert [line for line in lines if len(line) > 120] == []
