"""Headerless CSV records to a table of a model's features."""

from __future__ import annotations

import csv
from collections.abc import Sequence

import pandas as pd

from local_aws.services.sagemaker.automl.columns import MISSING, Column
from local_aws.services.sagemaker.serving.errors import BadPayloadError, UnsupportedPayloadError

_MISSING = frozenset(MISSING)


def read_records(body: bytes, columns: Sequence[Column]) -> pd.DataFrame:
    """Read CSV without a header, its columns in the order of the training data.

    Returns
    -------
    DataFrame
        One row per record, one column of each feature's name and kind.
    """
    try:
        records = [record for record in csv.reader(body.decode().splitlines()) if record]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnsupportedPayloadError(f"Loading csv data failed: {error}") from error
    for number, record in enumerate(records, 1):
        if len(record) != len(columns):
            raise BadPayloadError(
                f"Unable to evaluate payload provided: record {number} has {len(record)} fields, and the model "
                f"{len(columns)} features: {', '.join(column.name for column in columns)}"
            )
    fields = zip(*records, strict=True) if records else ([] for _ in columns)
    return pd.DataFrame({column.name: _values(column, values) for column, values in zip(columns, fields, strict=True)})


def _values(column: Column, fields: Sequence[str]) -> pd.Series:
    if column.kind == "text":
        return pd.Series([None if field in _MISSING else field for field in fields], dtype=object)
    try:
        numbers = [float("nan") if field.strip() in _MISSING else float(field) for field in fields]
    except ValueError as error:
        raise BadPayloadError(
            f"Unable to evaluate payload provided: feature {column.name!r} is a number: {error}; send no header"
        ) from error
    if any(number in (float("inf"), float("-inf")) for number in numbers):
        raise BadPayloadError(f"Unable to evaluate payload provided: feature {column.name!r} is infinite")
    return pd.Series(numbers, dtype=float)
