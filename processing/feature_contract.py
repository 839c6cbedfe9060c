"""The feature contract: label and features of each feature set, in order, written down once.

CSV staging, Athena DDL, the SQL call, training and evaluation derive from it. It imports only the standard library, so
that a console or a query tool loads it at no cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from processing.value_domains import AGI_BRACKETS, BOROUGHS

FeatureType = Literal["double", "int"]

LABEL: Final = "label"
DECISION_THRESHOLD: Final = 0.5  # a score of at least this is predicted positive (SQL's ROUND agrees)
SMOKE_ROWS: Final = 10

# What a deployed model answers a row with: XGBoost the probability of level 4, Autopilot's container the label itself.
SCORE: Final = "score"
PREDICTED_LABEL: Final = "predicted_label"
ANSWERS: Final = (SCORE, PREDICTED_LABEL)

TRAIN: Final = "train"
VALIDATION: Final = "validation"
TEST: Final = "test"
UNLABELLED: Final = "unlabelled"
SPLITS: Final = (TRAIN, VALIDATION, TEST)


class UnknownFeatureSetError(ValueError):
    """Raised when the contract does not have the requested feature set."""


@dataclass(frozen=True)
class Feature:
    """One model input."""

    name: str
    """Column name, lower case as Athena stores it."""
    dtype: FeatureType
    """Athena type; `int` features are 0/1 flags and never missing."""
    nullable: bool
    """Whether a row may lack it; XGBoost then gets NaN."""
    group: str
    """Features of one group carry one piece of information and are permuted together."""
    description: str
    """What it measures, with its unit."""


@dataclass(frozen=True)
class FeatureSet:
    """Label and features of one kind of training row."""

    name: str
    row: str
    """What one row is."""
    label_rule: str
    """When a row is positive, negative or unlabelled."""
    features: tuple[Feature, ...]
    """Inputs in the order in which the model takes them."""
    label_defining: tuple[str, ...]
    """Features that are part of the label's official definition (NYC Parks defines Levels 1-3 partly by accessible
    swings): evaluation also measures a model without them."""

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features in model order."""
        return tuple(feature.name for feature in self.features)

    @property
    def names_without_label_defining(self) -> tuple[str, ...]:
        """Names of the features that are not part of the label's definition, in model order."""
        return tuple(name for name in self.feature_names if name not in self.label_defining)

    @property
    def feature_groups(self) -> dict[str, tuple[str, ...]]:
        """Feature names by group, groups in order of first appearance."""
        groups: dict[str, list[str]] = {}
        for feature in self.features:
            groups.setdefault(feature.group, []).append(feature.name)
        return {group: tuple(names) for group, names in groups.items()}


@dataclass(frozen=True)
class ScoringColumn:
    """A column of the scoring table that is not a feature."""

    name: str
    athena_type: str
    description: str


SCORING_COLUMNS: Final = (
    ScoringColumn("playground_key", "string", "Key of the playground in the processed table."),
    ScoringColumn("name", "string", "Name of the playground in the feed."),
    ScoringColumn("borough", "string", "Borough by its name, from the first letter of Prop_ID."),
    ScoringColumn("lat", "double", "Latitude in degrees; missing in 24 records of 2019."),
    ScoringColumn("lon", "double", "Longitude in degrees; missing with the latitude."),
    ScoringColumn("site_id", "string", "Park or school: rows of one site stay on one side of a split."),
    ScoringColumn("level", "string", "Accessibility level of the feed, '1' to '4', or null."),
    ScoringColumn("accessible", "string", "'Y', 'N' or null, from the feed."),
    ScoringColumn(LABEL, "int", "1 if the level is 4, else 0; null where the label is unknown."),
    ScoringColumn("label_known", "int", "0 for rows that are scored but are in no training and no metric."),
    ScoringColumn("split", "string", "train, validation, test or unlabelled."),
)


def _borough_flags(letters: str, source: str) -> tuple[Feature, ...]:
    return tuple(
        Feature(f"borough_{letter.lower()}", "int", False, "borough", f"1 if {source} starts with '{letter}'.")
        for letter in letters
    )


_ADAPTIVE_SWING = "adaptive_swing"
_PLAYGROUND = FeatureSet(
    name="playground",
    row="one playground, with the income data of all ZIP codes of its park",
    label_rule="positive: level 4; negative: another level, or none and not accessible; unknown: otherwise",
    features=(
        Feature(
            _ADAPTIVE_SWING, "double", True, _ADAPTIVE_SWING, "1 with an adaptive swing, 0 without; may be missing."
        ),
        Feature("jointly_operated", "int", False, "jointly_operated", "1 if a school shares it (School_ID is set)."),
        *_borough_flags("".join(BOROUGHS), "Prop_ID"),
        Feature("returns", "double", True, "income", "Tax returns in the park's ZIP codes."),
        Feature(
            "exemptions",
            "double",
            True,
            "income",
            "Exemptions in the park's ZIP codes; from tax year 2018 on individuals.",
        ),
        Feature("single_share", "double", True, "income", "Single returns / returns."),
        Feature("joint_share", "double", True, "income", "Joint returns / returns."),
        Feature("head_of_household_share", "double", True, "income", "Head-of-household returns / returns."),
        *(
            Feature(f"agi_{bracket}_share", "double", True, "income", f"Returns in AGI bracket {bracket} / returns.")
            for bracket in AGI_BRACKETS
        ),
    ),
    label_defining=(_ADAPTIVE_SWING,),
)
_LAB = FeatureSet(
    name="lab",
    row="one playground in one AGI bracket of its park's ZIP code, as in the lab's notebook",
    label_rule="positive: level 4; negative: all else, a missing level included",
    features=(
        Feature(_ADAPTIVE_SWING, "double", False, _ADAPTIVE_SWING, "1 with an adaptive swing, 0 without."),
        Feature("size_of_adjusted_gross_income", "double", False, "income", "AGI bracket of the row, 1 to 6."),
        Feature("num_of_exemptions", "double", False, "income", "Exemptions in ZIP code and bracket."),
        Feature("normalized_num_of_joint_returns", "double", False, "income", "Joint returns / returns."),
        Feature(
            "normalized_num_of_head_of_household_returns",
            "double",
            False,
            "income",
            "Head-of-household returns / returns.",
        ),
        Feature("normalized_num_of_single_returns", "double", False, "income", "Single returns / returns."),
        # The lab takes str(Playground_ID)[0]: a null ID becomes the N of "None".
        *_borough_flags("BMNQRX", "str(Playground_ID)"),
    ),
    label_defining=(_ADAPTIVE_SWING,),
)

FEATURE_SETS: Final = {feature_set.name: feature_set for feature_set in (_PLAYGROUND, _LAB)}


def feature_set(name: str) -> FeatureSet:
    """Return a feature set by name; raise `UnknownFeatureSetError` if the contract does not have it."""
    try:
        return FEATURE_SETS[name]
    except KeyError:
        raise UnknownFeatureSetError(
            f"Unknown feature set {name!r}; the contract has {', '.join(FEATURE_SETS)}."
        ) from None


def scoring_schema(features: FeatureSet) -> list[tuple[str, str]]:
    """Return name and Athena type of the scoring table's columns; the features come last, in model order."""
    return [(column.name, column.athena_type) for column in SCORING_COLUMNS] + [
        (feature.name, feature.dtype) for feature in features.features
    ]
