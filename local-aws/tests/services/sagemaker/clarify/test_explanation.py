"""SHAP values: the regression, the dataset's report, and the drift of attributions."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from local_aws.services.sagemaker.clarify.explanation import (
    check_settings,
    compare,
    explain,
    write_explanation,
)
from local_aws.services.sagemaker.clarify.kernel_shap import attribute, draw_coalitions
from local_aws.services.sagemaker.model_monitor.errors import AnalysisError
from local_aws.services.sagemaker.model_monitor.tables import Column

FEATURES: dict[str, Column] = {"a": ["1", "3"], "b": ["2", "2"], "kind": ["x", "x"]}
BASELINE = [[0, 0, "y"]]


def product_and_kind(rows: Any) -> np.ndarray:
    """Answer with a times b, plus one for the kind x."""
    return np.array([[float(a or 0) * float(b or 0) + (kind == "x")] for a, b, kind in rows])


def identity(rows: Any) -> np.ndarray:
    """Answer with the only feature."""
    return np.array([[float(a or 0)] for (a,) in rows])


@pytest.mark.parametrize(("count", "samples"), [(4, 14), (12, 60)])
def test_linear_model_has_its_terms_as_shapley_values(count: int, samples: int) -> None:
    terms = np.arange(1.0, count + 1)
    masks, weights = draw_coalitions(count, samples, seed=1)

    values = attribute(masks, weights, (masks @ terms)[None], np.array([terms.sum()]))

    assert len(masks) <= samples
    assert values[0] == pytest.approx(terms)


def test_coalitions_are_all_there_or_drawn_by_the_seed() -> None:
    everything, weights = draw_coalitions(3, 2054, seed=None)
    assert sorted(everything.sum(axis=1)) == [1, 1, 1, 2, 2, 2]
    assert weights == pytest.approx(np.full(6, 1 / 3))
    drawn = [draw_coalitions(11, 10, seed)[0].tolist() for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert all(0 < sum(mask) < 11 for mask in drawn[0])


def test_interaction_is_shared_and_values_add_up_to_the_prediction() -> None:
    explanation = explain(FEATURES, {"baseline": BASELINE}, product_and_kind, ())

    assert explanation.expected.tolist() == [0]
    assert explanation.values[0] == pytest.approx(np.array([[1, 1, 1], [3, 3, 1]]))
    assert explanation.report("mean_abs") == {
        "label0": {"expected_value": 0, "global_shap_values": pytest.approx({"a": 2, "b": 2, "kind": 1})}
    }


def test_single_feature_has_the_whole_difference() -> None:
    explanation = explain({"a": ["1", "3"]}, {"baseline": [[2]]}, identity, ())
    assert explanation.values[0].tolist() == [[-1], [1]]


def test_baseline_is_the_centre_of_the_dataset_unless_supplied(tmp_path: Path) -> None:
    explanation = explain(FEATURES, {}, product_and_kind, ["score"])
    section = write_explanation(tmp_path, explanation, {})

    assert explanation.baseline.tolist() == [["2.0", "2.0", "x"]]
    assert list(section["kernel_shap"]) == ["score"]
    assert (tmp_path / "explanations_shap/baseline.csv").read_text() == "2.0,2.0,x\n"
    header, *rows = csv.reader((tmp_path / "explanations_shap/out.csv").open())
    assert header == ["a_score", "b_score", "kind_score"]
    assert np.array(rows, dtype=float) == pytest.approx(np.array([[-2, 0, 0], [2, 0, 0]]))


def test_clusters_of_numbers_are_baselines() -> None:
    features: dict[str, Column] = {"a": ["0", "0", "8", "8"]}
    settings = {"num_clusters": 2, "seed": 0}
    explanation = explain(features, settings, identity, ())
    assert sorted(explanation.baseline[:, 0].astype(float)) == [0, 8]
    with pytest.raises(AnalysisError, match="num_clusters of a dataset of numbers"):
        explain(FEATURES, settings, product_and_kind, ())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"text_config": {}}, "does not support text_config of the method shap"),
        ({"agg_method": "max"}, "agg_method must be one of mean_abs, median, mean_sq; got 'max'"),
    ],
)
def test_settings_that_are_not_done_are_refused_by_name(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(AnalysisError, match=words):
        check_settings(settings)


def test_baseline_of_other_features_is_refused() -> None:
    with pytest.raises(AnalysisError, match="must have the 3 features a, b, kind"):
        explain(FEATURES, {"baseline": [[0, 0]]}, product_and_kind, ())


def test_logit_needs_probabilities() -> None:
    settings = {"baseline": BASELINE, "use_logit": True}
    with pytest.raises(AnalysisError, match="use_logit needs a model that answers with probabilities"):
        explain(FEATURES, settings, product_and_kind, ())


def _report(**values: float) -> dict[str, Any]:
    return {"kernel_shap": {"label0": {"global_shap_values": values}}}


def test_drift_of_the_features_order_is_a_violation() -> None:
    baseline = _report(a=5.0, b=0.5, c=0.1)
    assert compare(_report(a=0.9, b=0.5, c=0.4), baseline) == []
    (violation,) = compare(_report(a=0.1, b=0.5, c=0.9), baseline)
    assert (violation["label"], violation["metric_name"]) == ("label0", "shap")
    assert violation["constraint_check_type"] == "feature_attribution_drift_check"
    assert violation["description"].startswith("Feature attribution drift 0.5")
