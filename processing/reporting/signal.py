"""Where a model's accuracy comes from: the label-defining attribute, and each group of the other features.

The words follow from the verdict alone; its thresholds are here, and the page states them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from processing.reporting.comparison import RULE_NAME, View
from processing.reporting.confidence import Interval
from processing.reporting.wording import listed

NEARLY_ALL = 0.9
MOST = 0.5
NEXT_TO_NONE = 0.1


class Share(Enum):
    """How much of the accuracy gained over the majority class is lost without an attribute."""

    NO_SIGNAL = "no signal"
    NEARLY_ALL = "nearly all"
    MOST = "most"
    SOME = "a part"
    NEXT_TO_NONE = "next to none"


@dataclass(frozen=True)
class AttributeSignal:
    """What the label-defining attribute carries in a model."""

    attribute: str
    model: str
    lift: Interval
    lift_without: Interval
    rule_lift: Interval
    """Accuracy above the majority class: of the model, of the model trained without the attribute, of the rule."""
    rule_reads_it: bool
    """Whether the best one-feature rule reads the attribute."""
    lost: float | None
    """Fraction of `lift` that is lost without the attribute; None if there is no lift to lose."""
    share: Share

    @property
    def without_is_majority(self) -> bool:
        """Whether the model without the attribute answers like the majority class on every row."""
        return self.lift_without.low == self.lift_without.high == 0


@dataclass(frozen=True)
class GroupSignal:
    """What shuffling one group of features costs, beside the costliest group.

    Drops have mean and standard deviation over the shuffles of `rows` rows. `next_to_none`: accuracy loses less
    than `NEXT_TO_NONE` of what the costliest group costs.
    """

    name: str
    rows: int
    accuracy_drop: dict[str, float]
    roc_auc_drop: dict[str, float]
    next_to_none: bool


def attribute_signal(
    attributes: tuple[str, ...], model: str, view: View, without: View, rule_feature: str
) -> AttributeSignal:
    """Measure how much of a model's accuracy rests on the label-defining attribute.

    Parameters
    ----------
    attributes
        Features that are part of the label's definition; they count as one.
    view, without
        On the same rows, with the attribute and without it.
    rule_feature
        Feature that the best one-feature rule reads.
    """
    lift, lift_without = _lift(view, model), _lift(without, model)
    lost = None
    share = Share.NO_SIGNAL
    if lift.low > 0:
        lost = 1 - min(max(lift_without.estimate, 0.0), lift.estimate) / lift.estimate
        steps = ((NEARLY_ALL, Share.NEARLY_ALL), (MOST, Share.MOST), (NEXT_TO_NONE, Share.SOME))
        share = next((verdict for minimum, verdict in steps if lost >= minimum), Share.NEXT_TO_NONE)
    return AttributeSignal(
        listed(attributes), model, lift, lift_without, _lift(view, RULE_NAME), rule_feature in attributes, lost, share
    )


def group_signals(importance: dict[str, Any]) -> list[GroupSignal]:
    """Compare every group of features with the one whose shuffling costs most, in the order of ``evaluation.json``."""
    groups = importance["groups"]
    costliest = max(group["accuracy_drop"]["mean"] for group in groups)
    return [
        GroupSignal(
            group["name"],
            group["rows"],
            group["accuracy_drop"],
            group["roc_auc_drop"],
            next_to_none=costliest <= 0 or group["accuracy_drop"]["mean"] < NEXT_TO_NONE * costliest,
        )
        for group in groups
    ]


def _lift(view: View, name: str) -> Interval:
    lift = view.of(name).over_majority
    if lift is None:
        raise ValueError(f"{name} has no lift over itself")
    return lift
