from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from processing.feature_contract import (
    FEATURE_SETS,
    SCORING_COLUMNS,
    UnknownFeatureSetError,
    feature_set,
    scoring_schema,
)

ROOT = Path(__file__).parents[2]


def test_the_lab_has_its_twelve_columns_in_the_order_of_its_csv():
    assert feature_set("lab").feature_names == (
        "adaptive_swing",
        "size_of_adjusted_gross_income",
        "num_of_exemptions",
        "normalized_num_of_joint_returns",
        "normalized_num_of_head_of_household_returns",
        "normalized_num_of_single_returns",
        *(f"borough_{letter}" for letter in "bmnqrx"),
    )


def test_the_playground_set_covers_swing_operation_borough_and_income():
    groups = feature_set("playground").feature_groups
    assert list(groups) == ["adaptive_swing", "jointly_operated", "borough", "income"]
    assert len(groups["borough"]) == 5
    assert len(groups["income"]) == 11


@pytest.mark.parametrize("name", FEATURE_SETS)
def test_scoring_columns_are_unique_lower_case_and_end_with_the_features_in_order(name):
    features = feature_set(name)
    columns = [column for column, _ in scoring_schema(features)]
    assert len(set(columns)) == len(columns)
    assert [column.lower() for column in columns] == columns
    assert tuple(columns[len(SCORING_COLUMNS) :]) == features.feature_names
    assert {kind for _, kind in scoring_schema(features)} <= {"string", "double", "int"}


@pytest.mark.parametrize("name", FEATURE_SETS)
def test_only_doubles_may_be_missing_and_defining_features_belong_to_the_set(name):
    features = feature_set(name)
    assert all(feature.dtype == "double" for feature in features.features if feature.nullable)
    assert set(features.label_defining) <= set(features.feature_names)


def test_an_unknown_set_is_named_beside_the_known_ones():
    with pytest.raises(UnknownFeatureSetError, match=r"'parks'.*playground, lab"):
        feature_set("parks")


def test_importing_the_contract_loads_no_library():
    code = (
        "import sys, processing.feature_contract\n"
        "print([name for name in ('numpy', 'pandas', 'pyarrow') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
