"""The evidence of the table of calls: rows of the ledger, and a fallback for each that is assumed."""

from __future__ import annotations

import re

from tests.infrastructure import call_table
from tests.test_documents import CHECKLIST
from tests.test_ledger import rows

MARKS = {row["id"]: row["mark"] for row in rows()}


def beliefs() -> set[str]:
    """Return the ids of the ledger's rows that the page names."""
    return set(re.findall(r"\b[A-Z]\d+\b", call_table.PAGE.read_text(encoding="utf-8")))


def test_every_call_has_evidence() -> None:
    assert len(call_table.rows()) > 150
    assert [row for row in call_table.rows() if not row.evidence.startswith("reference")] == []


def test_evidence_is_in_the_ledger() -> None:
    assert beliefs() - MARKS.keys() == set()


def test_what_is_assumed_has_a_fallback_in_the_checklist() -> None:
    assumed = {belief for belief in beliefs() if "assumed" in MARKS[belief]}
    named = set(re.findall(r"\b[A-Z]\d+\b", CHECKLIST.read_text(encoding="utf-8")))

    assert len(assumed) > 20
    assert assumed - named == set()


def test_rows_written_anew_keep_their_evidence() -> None:
    page = call_table.PAGE.read_text(encoding="utf-8")
    role = "arn:aws:iam::123456789012:role/playgrounds-glue"
    line = {"principal": role, "service": "s3", "operation": "PutObject", "request": {"Bucket": "b", "Key": "k"}}
    (before,) = (row for row in call_table.rows() if (row.caller, row.call) == ("glue", "s3:PutObject"))

    rewritten = call_table.rewritten(page, [line, {**line, "principal": "service"}])

    assert f"| glue | `s3:PutObject` | `Bucket`, `Key` | `s3:PutObject` (object) | {before.evidence} |\n" in rewritten
    assert rewritten.count("| glue |") == 1
    assert "| person |" not in rewritten
