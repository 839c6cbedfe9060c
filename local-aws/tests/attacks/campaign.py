"""Every attack from every place that a page can come from, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.attacks.chromium import browsing
from tests.attacks.deeds import Request, requests_of, requests_to_model
from tests.attacks.hostile_server import hostile_server

PLACES = ("another port", "the Internet", "a rebound name")
"""``http://127.0.0.1:<other port>``; a page that Chromium takes for a public one; a name that points at loopback."""
_PATIENCE_SECONDS = 240


@dataclass(frozen=True)
class Attack:
    """One request of a page from one place to one port."""

    id: str
    place: str
    port: int
    request: Request

    def __str__(self) -> str:
        return f"{self.request.deed} | {self.request.means} | {self.place} | {self.request.method}"


@dataclass(frozen=True)
class Outcome:
    """What came of an attack.

    Parameters
    ----------
    tried
        Whether the page got through with it.
    effect, read
        Whether it did what it was to do, and whether the page got what it was to read.
    note
        What the page saw.
    """

    attack: Attack
    tried: bool
    read: bool
    note: str
    effect: bool = False

    @property
    def success(self) -> bool:
        """Whether the attack has succeeded."""
        return self.effect or self.read


def attacks_on(port: int, other_ports: Iterable[int], folder: str, score: str) -> list[Attack]:
    """Return all attacks.

    Parameters
    ----------
    port
        The server's.
    other_ports
        On which its children listen.
    folder, score
        See `requests_of`.
    """
    attacks = []
    for number, place in enumerate(PLACES):
        own = place == PLACES[-1]
        for position, request in enumerate(requests_of(number, folder, score, own_origin=own)):
            attacks.append(Attack(f"evil-{number}-{position}", place, port, request))
        for other in other_ports:
            for position, request in enumerate(requests_to_model(number, score)):
                attacks.append(Attack(f"model-{number}-{other}-{position}", place, other, request))
    return attacks


def carry_out(browser: str, folder: Path, attacks: list[Attack], secret: str) -> list[Outcome]:
    """Have Chromium carry out attacks; their effects are the caller's to look for.

    Parameters
    ----------
    browser
        From `find_browser`.
    folder
        Scratch folder.
    attacks
        From `attacks_on`.
    secret
        What attacks that read try to get.
    """
    with hostile_server() as hostile:
        pages: dict[tuple[str, int], list[Attack]] = {}
        for attack in attacks:
            pages.setdefault((attack.place, attack.port), []).append(attack)
        for number, ((place, port), on_page) in enumerate(pages.items()):
            origins = {
                "another port": (f"http://127.0.0.1:{hostile.port}", f"http://127.0.0.1:{port}"),
                "the Internet": (f"http://evil.example:{hostile.port}", f"http://127.0.0.1:{port}"),
                "a rebound name": (f"http://p{number}.evil.example:{port}",) * 2,
            }
            origin, base = origins[place]
            plans = [attack.request.plan(attack.id, base) for attack in on_page]
            hostile.plan(f"page{number}", origin, plans, secret, is_public=place == "the Internet")
        with browsing(browser, folder, hostile.address, hostile.host_rules):
            unfinished = hostile.wait(_PATIENCE_SECONDS)
        assert not unfinished, f"pages that did not get through: {unfinished}; tried: {len(hostile.tried)}"
        return [
            Outcome(
                attack,
                attack.id in hostile.tried,
                read=attack.id in hostile.reads,
                note=hostile.notes.get(attack.id, ""),
            )
            for attack in attacks
        ]


def table(outcomes: Iterable[Outcome]) -> str:
    """Return the outcomes, a line per deed and means; the places as columns."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for outcome in outcomes:
        request = outcome.attack.request
        word = "EFFECT" if outcome.effect else "READ" if outcome.read else "-" if outcome.tried else "not tried"
        row = rows.setdefault((request.deed, f"{request.means} ({request.method})"), {})
        row[outcome.attack.place] = max(row.get(outcome.attack.place, ""), word)
    lines = [f"{'deed':24}{'means':36}" + "".join(f"{place:18}" for place in PLACES)]
    for (deed, means), row in rows.items():
        lines.append(f"{deed:24}{means:36}" + "".join(f"{row.get(place, ''):18}" for place in PLACES))
    return "\n".join(lines)
