"""The table of calls in docs/aws-calls.md: what a demo's call log says of them, beside evidence written by hand.

``python -m tests.infrastructure.call_table DIR`` writes the rows of the page anew from ``DIR/calls*.jsonl``. A row that
the page has already keeps its evidence; a new one has none, and the tests of the page fail until somebody adds it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.infrastructure.call_actions import demands
from tests.infrastructure.demand import Demand
from tests.infrastructure.iam_reference import kinds
from tests.infrastructure.simulated import logged

PAGE = Path(__file__).parents[2] / "docs" / "aws-calls.md"
PERSON = "person"
_APPROVE = "Approve"
_QUERY = "Query, report and status"
PHASES = {
    "Deploy": "",
    "Run": "glue:StartWorkflowRun",
    _APPROVE: "sagemaker:UpdateModelPackage",
    _QUERY: "athena:StartQueryExecution",
}
"""The sections of the page, each with the call of a person that begins it."""

_HEADER = "| caller | call | request | permission | evidence |\n|---|---|---|---|---|\n"
_TABLE = re.compile(rf"(?<={re.escape(_HEADER)})(\|.*\n)*")
_ROW = re.compile(r"\| (?P<caller>\S+) \| `(?P<call>[\w:-]+)` \| (.*) \| (?P<permission>.*) \| ?(?P<evidence>.*) \|")


@dataclass(frozen=True)
class Row:
    """A row of the page.

    Parameters
    ----------
    caller
        A role's name without prefix, or ``"person"``.
    call
        Service and operation, e.g. ``"s3:GetObject"``.
    permission
        The cell of actions and kinds of resources.
    evidence
        The cell of the ledger's rows.
    """

    caller: str
    call: str
    permission: str
    evidence: str


@dataclass
class RecordedCall:
    """All that was recorded of an operation that one caller used."""

    phase: str
    members: set[str] = field(default_factory=set)
    kinds: dict[str, set[str]] = field(default_factory=dict)

    @property
    def permission(self) -> str:
        """The cell of actions, each with the kinds of resources that AWS checks it on."""
        cells = [f"`{action}` ({', '.join(sorted(self.kinds[action]))})" for action in sorted(self.kinds)]
        return ", ".join(cells) or "none"

    def add(self, line: Mapping[str, Any]) -> None:
        """Add what one more line of the log says."""
        self.members |= line["request"].keys()
        for demand in demands(line):
            self.kinds.setdefault(demand.action, set()).update(_kinds_of(demand))


def rows() -> list[Row]:
    """Return the rows of the page, in its order."""
    matches = _ROW.finditer(PAGE.read_text(encoding="utf-8"))
    return [Row(match["caller"], match["call"], match["permission"], match["evidence"]) for match in matches]


def recorded_calls(lines: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], RecordedCall]:
    """Return what a demo's lines say of each caller and operation, in the order of the first calls.

    Calls that AWS's services make on their own, and those of roles that are not the deployment's, are left out.
    """
    calls: dict[tuple[str, str], RecordedCall] = {}
    phase = next(iter(PHASES))
    starts = {start: phase for phase, start in PHASES.items()}
    for line in lines:
        caller, call = _caller(line["principal"]), f"{line['service']}:{line['operation']}"
        if caller is None:
            continue
        if caller == PERSON:
            # What a call has a service do as its caller is logged before it.
            phase = starts.get(line.get("within", call), phase)
        calls.setdefault((caller, call), RecordedCall(_phase_of(caller, phase))).add(line)
    return calls


def _phase_of(caller: str, phase: str) -> str:
    """Return the phase that a call belongs to: what an approval leads to may be made while a person queries."""
    return _APPROVE if phase == _QUERY and caller not in (PERSON, "analyst") else phase


def _caller(principal: str) -> str | None:
    """Return who the page says a principal is, or None for a service."""
    role = re.search(r":role/playgrounds-([a-z]+)$", principal)
    if role:
        return role[1]
    return PERSON if ":user/" in principal else None


def _kinds_of(demand: Demand) -> list[str]:
    """Return the kind of resource that AWS checks an action on; ``any`` for an action that has none to name."""
    if demand.resource == "*":
        return ["any"]
    # A wildcard of a name could be read as the rest of any ARN.
    return kinds(demand.action, demand.resource.replace("*", "x"))


def rewritten(page: str, lines: Iterable[Mapping[str, Any]]) -> str:
    """Return the page with the rows of a call log; evidence stays with its caller and call."""
    evidence = {(row["caller"], row["call"]): row["evidence"] for row in _ROW.finditer(page)}
    calls = recorded_calls(lines)
    tables = iter(["".join(_lines_of_phase(phase, calls, evidence)) for phase in PHASES])
    return _TABLE.sub(lambda _: next(tables), page)


def _lines_of_phase(
    phase: str, calls: Mapping[tuple[str, str], RecordedCall], evidence: Mapping[tuple[str, str], str]
) -> Iterator[str]:
    for caller, call in sorted(calls):
        recorded = calls[caller, call]
        if recorded.phase == phase:
            members = ", ".join(f"`{member}`" for member in sorted(recorded.members)) or "none"
            cells = (caller, f"`{call}`", members, recorded.permission)
            yield f"| {' | '.join(cells)} | {evidence.get((caller, call), '')} |\n"


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8"), logged(Path(sys.argv[1]))), encoding="utf-8")
