"""Feature engineering: from the processed table to staged splits and the scoring table.

Run in a processing container as ``python3 -m processing.engineer_features``, with the folder above this package on
``PYTHONPATH``. It writes one sub-folder per output: train, validation, test, held_out, automl, scoring, smoke
and report.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from processing.exit_message import ProcessingError, add_message_argument, run_script
from processing.exploration import explore
from processing.feature_contract import (
    LABEL,
    SMOKE_ROWS,
    SPLITS,
    UNLABELLED,
    FeatureSet,
    UnknownFeatureSetError,
    feature_set,
)
from processing.generated_data import is_generated
from processing.lab_features import build_lab_rows
from processing.playground_features import build_playground_rows
from processing.processed_table import lab_join_rows, newest_complete_partition, read_processed_table
from processing.splits import SplitFractions, split_by_site
from processing.staging import to_contract, write_scoring, write_smoke_rows, write_splits
from processing.table_columns import KEY


@dataclass(frozen=True)
class EngineeredFeatures:
    """Rows in the contract's columns, and a report of how they were built."""

    rows: pd.DataFrame
    report: dict[str, Any]


def engineer_features(
    table: pd.DataFrame, features: FeatureSet, fractions: SplitFractions, seed: int
) -> EngineeredFeatures:
    """Build the rows of a feature set from a checked processed table, and split the labelled ones by site.

    Raises
    ------
    ProcessingError
        The table has too few rows, or a split lacks one of the classes.
    """
    report: dict[str, Any] = {
        "set": features.name,
        "row": features.row,
        "label_rule": features.label_rule,
        "seed": seed,
        "joined_rows": len(table),
        "lab_rows": lab_join_rows(table),
        "playgrounds": int(table[KEY].nunique()),
        "exploration": explore(table),
    }
    if features.name == "lab":
        lab = build_lab_rows(table)
        rows = lab.rows
        report |= {
            "lab_positive_fraction": lab.joined_positive_fraction,
            "complete_rows": lab.complete,
            "dropped": lab.dropped,
            "lacking_columns": lab.lacking,
        }
    else:
        rows = build_playground_rows(table)
        report |= {"dropped": {}}
    if len(rows) < SMOKE_ROWS:
        raise ProcessingError(
            f"The feature set {features.name} has only {len(rows)} row(s) of the {len(table)} of the processed table "
            f"(dropped: {report['dropped'] or 'none'}); at least {SMOKE_ROWS} are needed. Check the feeds."
        )
    rows = to_contract(_with_split(rows, fractions, seed), features)
    return EngineeredFeatures(rows, report | _describe(rows, features))


def _with_split(rows: pd.DataFrame, fractions: SplitFractions, seed: int) -> pd.DataFrame:
    known = rows["label_known"] == 1
    classes = sorted(rows.loc[known, LABEL].unique())
    if len(classes) < 2:
        raise ProcessingError(
            f"The {known.sum()} labelled rows have the label(s) {[int(label) for label in classes]} only; a classifier "
            "needs both classes. Check the column Level of the playgrounds feed."
        )
    split = pd.Series(UNLABELLED, index=rows.index, dtype=object)
    split[known] = split_by_site(rows.loc[known, "site_id"], rows.loc[known, LABEL], fractions, seed)
    rows = rows.assign(split=split)
    for name in SPLITS:
        members = rows.loc[rows["split"] == name, LABEL]
        if members.nunique() < 2:
            raise ProcessingError(
                f"The {name} split has {len(members)} row(s) of one class at most: {known.sum()} labelled rows of "
                f"{rows['site_id'].nunique()} sites are too few to split. Use more data or another --seed."
            )
    return rows


def _describe(rows: pd.DataFrame, features: FeatureSet) -> dict[str, Any]:
    """Return the row counts, class balance and columns of the output."""
    counts = {split: int((rows["split"] == split).sum()) for split in (*SPLITS, UNLABELLED)}
    balance = {}
    for split in SPLITS:
        members = rows[rows["split"] == split]
        balance[split] = {
            "rows": len(members),
            "sites": int(members["site_id"].nunique()),
            "positives": int(members[LABEL].sum()),
            "positive_fraction": float(members[LABEL].mean()),
        }
    return {
        "scored_rows": len(rows),
        "labelled_rows": sum(counts[split] for split in SPLITS),
        **{f"{split}_rows": count for split, count in counts.items()},
        "class_balance": balance,
        "missing_values": {
            feature.name: int(rows[feature.name].isna().sum()) for feature in features.features if feature.nullable
        },
        "columns": list(features.feature_names),
    }


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    defaults = SplitFractions()
    parser = argparse.ArgumentParser(prog="engineer_features", description=__doc__)
    parser.add_argument("--input-dir", type=Path, default=Path("/opt/ml/processing/input/data"))
    parser.add_argument("--output-dir", type=Path, default=Path("/opt/ml/processing/output"))
    parser.add_argument("--feature-set", default="playground")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--train-fraction", type=float, default=defaults.train)
    parser.add_argument("--validation-fraction", type=float, default=defaults.validation)
    add_message_argument(parser)
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace) -> None:
    try:
        features = feature_set(options.feature_set)
        fractions = SplitFractions(options.train_fraction, options.validation_fraction)
    except (UnknownFeatureSetError, ValueError) as error:
        raise ProcessingError(str(error)) from error
    partition = newest_complete_partition(options.input_dir)
    engineered = engineer_features(read_processed_table(partition), features, fractions, options.seed)
    report = {
        "partition": partition.label,
        "data_version": os.environ.get("DATA_VERSION"),
        "generated": is_generated(engineered.rows["name"]),
    } | engineered.report

    write_splits(engineered.rows, features, options.output_dir)
    write_scoring(engineered.rows, features, options.output_dir)
    write_smoke_rows(engineered.rows, features, options.output_dir)
    report_file = options.output_dir / "report" / "features.json"
    report_file.parent.mkdir(parents=True, exist_ok=True)
    report_file.write_text(json.dumps(report, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    print(
        f"Partition {report['partition']}: {report['joined_rows']} joined rows, {report['scored_rows']} rows of the "
        f"{features.name} set, of which {report['train_rows']} train, {report['validation_rows']} validation, "
        f"{report['test_rows']} test and {report['unlabelled_rows']} without a label."
    )
    if lacking := report.get("lacking_columns"):
        print(f"The table has no values of the lab's column(s) {', '.join(lacking)}; no feature needs them.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; return its exit code."""
    options = _parse(arguments)
    return run_script(lambda: _run(options), options.message_file)


if __name__ == "__main__":
    sys.exit(main())
