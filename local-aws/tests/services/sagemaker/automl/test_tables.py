"""The input of a search: what is read, and what is refused."""

from __future__ import annotations

import dataclasses
import gzip
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from local_aws.services.sagemaker.automl.columns import Column
from local_aws.services.sagemaker.automl.plan import Channel, Plan
from local_aws.services.sagemaker.automl.search.exploration import data_notebook
from local_aws.services.sagemaker.automl.search.tables import DataError, read_tables
from tests.services.sagemaker.automl.examples import ROWS, TARGET, table


def make_plan(folder: Path, content: str | bytes = table(), **members: Any) -> Plan:
    """Write training data into a folder and give a plan for them."""
    training = folder / "training"
    training.mkdir()
    (training / "table.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    return Plan(
        **{
            "target": TARGET,
            "objective": "Accuracy",
            "training": Channel(str(training), "s3://bucket/training", compressed=False),
            "validation": None,
            "validation_fraction": None,
            "algorithms": None,
            "max_candidates": None,
            "seconds_per_candidate": None,
            "seconds": 600.0,
            "deadline": time.time() + 600,
            "output": str(folder / "output"),
            **members,
        }
    )


def _rows(count: int, *fields: str) -> str:
    return "".join(f"{fields[number % len(fields)]}\n" for number in range(count))


def test_columns_are_numbers_or_text(tmp_path: Path) -> None:
    content = f"{TARGET},a,b,c,d,e\n" + _rows(ROWS, "1,1,,x,True,7", "0,2.5,NA,,False,07")

    tables = read_tables(make_plan(tmp_path, content))

    assert tables.columns == (
        Column("a", "number"),
        Column("b", "number"),
        Column("c", "text"),
        Column("d", "text"),
        Column("e", "number"),
    )
    assert tables.labels == ("0", "1")
    first, second = (tables.training.iloc[number].to_dict() for number in range(2))
    assert (first[TARGET], first["a"], first["c"], first["d"], first["e"]) == ("1", 1.0, "x", "True", 7.0)
    assert np.isnan(first["b"])
    assert second["c"] is None


def test_rows_without_target_are_left_out(tmp_path: Path) -> None:
    content = table() + ",1,2,B,1\n" * 5

    assert len(read_tables(make_plan(tmp_path, content)).training) == ROWS


def test_files_of_a_channel_belong_together(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    header, _, rows = table().partition("\n")
    more = Path(plan.training.folder) / "deep" / "more.csv"
    more.parent.mkdir()
    more.write_text(f"{header}\n{rows}")

    assert len(read_tables(plan).training) == 2 * ROWS

    more.write_text(f"{header},extra\n")
    with pytest.raises(DataError, match=r"the header of table\.csv .* differs"):
        read_tables(plan)


def test_compressed_data(tmp_path: Path) -> None:
    plan = make_plan(tmp_path, gzip.compress(table().encode()))
    compressed = dataclasses.replace(plan, training=dataclasses.replace(plan.training, compressed=True))

    assert len(read_tables(compressed).training) == ROWS
    with pytest.raises(DataError, match="cannot be read as CSV"):
        read_tables(plan)


def test_a_fraction_is_held_back_with_both_classes_in_proportion(tmp_path: Path) -> None:
    plan = make_plan(tmp_path, validation_fraction=0.25)

    tables = read_tables(plan)

    assert tables.validation is not None
    assert (len(tables.training), len(tables.validation)) == (450, 150)
    shares = [rows[TARGET].eq("yes").mean() for rows in (tables.training, tables.validation)]
    assert shares[0] == pytest.approx(shares[1], abs=0.01)
    assert read_tables(plan).validation.equals(tables.validation), "the split must be the same each time"


def test_a_validation_channel(tmp_path: Path) -> None:
    folder = tmp_path / "validation"
    folder.mkdir()
    lines = [line.split(",") for line in table(20).splitlines()]
    (folder / "v.csv").write_text("".join(",".join(reversed(fields)) + "\n" for fields in lines))
    validation = Channel(str(folder), "s3://bucket/validation", compressed=False)

    tables = read_tables(make_plan(tmp_path, validation=validation))

    assert tables.validation is not None
    assert list(tables.validation.columns) == list(tables.training.columns)
    assert (len(tables.training), len(tables.validation)) == (ROWS, 20)

    (folder / "v.csv").write_text(f"{TARGET},swing,income,borough,constant\nmaybe,1,1,B,1\n")
    with pytest.raises(DataError, match="validation rows have 'accessible' = 'maybe'"):
        read_tables(make_plan_again(tmp_path, validation))
    (folder / "v.csv").write_text(f"{TARGET},swing,income,constant\nyes,1,1,1\n")
    with pytest.raises(DataError, match="s3://bucket/validation lacks the columns 'borough'"):
        read_tables(make_plan_again(tmp_path, validation))


def make_plan_again(folder: Path, validation: Channel) -> Plan:
    """Return a plan for the training data that are in the folder already."""
    (folder / "training" / "table.csv").unlink()
    (folder / "training").rmdir()
    return make_plan(folder, validation=validation)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (table(499), "s3://bucket/training has 499 rows with a value of 'accessible'; at least 500 are needed"),
        (table(target="other"), "the target attribute 'accessible' is not a column of table.csv"),
        (table(labels=("yes",)), "every row .* has 'accessible' = 'yes'"),
        (table(labels=("a", "b", "c")), "'accessible' .* has 3 different values"),
        (f"{TARGET}\n" + _rows(ROWS, "1", "0"), "no column beside the target"),
        (f"{TARGET},a,a\n" + _rows(ROWS, "1,2,3", "0,2,3"), "has 'a' more than once"),
        (f"{TARGET},a\n" + _rows(ROWS, "1,2") + _rows(4, "0,3"), "4 training rows have 'accessible' = '0'"),
        (f"{TARGET},a\n" + _rows(ROWS, "1,inf", "0,2"), "column 'a' .* has infinite values"),
        (f"{TARGET},a\n" + _rows(ROWS, "1,2", "0,2,3"), "cannot be read as CSV"),
        ("", "cannot be read as CSV"),
        (b"\xff\xfe\x00", "cannot be read as CSV"),
    ],
)
def test_data_that_leave_nothing_to_learn_are_refused(tmp_path: Path, content: str | bytes, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read_tables(make_plan(tmp_path, content))


def test_notebook_of_data_without_text(tmp_path: Path) -> None:
    content = f"{TARGET},a|b\n" + _rows(ROWS, "1,1", "0,3")

    notebook = data_notebook(read_tables(make_plan(tmp_path, content)), "s3://bucket/training")

    assert "| a/b | 0.0 % | 2 | 1 | 2 | 3 |" in notebook


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = make_plan(tmp_path, validation=Channel("v", "s3://v", compressed=True), algorithms=("xgboost",))

    plan.write(tmp_path / "plan.json")

    assert Plan.read(tmp_path / "plan.json") == plan
