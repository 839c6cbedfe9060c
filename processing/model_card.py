"""The card of a model, for whoever approves it: intended use, limits, data, figures, slices, what carries the signal.

Its members and the lengths of its texts are those of the developer guide's "Model package model card schema".
Standard library only: the pipelines name the cards' files by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

CREATOR = "The pipeline playground-accessibility; the package names the execution, its code and its data"
PURPOSE = (
    "Predict whether NYC Parks puts a playground in level 4, the last of its four levels of accessibility, from what "
    "its open data say of the playground and from the IRS's income data of its ZIP codes."
)
INTENDED_USES = (
    "For analysts, by SQL: to score all playgrounds, and to find those whose level is missing or looks wrong, for a "
    "person to check. Not to decide on money or closures, not in place of an inspection, and not to tell a visitor "
    "what a playground offers."
)
LIMITS = (
    "The levels are defined partly by accessible swings, so that much of the label is read back from its definition. "
    "Income is that of ZIP codes, and so identifies places. The feeds are a snapshot of one city; other cities, other "
    "definitions of the levels, and playgrounds without a park are outside of what was measured."
)
RISK = "The rows are places in public data, not people; a wrong score costs a look at the place."
PROBLEM = "Which playgrounds have the lowest level of accessibility, those without a published level included?"
STAKEHOLDERS = "Analysts of accessibility, and the Parks department whose data they are"
ETHICS = (
    "A model that favours a borough or an income would send the look elsewhere: compare the slices, and the package's "
    "bias report, which compares each borough and each fifth of income with all others (DPPL, DI, AD, RD and others)."
)

_OBSERVATION, _TRAINING, _CAVEATS, _METRIC_NAME, _DETAIL = 2096, 1024, 2048, 255, 1024
_AXIS = 63
_MOST_VALUES = 20


def file_name(model: str) -> str:
    """Return the name of a model's card among the report's files."""
    return f"model_card_{model.lower()}.json"


def model_card(
    model: str, report: Mapping[str, Any], engineering: Mapping[str, Any], in_short: Sequence[str], feeds: str
) -> dict[str, Any]:
    """Return the content of a card.

    Parameters
    ----------
    report
        ``evaluation.json`` of the model.
    engineering
        ``features.json`` of feature engineering.
    in_short
        The report's summary, which compares the model with its baselines and with the other model.
    feeds
        When the feeds were made, in a sentence.
    """
    groups = [("figures", list(_figures(report))), *_slices(report), ("signal", list(_signal(report)))]
    return {
        "model_overview": {"model_creator": CREATOR},
        "intended_uses": {
            "purpose_of_model": PURPOSE,
            "intended_uses": INTENDED_USES,
            "factors_affecting_model_efficiency": LIMITS,
            "risk_rating": "Low",
            "explanations_for_risk_rating": RISK,
        },
        "business_details": {"business_problem": PROBLEM, "business_stakeholders": STAKEHOLDERS},
        "training_details": {"training_observations": _fit(f"{feeds} {_data(engineering)}", _TRAINING)},
        "evaluation_details": [
            {
                "name": f"{model} on test rows",
                "evaluation_observation": _fit(" ".join(report["findings"]), _OBSERVATION),
                "metric_groups": [{"name": name, "metric_data": metrics} for name, metrics in groups if metrics],
            }
        ],
        "additional_information": {
            "ethical_considerations": ETHICS,
            "caveats_and_recommendations": _fit(" ".join(in_short), _CAVEATS),
            "custom_details": {
                name: _fit(str(engineering[name]), _DETAIL)
                for name in ("partition", "set", "row", "label_rule", "seed")
            }
            | {"feeds": _fit(feeds, _DETAIL)},
        },
    }


def _data(engineering: Mapping[str, Any]) -> str:
    """Describe the rows that the model has learnt from."""
    parts = [
        f"{name}: {split['rows']} rows of {split['sites']} sites, {split['positives']} of them of level 4"
        for name, split in engineering["class_balance"].items()
    ]
    return (
        f"Processed table made on {engineering['partition']}, {engineering['playgrounds']} playgrounds; a row is "
        f"{engineering['row']}; {engineering['label_rule']}. {'; '.join(parts)}; without a label: "
        f"{engineering['unlabelled_rows']} rows, which are scored and in no metric. Rows of one site stay together."
    )


def _figures(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every figure that stands at the top of an evaluation, and its confusion matrix."""
    for name, value in report.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield {"name": name, "type": "number", "value": value}
    matrix = report["binary_classification_metrics"]["confusion_matrix"]
    yield {
        "name": "confusion matrix",
        "type": "matrix",
        "value": [[matrix[actual][predicted] for predicted in matrix] for actual in matrix],
        "x_axis_name": [f"predicted {label}" for label in matrix],
        "y_axis_name": [f"actual {label}" for label in matrix],
    }


def _slices(report: Mapping[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield a group of charts per facet: each figure by the facet's values that have it."""
    for facet, slices in report["slices"].items():
        names = dict.fromkeys(name for figures in slices.values() for name in figures)
        charts = [
            _chart(name, {value: figures.get(name) for value, figures in slices.items()}, facet) for name in names
        ]
        yield f"by {facet}"[:_AXIS], [chart for chart in charts if chart["value"]]


def _signal(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what shuffling each group of features costs; nothing where it was not measured."""
    importance = report["permutation_importance"] or {"groups": []}
    for figure in ("roc_auc_drop", "accuracy_drop"):
        chart = _chart(figure, {group["name"]: group[figure]["mean"] for group in importance["groups"]}, "shuffled")
        if chart["value"]:
            yield chart


def _chart(name: str, bars: Mapping[str, Any], axis: str) -> dict[str, Any]:
    """Return a bar chart of the values that are numbers."""
    shown = {bar[:_AXIS]: value for bar, value in bars.items() if isinstance(value, int | float)}
    kept = dict(list(shown.items())[:_MOST_VALUES])
    return {
        "name": f"{name} by {axis}"[:_METRIC_NAME],
        "type": "bar_chart",
        "value": list(kept.values()),
        "x_axis_name": list(kept),
        "y_axis_name": name[:_AXIS],
    }


def _fit(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
