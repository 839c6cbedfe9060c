"""Bias metrics: worked out by hand on a few rows, and in the form that Clarify writes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from processing.bias import POST_TRAINING, PRE_TRAINING, analyse_bias

# Four rows of Brooklyn and six of Queens: labels, then predictions.
LABELS = [1, 1, 0, 0, 1, 1, 1, 1, 0, 0]
PREDICTED = [1, 0, 1, 0, 1, 1, 1, 1, 1, 0]
BOROUGHS = ["Brooklyn"] * 4 + ["Queens"] * 6


def analysis_of(boroughs: list[str]) -> dict[str, Any]:
    """Return the analysis of the ten rows."""
    facets = {"borough": pd.Series(boroughs), "half": pd.Series(["1", "2"] * 5)}
    return analyse_bias(np.array(LABELS), np.array(PREDICTED, dtype=float), facets)


def metrics(stage: str, boroughs: list[str] = BOROUGHS) -> dict[str, float | str | None]:
    """Return the figures of Brooklyn."""
    values = analysis_of(boroughs)[f"{stage}_bias_metrics"]["facets"]["borough"]
    (found,) = (each for each in values if each["value_or_threshold"] == "Brooklyn")
    return {metric["name"]: metric["value"] for metric in found["metrics"]}


def test_metrics_before_training_compare_labels():
    assert metrics("pre_training") == pytest.approx(
        {
            "CI": 0.2,
            "DPL": 4 / 6 - 1 / 2,
            "JS": 0.014362591564146746,
            "KL": 2 / 3 * math.log(4 / 3) + 1 / 3 * math.log(2 / 3),
            "KS": 1 / 6,
            "LP": math.sqrt(2) / 6,
            "TVD": 1 / 6,
        }
    )


def test_metrics_after_training_compare_predictions():
    assert metrics("post_training") == pytest.approx(
        {
            "AD": 5 / 6 - 2 / 4,
            "DAR": 4 / 5 - 1 / 2,
            "DCA": 4 / 5 - 2 / 2,
            "DCR": 2 / 2 - 2 / 1,
            "DI": (2 / 4) / (5 / 6),
            "DPPL": 5 / 6 - 2 / 4,
            "DRR": 1 / 2 - 1 / 1,
            "GE": (15 / 10 / 1.1**2 - 1) / 2,
            "RD": 4 / 4 - 1 / 2,
            "SD": 1 / 2 - 1 / 2,
            "TE": 1 / 1 - 0 / 1,
        }
    )


def test_each_value_of_each_facet_has_each_metric():
    analysis = analysis_of(BOROUGHS)

    for stage, names in (("pre_training", PRE_TRAINING), ("post_training", POST_TRAINING)):
        facets = analysis[f"{stage}_bias_metrics"]["facets"]
        values = {facet: [each["value_or_threshold"] for each in measured] for facet, measured in facets.items()}
        assert values == {"borough": ["Brooklyn", "Queens"], "half": ["1", "2"]}
        assert {metric["name"] for metric in facets["borough"][0]["metrics"]} == set(names)


def test_quotient_by_nothing_is_written_as_clarify_does():
    one_false_positive = ["Queens", "Queens", "Brooklyn", *["Queens"] * 7]

    assert metrics("post_training", one_false_positive)["DCR"] == "Infinity"


def test_facet_with_one_value_has_nothing_to_compare():
    assert analysis_of(["Queens"] * 10)["pre_training_bias_metrics"]["facets"]["borough"] == []
