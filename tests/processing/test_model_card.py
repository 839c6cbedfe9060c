"""A model's card: within AWS's schema, and with the figures of the evaluation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from processing.model_card import file_name, model_card
from tests.processing.test_report import write

MOST_CHARACTERS = 100_000


@pytest.fixture(scope="module")
def cards(evaluated_run, tmp_path_factory) -> dict[str, dict[str, Any]]:
    """The cards that the report's script writes, by the model's name."""
    folder = tmp_path_factory.mktemp("report")
    write(evaluated_run, folder)
    return {name: json.loads((folder / "report" / file_name(name)).read_text()) for name in ("XGBoost", "AutoML")}


@pytest.fixture(scope="module")
def schema() -> Any:
    """The SDK's model of a card; the XGBoost container, where these tests also run, has no SDK."""
    return pytest.importorskip("sagemaker.core.shapes.model_card_shapes").ModelCardContent


def figures(card: dict[str, Any], group: str) -> dict[str, Any]:
    """Return a group's figures by their names; a chart as a dictionary of its bars."""
    (evaluation,) = card["evaluation_details"]
    (found,) = (each for each in evaluation["metric_groups"] if each["name"] == group)
    return {
        metric["name"]: dict(zip(metric["x_axis_name"], metric["value"], strict=True))
        if metric["type"] == "bar_chart"
        else metric["value"]
        for metric in found["metric_data"]
    }


@pytest.mark.parametrize("name", ["XGBoost", "AutoML"])
def test_card_follows_the_schema_of_the_sdk(schema, cards, name):
    card = cards[name]

    read = schema.model_validate(card).model_dump(mode="json", exclude_unset=True)

    assert read == card  # a member that the schema does not know would be gone
    assert len(json.dumps(card)) < MOST_CHARACTERS / 2
    # A package's card has no more of these.
    assert card["model_overview"].keys() <= {"model_creator", "model_artifact"}


def test_figures_and_slices_are_those_of_the_evaluation(cards, evaluated_run):
    evaluation = json.loads((evaluated_run.evaluation / "evaluation.json").read_text())
    card = cards["XGBoost"]

    shown = figures(card, "figures")
    assert {name: shown[name] for name in ("accuracy", "roc_auc", "majority_accuracy", "rule_accuracy")} == {
        name: evaluation[name] for name in ("accuracy", "roc_auc", "majority_accuracy", "rule_accuracy")
    }
    for facet, slices in evaluation["slices"].items():
        accuracy = figures(card, f"by {facet}")[f"accuracy by {facet}"]
        assert accuracy == {value: figures["accuracy"] for value, figures in slices.items()}
    groups = evaluation["permutation_importance"]["groups"]
    drops = figures(card, "signal")["roc_auc_drop by shuffled"]
    assert drops == {group["name"]: group["roc_auc_drop"]["mean"] for group in groups}


def test_card_says_what_the_model_is_for_and_what_limits_it(cards):
    card = cards["AutoML"]

    assert "level 4" in card["intended_uses"]["purpose_of_model"]
    assert "Not to decide" in card["intended_uses"]["intended_uses"]
    assert "definition" in card["intended_uses"]["factors_affecting_model_efficiency"]
    assert "rows of" in card["training_details"]["training_observations"]
    assert card["additional_information"]["caveats_and_recommendations"].startswith("On ")


def test_long_text_is_cut_to_what_the_schema_allows(schema):
    engineering = {
        "partition": "2026-11-29",
        "set": "playground",
        "row": "x" * 2000,
        "label_rule": "y",
        "seed": 1,
        "playgrounds": 1,
        "unlabelled_rows": 0,
        "class_balance": {},
    }
    report = {
        "accuracy": 1.0,
        "findings": ["z" * 5000],
        "slices": {},
        "permutation_importance": None,
        "binary_classification_metrics": {"confusion_matrix": {"0": {"0": 1, "1": 0}, "1": {"0": 0, "1": 1}}},
    }

    card = model_card("XGBoost", report, engineering, ["a" * 5000], "b" * 5000)

    assert schema.model_validate(card)
    assert len(card["training_details"]["training_observations"]) == 1024
    assert card["evaluation_details"][0]["evaluation_observation"].endswith("…")
