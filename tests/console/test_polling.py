"""Looks at what AWS is doing are close together at first, and an hour of them stays within an account's limits."""

from __future__ import annotations

import pytest

from console.polling import pause_after


@pytest.mark.parametrize(("waited", "pause"), [(0.0, 0.2), (2.0, 0.2), (20.0, 1.0), (100.0, 5.0), (7200.0, 5.0)])
def test_a_pause_grows_with_the_wait(waited, pause):
    assert pause_after(waited) == pytest.approx(pause)


def test_an_hour_takes_fewer_than_a_thousand_looks():
    waited, looks = 0.0, 0
    while waited < 3600:
        waited, looks = waited + pause_after(waited), looks + 1
    assert looks < 1000
