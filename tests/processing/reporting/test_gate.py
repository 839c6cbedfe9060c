from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from processing.reporting.gate import BASELINE, MAJORITY, SERVING, as_json, decide, rank
from processing.reporting.inputs import Evaluation, Thresholds
from processing.serving import Serving
from tests.processing.reporting.examples import evaluation

ROWS = 300
THRESHOLDS = Thresholds(accuracy=0.5, margin=0.02, minimum_rows=100)
NOTHING = Serving("none", None, "nothing serves at endpoint x")
RANDOM = np.random.default_rng(4)
LABELS = (RANDOM.random(ROWS) < 0.6).astype(int)


def scores(signal: float, seed: int = 0) -> np.ndarray:
    """Scores that follow the labels the more closely the larger the signal is."""
    noise = np.random.default_rng(seed).normal(size=ROWS)
    return 1 / (1 + np.exp(-(4 * signal * (LABELS - 0.5) + noise)))


def model(
    name: str = "XGBoost",
    signal: float = 0.8,
    baseline: float = 0.5,
    loss: float = 0.3,
    folds: dict[str, Any] | None = None,
) -> Evaluation:
    own = scores(signal)
    return evaluation(
        name,
        labels=LABELS,
        scores=own,
        columns={"rule_score": scores(baseline, 1), "table_score": scores(baseline, 1)},
        validation={"log_loss": loss},
        accuracy=float(((own >= 0.5) == LABELS).mean()),
        majority_class=1,
        best_baseline="table",
        table={"description": "table of a and b (5 cells)"},
        folds=folds,
    )


@pytest.mark.parametrize(
    ("losses", "champion"),
    [((0.30, 0.32), "XGBoost"), ((0.32, 0.30), "AutoML"), ((0.3004, 0.3), "XGBoost"), ((0.3, 0.3), "XGBoost")],
)
def test_the_champion_has_the_lowest_log_loss_of_the_validation_rows_and_ties_go_to_the_simpler(losses, champion):
    models = tuple(model(name, loss=loss) for name, loss in zip(("XGBoost", "AutoML"), losses, strict=True))
    assert rank(models)[0].name == champion


def test_the_better_model_of_the_test_rows_is_not_the_champion_if_the_validation_rows_speak_against_it():
    found = decide((model(signal=0.7, loss=0.2), model("AutoML", signal=0.9, loss=0.4)), THRESHOLDS, NOTHING, seed=1)
    assert found.preferred == found.champion == "XGBoost"


def test_a_model_above_majority_and_baseline_passes_and_its_figures_are_in_the_decision():
    found = decide((model(),), THRESHOLDS, NOTHING, seed=1)
    assert found.champion == "XGBoost"
    assert found.requirement(MAJORITY).lead.low > 0
    assert found.requirement(SERVING).lead is None and found.requirement(SERVING).holds
    written = as_json(found)
    assert (written["gate"], written["champion"], written["baseline"]) == (
        "open",
        "XGBoost",
        "table of a and b (5 cells)",
    )
    assert "nothing serves" in written["requirements"][2]["note"]


def test_a_model_like_the_majority_class_fails():
    constant = model()
    constant.predictions["score"] = 0.6
    found = decide((constant,), THRESHOLDS, NOTHING, seed=1)
    assert not found.requirement(MAJORITY).holds
    assert found.champion is None
    assert as_json(found)["champion"] == "none"


def test_a_model_that_ranks_worse_than_the_baseline_fails_beyond_the_margin():
    worse = model(signal=0.3, baseline=0.6)
    found = decide((worse,), THRESHOLDS, NOTHING, seed=1)
    assert found.requirement(BASELINE).lead.low < -0.02
    assert found.champion is None
    assert decide((worse,), Thresholds(0.5, 0.9, 100), NOTHING, seed=1).champion == "XGBoost"


def on_folds(mean: float, error: float = 0.006) -> dict[str, Any]:
    above = {"model_above_table": {"mean": mean, "standard_error": error}}
    return {"folds": 5, "repeats": 2, "rows": 1200, "site": {"roc_auc": above}}


@pytest.mark.parametrize(("mean", "passes"), [(-0.002, True), (-0.015, False)])
def test_where_the_test_rows_leave_it_open_the_folds_decide(mean, passes):
    found = decide((model(signal=0.5, baseline=0.5, folds=on_folds(mean)),), THRESHOLDS, NOTHING, seed=1)
    requirement = found.requirement(BASELINE)
    assert requirement.lead.low < -THRESHOLDS.margin < 0 < requirement.lead.high
    assert requirement.folds.low == pytest.approx(mean - 1.833 * 0.006, abs=1e-4)
    assert requirement.holds == requirement.holds_by_folds == passes
    assert (found.champion == "XGBoost") == passes


def test_the_folds_do_not_save_a_model_that_the_test_rows_show_to_be_worse():
    found = decide((model(signal=0.3, baseline=0.6, folds=on_folds(0.01)),), THRESHOLDS, NOTHING, seed=1)
    assert found.requirement(BASELINE).lead.high < 0
    assert found.champion is None


def test_the_next_model_is_judged_if_the_first_does_not_pass():
    models = (model(loss=0.3), model("AutoML", signal=0.3, baseline=0.6, loss=0.2))
    found = decide(models, THRESHOLDS, NOTHING, seed=1)
    assert (found.champion, found.passed_over) == ("XGBoost", ("AutoML",))
    neither = decide((model(signal=0.3, baseline=0.6, loss=0.3), models[1]), THRESHOLDS, NOTHING, seed=1)
    assert (neither.champion, neither.preferred, neither.passed_over) == (None, "AutoML", ())


def test_few_test_rows_and_an_accuracy_below_the_floor_keep_the_gate_shut():
    assert decide((model(),), Thresholds(0.5, 0.02, ROWS + 1), NOTHING, seed=1).champion is None
    assert decide((model(),), Thresholds(0.9999, 0.02, 100), NOTHING, seed=1).champion is None


def test_a_model_worse_than_what_serves_fails():
    found = decide((model(signal=0.5),), THRESHOLDS, Serving("arn/1", scores(1.2, 2), "version 1"), seed=1)
    assert found.requirement(SERVING).lead.low < -0.02
    assert found.champion is None


def test_the_same_model_as_the_one_that_serves_is_not_inferior():
    lead = decide((model(),), THRESHOLDS, Serving("arn/1", scores(0.8), "version 1"), seed=1).requirement(SERVING).lead
    assert (lead.estimate, lead.low, lead.rows) == (0, 0, ROWS)


def test_only_rows_that_tell_of_what_serves_are_compared_and_too_few_are_said_to_be():
    known = np.where(np.arange(ROWS) < 150, scores(0.8), np.nan)
    assert decide((model(),), THRESHOLDS, Serving("arn/1", known, "v"), seed=1).requirement(SERVING).lead.rows == 150
    few = np.where(np.arange(ROWS) < 20, scores(0.8), np.nan)
    requirement = decide((model(),), THRESHOLDS, Serving("arn/1", few, "version 1"), seed=1).requirement(SERVING)
    assert requirement.lead is None
    assert requirement.holds
    assert "20 rows are too few" in requirement.note
