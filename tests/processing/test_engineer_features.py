from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from processing import engineer_features
from processing.feature_contract import FEATURE_SETS, feature_set, scoring_schema
from tests.processing.processed_tables import generated_table, write_partition

ROOT = Path(__file__).parents[2]
ARROW_TO_ATHENA = {"string": "string", "double": "double", "int32": "int"}


def run(folder: Path, table: pd.DataFrame, *arguments: str) -> int:
    write_partition(table, folder / "in" / "year=2026" / "month=11" / "day=03")
    return engineer_features.main(
        [
            *("--input-dir", str(folder / "in"), "--output-dir", str(folder / "out")),
            *("--message-file", str(folder / "message")),
            *arguments,
        ]
    )


@pytest.fixture(scope="module", params=FEATURE_SETS)
def output(request, tmp_path_factory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp(request.param)
    assert run(folder, generated_table(), "--feature-set", request.param) == 0
    return request.param, folder / "out"


def test_the_scoring_table_has_the_schema_of_the_contract(output):
    name, folder = output
    schema = pq.read_schema(folder / "scoring" / "scoring.parquet")
    assert [(field.name, ARROW_TO_ATHENA[str(field.type)]) for field in schema] == scoring_schema(feature_set(name))


def test_the_staged_csv_holds_the_labelled_rows_of_its_split_to_the_last_bit(output):
    name, folder = output
    scoring = pd.read_parquet(folder / "scoring" / "scoring.parquet")
    columns = ["label", *feature_set(name).feature_names]
    for split in ("train", "validation", "test"):
        staged = pd.read_csv(folder / split / f"{split}.csv", header=None, float_precision="round_trip")
        expected = scoring.loc[scoring["split"] == split, columns].to_numpy(dtype=float)
        np.testing.assert_array_equal(staged.to_numpy(dtype=float), expected)


def test_every_feature_is_exact_in_single_precision(output):
    name, folder = output
    values = pd.read_parquet(folder / "scoring" / "scoring.parquet")[list(feature_set(name).feature_names)].to_numpy(
        float
    )
    np.testing.assert_array_equal(values, values.astype(np.float32).astype(float))


def test_sites_do_not_cross_splits_and_unlabelled_rows_are_in_none(output):
    _, folder = output
    scoring = pd.read_parquet(folder / "scoring" / "scoring.parquet")
    labelled = scoring[scoring["label_known"] == 1]
    assert labelled.groupby("site_id")["split"].nunique().max() == 1
    assert (scoring.loc[scoring["label_known"] == 0, "split"] == "unlabelled").all()
    assert scoring["label"].isna().equals(scoring["label_known"] == 0)


def test_automl_gets_the_training_rows_alone_with_a_header(output):
    name, folder = output
    report = json.loads((folder / "report" / "features.json").read_text())
    automl = pd.read_csv(folder / "automl" / "train.csv")
    assert list(automl.columns) == ["label", *feature_set(name).feature_names]
    assert len(automl) == report["train_rows"]


@pytest.mark.parametrize("split", ["test", "validation"])
def test_the_held_out_rows_are_those_of_the_scoring_table_in_its_order(output, split):
    name, folder = output
    scoring = pd.read_parquet(folder / "scoring" / "scoring.parquet")
    expected = scoring.loc[scoring["split"] == split, list(feature_set(name).feature_names)].to_numpy(dtype=float)
    sent = pd.read_csv(folder / "held_out" / f"{split}.csv", header=None, float_precision="round_trip")
    np.testing.assert_array_equal(sent.to_numpy(dtype=float), expected)


def test_the_smoke_rows_are_ten_rows_of_features(output):
    name, folder = output
    smoke = pd.read_csv(folder / "smoke" / "smoke.csv", header=None)
    assert smoke.shape == (10, len(feature_set(name).features))


def test_the_report_counts_what_was_staged(output):
    name, folder = output
    report = json.loads((folder / "report" / "features.json").read_text())
    scoring = pd.read_parquet(folder / "scoring" / "scoring.parquet")
    table = generated_table()
    splits = ("train", "validation", "test", "unlabelled")
    assert report["set"] == name
    assert report["partition"] == "2026-11-03"
    assert report["joined_rows"] == len(table)
    assert report["scored_rows"] == len(scoring) == sum(report[f"{split}_rows"] for split in splits)
    assert report["columns"] == list(feature_set(name).feature_names)
    assert sum(report["exploration"]["levels"].values()) == report["playgrounds"]
    train = scoring[scoring["split"] == "train"]
    assert report["class_balance"]["train"]["positives"] == train["label"].sum()
    lab_rows = sum(report["dropped"].values()) + len(scoring) if name == "lab" else report["lab_rows"]
    assert report["lab_rows"] == lab_rows
    if name == "playground":
        assert len(scoring) == table["playground_key"].nunique()


def test_the_order_of_the_input_rows_does_not_matter(tmp_path):
    table = generated_table(200)
    outputs = []
    for name, rows in (("as_is", table), ("shuffled", table.sample(frac=1, random_state=5))):
        assert run(tmp_path / name, rows) == 0
        files = sorted(path for path in (tmp_path / name / "out").rglob("*") if path.is_file())
        outputs.append({path.relative_to(tmp_path / name): path.read_bytes() for path in files})
    assert outputs[0] == outputs[1]


@pytest.mark.parametrize(
    ("table", "arguments", "complaint"),
    [
        (generated_table(60), ["--feature-set", "parks"], "Unknown feature set 'parks'"),
        (generated_table(60), ["--train-fraction", "0.9"], "leave rows for the test split"),
        (generated_table(60).assign(Level="4"), [], "label(s) [1] only"),
        (generated_table(60).head(3), [], "has only 1 row(s)"),
        (generated_table(60).drop(columns="Accessible"), [], "lacks the column(s) Accessible"),
        (generated_table(60).assign(Adaptive_Swing=None), ["--feature-set", "lab"], "has only 0 row(s)"),
    ],
)
def test_bad_input_ends_with_a_sentence_and_writes_nothing(tmp_path, capsys, table, arguments, complaint):
    assert run(tmp_path, table, *arguments) == 1
    assert complaint in capsys.readouterr().err
    assert complaint in (tmp_path / "message").read_text()
    assert not (tmp_path / "out").exists()


def test_too_few_sites_for_three_splits_are_refused(tmp_path, capsys):
    one_park = generated_table(60).assign(Prop_ID="B001")
    assert run(tmp_path, one_park) == 1
    assert "too few to split" in capsys.readouterr().err


def test_the_script_runs_as_a_module_and_leaves_its_exit_message(tmp_path):
    (tmp_path / "output").mkdir()
    arguments = ["--input-dir", str(tmp_path), "--message-file", str(tmp_path / "output" / "message")]
    result = subprocess.run(
        [sys.executable, "-m", "processing.engineer_features", *arguments],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert (tmp_path / "output" / "message").read_text() == result.stderr.strip()
