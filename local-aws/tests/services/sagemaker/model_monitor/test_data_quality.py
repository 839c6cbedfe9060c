"""Statistics, suggested constraints and violations of datasets, against figures worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local_aws.services.sagemaker.model_monitor.constraints import check_constraints, suggest_constraints
from local_aws.services.sagemaker.model_monitor.errors import AnalysisError
from local_aws.services.sagemaker.model_monitor.sketches import numerical_distance, sketch
from local_aws.services.sagemaker.model_monitor.statistics import compute_statistics
from local_aws.services.sagemaker.model_monitor.tables import Table, read_table
from local_aws.services.sagemaker.model_monitor.value_types import inferred_type

CSV = {"csv": {"header": True}}
ROWS = "age,height,city\n20,1.5,Bern\n30,1.5,Bern\n40,,Graz\n50,2.0,Bern\n"


def table(tmp_path: Path, text: str, dataset_format: dict[str, Any] = CSV, name: str = "data") -> Table:
    file = tmp_path / name
    file.write_text(text)
    read = read_table(tmp_path, dataset_format)
    file.unlink()
    return read


def check(tmp_path: Path, baseline: str, current: str, **settings: Any) -> list[tuple[str, str, str]]:
    first, second = table(tmp_path, baseline), table(tmp_path, current)
    constraints = suggest_constraints(first)
    constraints["monitoring_config"] = {**constraints["monitoring_config"], **settings}
    violations = check_constraints(second, compute_statistics(second), constraints, compute_statistics(first))
    return [(each["feature_name"], each["constraint_check_type"], each["description"]) for each in violations]


def test_statistics_of_numbers(tmp_path: Path) -> None:
    statistics = compute_statistics(table(tmp_path, ROWS))

    age, height, _ = statistics["features"]
    assert statistics["dataset"] == {"item_count": 4}
    assert (age["name"], age["inferred_type"], height["inferred_type"]) == ("age", "Integral", "Fractional")
    numbers = age["numerical_statistics"]
    assert numbers["common"] == {"num_present": 4, "num_missing": 0}
    assert (numbers["mean"], numbers["sum"], numbers["min"], numbers["max"]) == (35.0, 140.0, 20.0, 50.0)
    assert numbers["std_dev"] == pytest.approx(11.180339887)
    assert height["numerical_statistics"]["common"] == {"num_present": 3, "num_missing": 1}


def test_distribution_has_ten_buckets_and_the_values(tmp_path: Path) -> None:
    kll = compute_statistics(table(tmp_path, ROWS))["features"][0]["numerical_statistics"]["distribution"]["kll"]

    assert [bucket["count"] for bucket in kll["buckets"]] == [1, 0, 0, 1, 0, 0, 1, 0, 0, 1]
    assert kll["buckets"][3] == {"lower_bound": 29.0, "upper_bound": 32.0, "count": 1.0}
    assert kll["sketch"] == {"parameters": {"c": 0.64, "k": 2048.0}, "data": [[20.0, 30.0, 40.0, 50.0]]}


def test_statistics_of_text(tmp_path: Path) -> None:
    city = compute_statistics(table(tmp_path, ROWS))["features"][2]

    assert city["string_statistics"] == {
        "common": {"num_present": 4, "num_missing": 0},
        "distinct_count": 2.0,
        "distribution": {"categorical": {"buckets": [{"value": "Bern", "count": 3}, {"value": "Graz", "count": 1}]}},
    }


def test_suggested_constraints(tmp_path: Path) -> None:
    features = suggest_constraints(table(tmp_path, ROWS))["features"]

    non_negative = {"is_non_negative": True}
    assert features == [
        {"name": "age", "inferred_type": "Integral", "completeness": 1.0, "num_constraints": non_negative},
        {"name": "height", "inferred_type": "Fractional", "completeness": 0.75, "num_constraints": non_negative},
        {
            "name": "city",
            "inferred_type": "String",
            "completeness": 1.0,
            "string_constraints": {"domains": ["Bern", "Graz"]},
        },
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "-2", None], "Integral"),
        (["1", "2.5"], "Fractional"),
        (["1e5"], "Fractional"),
        (["1", "x"], "String"),
        (["true"], "String"),
        ([".5"], "String"),
        ([None], "Unknown"),
    ],
)
def test_type_is_inferred_from_what_is_written(values: list[str | None], expected: str) -> None:
    assert inferred_type(values) == expected


def test_csv_without_header_has_numbered_columns(tmp_path: Path) -> None:
    assert list(table(tmp_path, "1,2\n3,4\n", {"csv": {"header": False}}).columns) == ["_c0", "_c1"]


def test_json_lines_keep_how_numbers_are_written(tmp_path: Path) -> None:
    text = '{"a": 1, "b": 1.0, "c": null}\n{"a": 2, "b": 2.5, "c": true}\n'
    columns = table(tmp_path, text, {"json": {"lines": True}}).columns

    assert columns == {"a": ["1", "2"], "b": ["1.0", "2.5"], "c": [None, "true"]}


@pytest.mark.parametrize(
    ("text", "dataset_format", "words"),
    [
        ("a,b\n1\n", CSV, "data has 2 columns, but row 2 has 1"),
        ("a,a\n1,2\n", CSV, "data has two columns of one name"),
        ("a\n", CSV, "the dataset has no rows"),
        ('{"a": {"b": 1}}', {"json": {"lines": True}}, "local_aws does not support nested JSON: 'a' of data"),
        ("{", {"json": {"lines": True}}, "data is not the JSON that dataset_format says"),
        ("x", {"parquet": {}}, "local_aws does not support dataset_format"),
    ],
)
def test_dataset_that_cannot_be_read(tmp_path: Path, text: str, dataset_format: dict[str, Any], words: str) -> None:
    with pytest.raises(AnalysisError, match=words):
        table(tmp_path, text, dataset_format)


def test_dataset_meets_its_own_constraints(tmp_path: Path) -> None:
    assert check(tmp_path, ROWS, ROWS) == []


def test_other_type_is_a_violation(tmp_path: Path) -> None:
    assert check(tmp_path, "a\n1\n2\n", "a\n1\n1.5\n") == [
        (
            "a",
            "data_type_check",
            "Data type match requirement is not met. Expected data type: Integral, Expected match: 100.0%. "
            "Observed: Only 50.0% of data is Integral.",
        )
    ]
    assert check(tmp_path, "a\n1\n2\n", "a\n1\n1.5\n", datatype_check_threshold=0.5) == []


def test_missing_values_and_unknown_categories_are_violations(tmp_path: Path) -> None:
    violations = check(tmp_path, "a,b\nx,1\ny,2\n", "a,b\nx,1\nz,\n")
    assert [(name, kind) for name, kind, _ in violations] == [
        ("a", "categorical_values_check"),
        ("b", "completeness_check"),
    ]
    assert violations[0][2].startswith("Value: 0.5 does not meet")


@pytest.mark.parametrize(
    ("current", "kinds"),
    [
        ("a\n1\n", ["missing_column_check"]),
        ("a,c\n1,2\n", ["missing_column_check"]),
        ("a,b,c\n1,2,3\n", ["extra_column_check"]),
    ],
)
def test_other_columns_are_violations(tmp_path: Path, current: str, kinds: list[str]) -> None:
    assert [kind for _, kind, _ in check(tmp_path, "a,b\n1,2\n", current)] == kinds


def test_drift_is_the_distance_less_what_small_samples_differ_by(tmp_path: Path) -> None:
    low, high = ("a\n" + "\n".join(map(str, range(start, start + 100))) for start in (0, 50))
    # Half of each lies outside of the other; 1.8 * sqrt(200 / 10000) is 0.2546.
    ((name, kind, description),) = check(tmp_path, low, high)
    assert (name, kind) == ("a", "baseline_drift_check")
    assert float(description.split()[3]) == pytest.approx(0.5 - 1.8 * 0.02**0.5)
    assert description.endswith("exceeds threshold: 0.1")


def test_drift_of_categories(tmp_path: Path) -> None:
    violations = check(tmp_path, "a\n" + "x\ny\n" * 200, "a\n" + "x\n" * 399 + "y\n")
    assert [kind for _, kind, _ in violations] == ["baseline_drift_check"]


def test_sketch_of_many_values_keeps_the_distribution() -> None:
    values = [float(value) for value in range(10_000)]
    data = sketch(values)

    assert sum(len(level) * 2**height for height, level in enumerate(data)) == 10_000
    assert max(map(len, data)) <= 2048
    assert numerical_distance(data, [values[:2000]], robust=False) == pytest.approx(0.8, abs=0.002)


def test_constraints_that_are_disabled_are_not_evaluated(tmp_path: Path) -> None:
    assert check(tmp_path, "a\n1\n", "a\nx\n", evaluate_constraints="Disabled") == []


def test_figures_are_plain_json(tmp_path: Path) -> None:
    assert json.loads(json.dumps(compute_statistics(table(tmp_path, ROWS))))
