"""Reading the processed table: the newest complete partition, checked for feature engineering."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from processing.exit_message import ProcessingError
from processing.table_columns import INCOME_COUNTS, KEY, LAB_COLUMNS, PLAYGROUND_FIELDS, ZIP_MATCHES
from processing.value_domains import (
    EDIT_REMEDY,
    INCOME_DOMAINS,
    PLAYGROUND_DOMAINS,
    UNUSED_INCOME_COUNTS,
    UNUSED_PLAYGROUND_FIELDS,
    Domain,
    OutsideDomainError,
    outside_domain,
)

BRACKET = LAB_COLUMNS["agi_stub"]
RETURNS = LAB_COLUMNS["N1"]
COUNT_COLUMNS = tuple(LAB_COLUMNS[name] for name in INCOME_COUNTS if name not in ("agi_stub", *UNUSED_INCOME_COUNTS))
UNUSED_COUNT_COLUMNS = tuple(LAB_COLUMNS[name] for name in UNUSED_INCOME_COUNTS)
"""Columns of the lab that no feature needs; a table may lack them, and has them without values then."""
_UNUSED_FIELDS = (*UNUSED_PLAYGROUND_FIELDS, "Location")
STRING_COLUMNS = (KEY, *(name for name in PLAYGROUND_FIELDS if name not in _UNUSED_FIELDS), "zip_match", "zipcode")
COLUMNS = (*STRING_COLUMNS, BRACKET, *COUNT_COLUMNS)
_NUMBER_COLUMNS = (BRACKET, *COUNT_COLUMNS, *UNUSED_COUNT_COLUMNS)
_DOMAINS = {name: PLAYGROUND_DOMAINS[name] for name in STRING_COLUMNS if name in PLAYGROUND_DOMAINS}
REQUIRED_VALUES = (KEY, "Prop_ID", "zip_match")
SUCCESS_MARKER = "_SUCCESS"
_PARTITION = re.compile(r"year=(\d{4})/month=(\d{1,2})/day=(\d{1,2})$")
_REMEDY = "Run the Glue job prep_data_for_ml and pass the prefix that it wrote."


@dataclass(frozen=True)
class Partition:
    """A complete partition of the processed table: its folder and its label (`2026-11-23`, or the folder's name)."""

    folder: Path
    label: str


def newest_complete_partition(input_dir: Path) -> Partition:
    """Return the newest partition that holds parquet files and Spark's ``_SUCCESS`` marker.

    `input_dir` is the table's folder with `year=/month=/day=` below it, or the folder of one partition.

    Raises
    ------
    ProcessingError
        No partition is complete.
    """
    dated = [
        (tuple(int(part) for part in match.groups()), folder)
        for folder in input_dir.glob("year=*/month=*/day=*")
        if (match := _PARTITION.search(folder.as_posix()))
    ]
    if not dated and _is_complete(input_dir):
        return Partition(input_dir, input_dir.name)
    complete = [(date, folder) for date, folder in dated if _is_complete(folder)]
    if not complete:
        raise ProcessingError(
            f"{input_dir} holds no complete partition of the processed table: found {len(dated)} partition(s), none "
            f"with both parquet files and {SUCCESS_MARKER}. {_REMEDY}"
        )
    (year, month, day), folder = max(complete)
    return Partition(folder, f"{year:04d}-{month:02d}-{day:02d}")


def read_processed_table(partition: Partition) -> pd.DataFrame:
    """Read and check the columns that feature engineering needs.

    Returns
    -------
    pandas.DataFrame
        One row per (playground, ZIP code, AGI bracket), sorted by them; empty strings are missing, brackets and counts
        are floats.

    Raises
    ------
    ProcessingError
        A column is missing, the table is empty, or a value contradicts the table's description.
    """
    parts = []
    for file in _parquet_files(partition.folder):
        try:
            present = pq.read_schema(file).names
            missing = [column for column in COLUMNS if column not in present]
            if missing:
                raise ProcessingError(
                    f"{file} lacks the column(s) {', '.join(missing)} of the processed table. {_REMEDY}"
                )
            columns = [*COLUMNS, *(column for column in UNUSED_COUNT_COLUMNS if column in present)]
            # partitioning=None: year, month and day are folder names here, not features.
            parts.append(pq.read_table(file, columns=columns, partitioning=None))
        except pa.ArrowInvalid as error:
            raise ProcessingError(f"{file} is not a readable parquet file ({error}). {_REMEDY}") from error
    # A part without any income row may carry other types (null, bigint) than its neighbours.
    table = pa.concat_tables(parts, promote_options="permissive").to_pandas()
    if table.empty:
        raise ProcessingError(f"The processed table in {partition.folder} has no rows. {_REMEDY}")
    return check_processed_table(table, source=str(partition.folder))


def check_processed_table(table: pd.DataFrame, source: str) -> pd.DataFrame:
    """Check a processed table and normalise its values; return a sorted copy. `source` names it in errors.

    Raises
    ------
    ProcessingError
        A required value is missing, a value is outside its domain, a count is not a number, or a row is duplicated.
    """
    table = table.assign(**{column: np.nan for column in UNUSED_COUNT_COLUMNS if column not in table})
    for column in STRING_COLUMNS:
        values = table[column].astype(object)
        table[column] = values.where(values.notna() & (values != ""), None)
    for column in _NUMBER_COLUMNS:
        try:
            table[column] = pd.to_numeric(table[column]).astype("float64")
        except (TypeError, ValueError) as error:
            raise ProcessingError(f"Column {column} in {source} is not numeric ({error}). {_REMEDY}") from error
    for column in REQUIRED_VALUES:
        if table[column].isna().any():
            raise ProcessingError(
                f"Column {column} in {source} is empty in {table[column].isna().sum()} row(s). {_REMEDY}"
            )
    problems = [_normalise(table, column, domain) for column, domain in _DOMAINS.items()]
    if outside := "; ".join(filter(None, [*problems, _outside_numbers(table)])):
        raise ProcessingError(f"{source}: {outside}. {EDIT_REMEDY}.")
    unknown = sorted(set(table["zip_match"]) - set(ZIP_MATCHES))
    if unknown:
        raise ProcessingError(f"Column zip_match in {source} holds {unknown}, not only {list(ZIP_MATCHES)}. {_REMEDY}")
    row_key = [KEY, "zipcode", BRACKET]
    if table.duplicated(row_key).any():
        raise ProcessingError(
            f"{table.duplicated(row_key).sum()} row(s) in {source} repeat a (playground, ZIP code, AGI bracket), which "
            f"would count their returns twice. {_REMEDY}"
        )
    return table.sort_values(row_key, na_position="first", kind="stable", ignore_index=True)


def _normalise(table: pd.DataFrame, column: str, domain: Domain) -> str | None:
    """Write a column's values as their domain does; return the sentence about those that are outside it, if any."""
    parsed: dict[str, str | None] = {}
    outside: dict[str, int] = {}
    rows_by_text: dict[Any, int] = table[column].value_counts().to_dict()
    for text, rows in rows_by_text.items():
        try:
            parsed[text] = domain.parse(text)
        except OutsideDomainError:
            outside[text] = rows
    values = table[column].map(parsed).astype(object)
    table[column] = values.where(values.notna(), None)
    return outside_domain(column, domain, outside) if outside else None


def _outside_numbers(table: pd.DataFrame) -> str | None:
    """Return the sentence about the first column of numbers that holds others than its domain, if there is one."""
    for name, column in LAB_COLUMNS.items():
        if name in INCOME_COUNTS:
            numbers: dict[Any, int] = table[column].value_counts().to_dict()
            outside = {f"{number:g}": rows for number, rows in numbers.items() if not _is_in(name, number)}
            if outside:
                return outside_domain(column, INCOME_DOMAINS[name], outside)
    return None


def _is_in(name: str, number: float) -> bool:
    try:
        INCOME_DOMAINS[name].parse(f"{number:.15g}")
    except OutsideDomainError:
        return False
    return True


def lab_join_rows(table: pd.DataFrame) -> int:
    """Count the rows of the lab's own join on the raw ZIP string.

    A park that lists several ZIP codes matches none of them there: its playground stays as one row without income.
    """
    listed = table["zip_match"] == "list"
    return int((~listed).sum() + table.loc[listed, KEY].nunique())


def _is_complete(folder: Path) -> bool:
    return (folder / SUCCESS_MARKER).is_file() and bool(_parquet_files(folder))


def _parquet_files(folder: Path) -> list[Path]:
    """Return the parquet files directly in a folder, without hidden ones and markers, in name order."""
    return sorted(file for file in folder.glob("*.parquet") if not file.name.startswith((".", "_")))
