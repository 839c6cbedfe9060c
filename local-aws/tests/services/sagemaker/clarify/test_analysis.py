"""The analysis of a dataset: its configuration, columns, report, and comparison with a baseline."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from local_aws.services.sagemaker.clarify.analysis import analyse, compare, select
from local_aws.services.sagemaker.clarify.configuration import read_configuration
from local_aws.services.sagemaker.model_monitor.errors import AnalysisError
from local_aws.services.sagemaker.model_monitor.tables import Table

TABLE = Table(
    {
        "approved": list[str | None](["yes", "no", "yes", "yes", "yes", "no"]),
        "sex": list[str | None](["f", "f", "m", "m", "m", "m"]),
        "guess": list[str | None](["no", "no", "yes", "yes", "yes", "no"]),
    }
)


def configuration(**changes: Any) -> dict[str, Any]:
    return {
        "dataset_type": "text/csv",
        "headers": list(TABLE.columns),
        "label": "approved",
        "label_values_or_threshold": ["yes"],
        "facet": [{"name_or_index": "sex", "value_or_threshold": ["f"]}],
        "methods": {"pre_training_bias": {"methods": ["DPL", "CI"]}, "report": {"name": "report"}},
        **changes,
    }


def test_report_has_the_metrics_of_each_facet() -> None:
    analysis = analyse(TABLE, read_configuration(configuration()), None)

    assert analysis == {
        "version": "1.0",
        "pre_training_bias_metrics": {
            "label": "approved",
            "facets": {
                "sex": [
                    {
                        "value_or_threshold": "f",
                        "metrics": [
                            {"name": "CI", "description": "Class Imbalance (CI)", "value": pytest.approx(1 / 3)},
                            {
                                "name": "DPL",
                                "description": "Difference in Positive Proportions in Labels (DPL)",
                                "value": 0.25,
                            },
                        ],
                    }
                ]
            },
            "label_value_or_threshold": "yes",
        },
    }


def test_facet_without_values_is_reported_value_by_value() -> None:
    read = read_configuration(configuration(facet=[{"name_or_index": 1}]))
    facets = analyse(TABLE, read, None)["pre_training_bias_metrics"]["facets"]["sex"]
    assert [facet["value_or_threshold"] for facet in facets] == ["f", "m"]


def test_metric_that_cannot_be_computed_says_why() -> None:
    read = read_configuration(configuration(methods={"pre_training_bias": {"methods": ["CDDL"]}}))
    (facet,) = analyse(TABLE, read, None)["pre_training_bias_metrics"]["facets"]["sex"]
    assert facet["metrics"][0]["value"] is None
    assert facet["metrics"][0]["error"] == "Group variable is empty or not provided"


def test_predictions_give_the_metrics_after_training() -> None:
    read = read_configuration(configuration(methods={"post_training_bias": {"methods": ["DPPL", "TE"]}}))
    section = analyse(TABLE, read, ["no", "no", "yes", "yes", "yes", "no"])["post_training_bias_metrics"]
    values = {metric["name"]: metric["value"] for metric in section["facets"]["sex"][0]["metrics"]}
    assert values == {"DPPL": 0.75, "TE": "Infinity"}


def test_metric_farther_from_fair_than_the_baseline_is_a_violation() -> None:
    analysis = analyse(TABLE, read_configuration(configuration()), None)
    baseline = copy.deepcopy(analysis)
    assert compare(analysis, baseline) == []

    baseline["pre_training_bias_metrics"]["facets"]["sex"][0]["metrics"][1]["value"] = -0.2
    assert compare(analysis, baseline) == [
        {
            "facet": "sex",
            "facet_value": "f",
            "metric_name": "DPL",
            "constraint_check_type": "bias_drift_check",
            "description": "Value 0.25 does not meet the constraint requirement",
        }
    ]
    baseline["pre_training_bias_metrics"]["facets"]["sex"][0]["metrics"][1]["value"] = -0.3
    assert compare(analysis, baseline) == []


@pytest.mark.parametrize(
    ("column", "values", "rows", "written"),
    [
        (["1", "0", "1"], [1, 2], "101", "1,2"),
        (["0.2", "0.5", "0.9"], [0.5], "001", "(0.5, 0.9]"),
        (["20", "40", "60"], [30], "011", "(30, 60]"),
        (["1", "0"] * 50, [1], "10" * 50, "1"),
    ],
)
def test_column_is_categories_or_split_at_a_threshold(
    column: list[str], values: list[Any], rows: str, written: str
) -> None:
    flags, shown = select(column, values, "c")
    assert ("".join("1" if flag else "0" for flag in flags), shown) == (rows, written)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"methods": {"pdp": {}}}, "local_aws does not support the method pdp of Clarify's image"),
        ({"methods": {"report": {}}}, "must have one of pre_training_bias, post_training_bias"),
        ({"methods": {"pre_training_bias": {"methods": ["DI"]}}}, "pre_training_bias must be among CDDL, .*; got DI"),
        ({"dataset_type": "application/jsonlines"}, "local_aws does not support dataset_type application/jsonlines"),
        ({"facet_dataset_uri": "s3://b/k"}, "local_aws does not support facet_dataset_uri"),
        ({"headers": None}, "local_aws needs the headers"),
        ({"label": "sold"}, "the dataset has no column 'sold'; its headers are approved"),
        ({"facet": []}, "bias metrics need facet"),
    ],
)
def test_configuration_that_is_not_done_is_refused_by_name(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(AnalysisError, match=words):
        read_configuration(configuration(**changes))


def test_label_without_positive_rows_is_refused() -> None:
    read = read_configuration(configuration(label_values_or_threshold=["perhaps"]))
    with pytest.raises(AnalysisError, match=r"no label in column 'approved' is positive by .* \['perhaps'\]"):
        analyse(TABLE, read, None)


@pytest.mark.parametrize(
    ("predictions", "words"),
    [
        (["0.1", "0.2", "0.3", "0.4", "0.5", "0.6"], "datatype is not the same as Label .* set probability_threshold"),
        (["no"] * 6, r"no prediction is positive by label_values_or_threshold \['yes'\]"),
    ],
)
def test_predictions_that_do_not_fit_the_label_are_refused(predictions: list[str], words: str) -> None:
    read = read_configuration(configuration(methods={"post_training_bias": {"methods": "all"}}))
    with pytest.raises(AnalysisError, match=words):
        analyse(TABLE, read, predictions)
