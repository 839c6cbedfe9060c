from __future__ import annotations

import pytest

from processing.reporting.gate import decide
from processing.reporting.inputs import Thresholds
from tests.processing.reporting.examples import evaluation

MAJORITY = 0.7


@pytest.mark.parametrize(
    ("xgboost", "automl", "champion"),
    [
        (0.85, 0.84, "XGBoost"),
        (0.84, 0.85, "AutoML"),
        (0.85, 0.85, "XGBoost"),
        (0.79, 0.85, "AutoML"),
        (0.8, None, "XGBoost"),
        (0.79, None, None),
        (0.79, 0.7, None),
    ],
)
def test_the_gate_opens_for_the_most_accurate_model_and_ties_go_to_the_first(xgboost, automl, champion):
    models = tuple(
        evaluation(name, labels=[1], scores=[1], accuracy=accuracy, accuracy_lift=accuracy - MAJORITY)
        for name, accuracy in (("XGBoost", xgboost), ("AutoML", automl))
        if accuracy is not None
    )
    found = decide(models, Thresholds(accuracy=0.8, lift=0.05))
    assert (found.champion.name if found.champion else None) == champion


def test_accuracy_without_a_lift_is_not_enough():
    model = evaluation(labels=[1], scores=[1], accuracy=0.9, accuracy_lift=0.01)
    found = decide((model,), Thresholds(accuracy=0.8, lift=0.05))
    assert (found.models[0].accurate, found.models[0].above_majority) == (True, False)
    assert found.champion is None
