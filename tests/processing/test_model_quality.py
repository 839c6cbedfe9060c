from __future__ import annotations

import numpy as np
import pytest

from processing.model_quality import quality_curves, quality_metrics

LABELS = np.array([1, 1, 1, 0, 0])
SCORES = np.array([0.9, 0.6, 0.4, 0.5, 0.1])


def test_metrics_carry_sagemakers_names_and_shape():
    metrics = quality_metrics(LABELS, SCORES, constant=1)
    assert metrics["confusion_matrix"]["1"] == {"0": 1, "1": 2}
    assert metrics["accuracy"] == {"value": 0.6, "standard_deviation": "NaN"}
    values = {name: metric["value"] for name, metric in metrics.items() if name != "confusion_matrix"}
    assert values["true_positive_rate"] == pytest.approx(2 / 3)
    assert values["false_negative_rate"] == pytest.approx(1 / 3)
    assert values["true_negative_rate"] == values["false_positive_rate"] == pytest.approx(1 / 2)
    assert values["auc"] == pytest.approx(5 / 6)
    assert values["f2"] == pytest.approx(2 / 3)


def test_the_constant_classifier_always_answers_one_class():
    positive = quality_metrics(LABELS, SCORES, constant=1)
    negative = quality_metrics(LABELS, SCORES, constant=0)
    names = [f"{name}_best_constant_classifier" for name in ("recall", "precision", "accuracy", "f1")]
    assert [positive[name]["value"] for name in names] == pytest.approx([1.0, 0.6, 0.6, 0.75])
    assert [negative[name]["value"] for name in names] == pytest.approx([0.0, 0.0, 0.4, 0.0])


def test_curves_run_from_corner_to_corner():
    curves = quality_curves(LABELS, SCORES)
    roc = curves["receiver_operating_characteristic_curve"]
    assert (roc["false_positive_rates"][0], roc["true_positive_rates"][-1]) == (0.0, 1.0)
    assert len(curves["precision_recall_curve"]["precisions"]) == len(curves["precision_recall_curve"]["recalls"])
