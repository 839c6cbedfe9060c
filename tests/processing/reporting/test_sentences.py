from __future__ import annotations

import pytest

from processing.reporting import sentences
from processing.reporting.confidence import Interval
from processing.reporting.fairness import Fairness, Gap
from processing.reporting.signal import AttributeSignal, GroupSignal, Share

LIFT, NOTHING = Interval(0.2, 0.15, 0.25), Interval(0.0, 0.0, 0.0)


def attribute(share: Share, lift: Interval = LIFT, without: Interval = NOTHING, rule: bool = True) -> str:
    return sentences.attribute(AttributeSignal("adaptive_swing", "XGBoost", lift, without, LIFT, rule, 1.0, share))


def test_an_attribute_that_carries_nearly_all_is_called_what_it_is():
    text = attribute(Share.NEARLY_ALL)
    assert text.startswith("One facility attribute, adaptive_swing, carries nearly all of the signal")
    assert "20.0 (15.0 to 25.0) points above the majority class" in text
    assert "it then predicts the majority class on every row" in text
    assert "part of the official definition" in text


def test_an_attribute_that_does_not_matter_is_not_accused():
    text = attribute(Share.NEXT_TO_NONE, without=Interval(0.19, 0.14, 0.24), rule=False)
    assert "carries next to none of the signal" in text
    assert "19.0 (14.0 to 24.0)" in text
    assert "official definition" not in text
    assert "majority class on every row" not in text
    assert "rule" not in text


def test_without_a_lift_nothing_is_attributed():
    text = attribute(Share.NO_SIGNAL, lift=Interval(0.01, -0.02, 0.04))
    assert text.startswith("There is hardly any signal")
    assert "carries" not in text


def group(name: str, accuracy: float, roc_auc: float, next_to_none: bool) -> GroupSignal:
    return GroupSignal(name, 250, {"mean": accuracy, "std": 0.01}, {"mean": roc_auc, "std": 0.01}, next_to_none)


SWING = group("adaptive_swing", 0.3, 0.3, False)


@pytest.mark.parametrize(
    ("income", "words"),
    [
        (group("income", 0.0, 0.04, True), ("next to none of the accuracy", "more than the noise")),
        (group("income", 0.0, 0.005, True), ("next to none of the accuracy", "within the noise")),
        (group("income", 0.1, 0.1, False), ("carries a part of the accuracy", "10.0 ± 1.0 points")),
        (group("income", 0.4, 0.4, False), ("Income matters most to the accuracy", "40.0 ± 1.0 points")),
    ],
)
def test_income_is_weighed_against_the_strongest_group(income, words):
    text = sentences.group(income, [SWING, income])
    assert all(one in text for one in words)


def test_where_no_group_matters_the_first_is_not_praised():
    nothing = group("income", 0.0, 0.0, True)
    assert "does not matter either" in sentences.group(nothing, [nothing, group("borough", 0.0, 0.0, True)])


def test_the_other_groups_are_listed_by_their_verdict():
    groups = [
        SWING,
        group("borough", 0.0, 0, True),
        group("income", 0, 0, True),
        group("jointly_operated", 0.1, 0, False),
    ]
    assert sentences.other_groups(groups) == (
        "Of the other groups, jointly operated carries a part of the accuracy and borough carries next to none of the "
        "accuracy."
    )
    assert sentences.other_groups([SWING]) is None


@pytest.mark.parametrize(
    ("chance", "words"), [(0.3, "no more than chance"), (0.001, "more than chance in AutoML's selection rate")]
)
def test_gaps_between_boroughs_are_told_from_chance(chance, words):
    fairness = {"AutoML": Fairness([], {"selection_rate": Gap(("a", 0.1), ("b", 0.9), chance), "other": None})}
    text = sentences.borough_gaps(fairness)
    assert "Of the 1 gaps" in text
    assert words in text
