"""A hostile page in a real browser gets nothing done and nothing read; against a defenceless server it gets all."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.attacks.campaign import attacks_on, carry_out, table
from tests.attacks.chromium import find_browser
from tests.attacks.open_target import SCORE, SECRET, open_target
from tests.attacks.victim import victim

pytestmark = pytest.mark.timeout(600)
_SETTLING_SECONDS = 3
"""For what an attack has set off and is still under way."""


@pytest.fixture(scope="module")
def browser() -> str:
    """Return the path of Chromium."""
    path = find_browser()
    if path is None and os.environ.get("CI") == "true":
        pytest.fail("the attacks need Chromium")
    if path is None:
        pytest.skip("there is no Chromium")
    return path


def test_every_attack_succeeds_against_a_defenceless_server(browser: str, tmp_path: Path) -> None:
    with open_target() as target, open_target() as model:
        attacks = attacks_on(target.port, (model.port,), "/nowhere", SCORE)
        outcomes = [
            replace(outcome, effect=not outcome.attack.request.is_read and target.did(outcome.attack.id))
            for outcome in carry_out(browser, tmp_path, attacks, SECRET)
        ]
    assert all(outcome.tried for outcome in outcomes), table(outcomes)
    failed = [f"{outcome.attack}: {outcome.note}" for outcome in outcomes if not outcome.success]
    assert not failed, "\n".join([*failed, table(outcomes)])


def test_no_attack_succeeds(browser: str, tmp_path: Path) -> None:
    with victim(tmp_path / "victim") as target:
        attacks = attacks_on(target.port, target.other_ports(), str(target.marks), target.score)
        target.prepare_for(attacks)
        outcomes = carry_out(browser, tmp_path / "browser", attacks, target.secret)
        time.sleep(_SETTLING_SECONDS)
        outcomes = [replace(outcome, effect=target.suffered(outcome.attack)) for outcome in outcomes]
    print(table(outcomes))
    assert all(outcome.tried for outcome in outcomes), table(outcomes)
    assert not [outcome for outcome in outcomes if outcome.success], table(outcomes)
