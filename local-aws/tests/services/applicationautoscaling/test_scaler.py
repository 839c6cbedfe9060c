"""The instance counts that target tracking asks for."""

from __future__ import annotations

import pytest

from local_aws.services.applicationautoscaling.scaler import wanted

NOW = 1000 * 60 + 20
POLICY = {"TargetValue": 100.0, "ScaleOutCooldown": 60, "ScaleInCooldown": 300}


def _minutes(*values: float | None) -> dict[int, float]:
    """Return values by minute, the newest first."""
    pairs = ((NOW - NOW % 60 - 60 * (age + 1), value) for age, value in enumerate(values))
    return {at: value for at, value in pairs if value is not None}


@pytest.mark.parametrize(
    ("minutes", "current", "count"),
    [
        (_minutes(250, 240, 230), 1, 3),
        (_minutes(250, 240, 230), 2, 5),
        (_minutes(250, 240), 1, 1),
        (_minutes(250, 90, 230), 1, 1),
        (_minutes(*[30.0] * 15), 3, 1),
        (_minutes(*[50.0] * 15), 3, 2),
        (_minutes(*[50.0] * 14), 3, 3),
        (_minutes(*[50.0] * 7, None, *[50.0] * 7), 3, 3),
        (_minutes(*[95.0] * 15), 3, 3),
        ({}, 3, 3),
    ],
)
def test_count_of_the_last_minutes(minutes: dict[int, float], current: int, count: int) -> None:
    assert wanted(POLICY, current, minutes, NOW, 0) == count


def test_what_was_before_the_last_change_does_not_count() -> None:
    assert wanted(POLICY, 2, _minutes(250, 240, 230), NOW, NOW - 130) == 2


def test_scale_in_waits_and_can_be_switched_off() -> None:
    calm = _minutes(*[30.0] * 15)
    patient = {**POLICY, "ScaleInCooldown": 3600}

    assert wanted(patient, 3, calm, NOW, NOW - 1000) == 3
    assert wanted({**POLICY, "DisableScaleIn": True}, 3, calm, NOW, 0) == 3
