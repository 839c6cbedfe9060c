from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from processing.decision import confusion, predicted_classes
from processing.exit_message import ProcessingError
from processing.metrics import check_scorable, class_metrics, headline_metrics, log_loss, roc_auc

LABELS = np.array([1, 1, 1, 0, 0])
SCORES = np.array([0.9, 0.6, 0.4, 0.5, 0.1])


def test_a_score_at_the_threshold_is_positive():
    assert predicted_classes(SCORES).tolist() == [1, 1, 0, 1, 0]


def test_headline_metrics_of_a_case_worked_by_hand():
    assert headline_metrics(LABELS, SCORES) == pytest.approx(
        {"accuracy": 3 / 5, "balanced_accuracy": (2 / 3 + 1 / 2) / 2, "roc_auc": 5 / 6}
        | {"log_loss": -np.log([0.9, 0.6, 0.4, 0.5, 0.9]).mean()}
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_roc_auc_and_log_loss_are_those_of_scikit_learn_with_ties_and_certainties(dtype):
    random = np.random.default_rng(5)
    for levels in (2, 5, 1000):
        labels = np.append(random.integers(0, 2, 60), [0, 1])
        scores = (random.integers(0, levels, 62) / (levels - 1)).astype(dtype)

        assert roc_auc(labels, scores) == pytest.approx(metrics.roc_auc_score(labels, scores), abs=1e-12)
        assert log_loss(labels, scores) == pytest.approx(metrics.log_loss(labels, scores), rel=1e-6)


def test_other_metrics_are_those_of_scikit_learn():
    random = np.random.default_rng(6)
    for share in (0.0, 0.3, 1.0):
        labels = np.append(random.integers(0, 2, 60), [0, 1])
        scores = np.where(random.random(62) < share, labels, random.random(62))
        predicted = predicted_classes(scores)
        precision, recall, f1, rows = metrics.precision_recall_fscore_support(labels, predicted, zero_division=0.0)

        headline, classes = headline_metrics(labels, scores), class_metrics(labels, scores)

        assert headline["accuracy"] == pytest.approx(metrics.accuracy_score(labels, predicted))
        assert headline["balanced_accuracy"] == pytest.approx(metrics.balanced_accuracy_score(labels, predicted))
        for label in (0, 1):
            expected = {"precision": precision[label], "recall": recall[label], "f1": f1[label], "rows": rows[label]}
            assert classes[str(label)] == pytest.approx(expected)


def test_metrics_of_each_class():
    classes = class_metrics(LABELS, SCORES)
    assert classes["1"] == pytest.approx({"precision": 2 / 3, "recall": 2 / 3, "f1": 2 / 3, "rows": 3})
    assert classes["0"] == pytest.approx({"precision": 1 / 2, "recall": 1 / 2, "f1": 1 / 2, "rows": 2})


def test_a_class_that_is_never_predicted_has_precision_zero():
    assert class_metrics(LABELS, np.ones(5))["0"]["precision"] == 0


def test_the_outer_key_of_the_confusion_matrix_is_the_actual_class():
    assert confusion(LABELS, SCORES) == {"0": {"0": 1, "1": 1}, "1": {"0": 1, "1": 2}}


@pytest.mark.parametrize(
    ("labels", "scores", "complaint"),
    [
        ([1, 1], [0.2, 0.3], r"label\(s\) \[1\] only"),
        ([0, 1], [0.2, np.nan], r"1 of 2 scores .* not probabilities \(first: nan"),
        ([0, 1], [-3.0, 0.5], r"first: -3.0"),
    ],
)
def test_rows_on_which_a_metric_is_undefined_are_refused(labels, scores, complaint):
    with pytest.raises(ProcessingError, match=complaint):
        check_scorable(np.array(labels), np.array(scores), "test rows")
