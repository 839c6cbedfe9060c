"""A snapshot of the processed table: what features are engineered from, and what Model Monitor checks before.

Run in a processing container as ``python3 -m processing.snapshot_data``. The output ``table`` holds the newest complete
partition as it is, ``quality`` the same rows as CSV, which Model Monitor reads and Parquet it does not: so features are
made of the very rows that were checked, whatever is imported in between.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from processing.exit_message import add_message_argument, run_script
from processing.labels import borough_names
from processing.processed_table import (
    BRACKET,
    COUNT_COLUMNS,
    Partition,
    newest_complete_partition,
    read_processed_table,
)

CODES = ("Accessible", "Level", "Adaptive_Swing", "zip_match")


def quality_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return what has a type, a domain or a distribution to check, a row per row of the processed table.

    Identifiers and names are left out: none of them is like that of another row. What the features take from them is
    there instead: the borough, and whether a school shares the playground.
    """
    return pd.DataFrame(
        {
            "borough": borough_names(table["Prop_ID"]),
            "jointly_operated": table["School_ID"].notna().map({True: "Y", False: "N"}),
            **{column: table[column] for column in CODES},
            # To Model Monitor a 41 among fractions would be a violation.
            **{column: pd.to_numeric(table[column]).astype(float) for column in ("lat", "lon")},
            **{column: table[column] for column in (BRACKET, *COUNT_COLUMNS)},
        }
    )


def write_snapshot(partition: Partition, input_dir: Path, output_dir: Path) -> int:
    """Write both outputs; return the number of rows."""
    rows = quality_rows(read_processed_table(partition))
    target = output_dir / "table" / partition.folder.relative_to(input_dir)
    shutil.copytree(partition.folder, target, dirs_exist_ok=True)
    quality = output_dir / "quality"
    quality.mkdir(parents=True, exist_ok=True)
    rows.to_csv(quality / "processed_table.csv", index=False, lineterminator="\n")
    return len(rows)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="snapshot_data", description=__doc__)
    parser.add_argument("--input-dir", type=Path, default=Path("/opt/ml/processing/input/data"))
    parser.add_argument("--output-dir", type=Path, default=Path("/opt/ml/processing/output"))
    add_message_argument(parser)
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace) -> None:
    partition = newest_complete_partition(options.input_dir)
    rows = write_snapshot(partition, options.input_dir, options.output_dir)
    print(f"Partition {partition.label}: {rows} rows of the processed table.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; return its exit code."""
    options = _parse(arguments)
    return run_script(lambda: _run(options), options.message_file)


if __name__ == "__main__":
    sys.exit(main())
