"""The input of a search: tables read from CSV files, and checked to be fit to learn from."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from local_aws.services.sagemaker.automl.columns import MISSING, Column
from local_aws.services.sagemaker.automl.plan import Channel, Plan

MIN_ROWS = 500
"""Autopilot's bound on the training data."""

FOLDS = 5
SEED = 0

_SHOWN_COLUMNS = 20


class DataError(Exception):
    """Raised when the data, or the limits, leave nothing to learn from."""


@dataclass(frozen=True)
class Tables:
    """What candidates are trained on and judged by."""

    target: str
    """The column to predict; its values are strings."""
    columns: tuple[Column, ...]
    """The features, in their order."""
    labels: tuple[str, str]
    """The two classes, sorted; the second is the positive one."""
    training: pd.DataFrame
    validation: pd.DataFrame | None
    """Rows to judge by; None where candidates are judged by cross-validation on the training rows."""

    @property
    def judged(self) -> str:
        """How candidates are judged."""
        return "cross-validation" if self.validation is None else "validation"

    def features(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the feature columns of rows."""
        return rows[[column.name for column in self.columns]]


def read_tables(plan: Plan) -> Tables:
    """Read and check the data of a search; unfit data raise `DataError`."""
    training = _read_channel(plan.training, plan.target)
    if len(training) < MIN_ROWS:
        raise DataError(
            f"{plan.training.source} has {len(training)} rows with a value of {plan.target!r}; at least {MIN_ROWS} "
            "are needed"
        )
    labels = _labels(training, plan)
    columns = tuple(
        Column(name, "number" if _is_number(training[name]) else "text")
        for name in training.columns
        if name != plan.target
    )
    if not columns:
        raise DataError(f"{plan.training.source} has no column beside the target {plan.target!r}")
    training = _typed(training, columns, plan.training)
    validation = None
    if plan.validation is not None:
        validation = _typed(_same_columns(plan.validation, plan, training), columns, plan.validation)
    elif plan.validation_fraction is not None:
        training, validation = train_test_split(
            training, test_size=plan.validation_fraction, stratify=training[plan.target], random_state=SEED
        )
    _check_classes(training, labels, FOLDS, plan.target, "training rows")
    if validation is not None:
        _check_classes(validation, labels, 1, plan.target, "validation rows")
        validation = validation.reset_index(drop=True)
    return Tables(plan.target, columns, labels, training.reset_index(drop=True), validation)


def _read_channel(channel: Channel, target: str) -> pd.DataFrame:
    """Read the files of a channel, without rows that lack the target."""
    folder = Path(channel.folder)
    tables: list[pd.DataFrame] = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = f"{path.relative_to(folder)} of {channel.source}"
        try:
            header = _header(path, channel.compressed)
            table = pd.read_csv(
                path,
                compression="gzip" if channel.compressed else None,
                dtype={target: str},
                keep_default_na=False,
                na_values=list(MISSING),
                float_precision="round_trip",
                index_col=False,
                low_memory=False,
            )
        except (ValueError, csv.Error, OSError, EOFError) as error:
            raise DataError(f"{name} cannot be read as CSV with a header: {error}") from error
        if target not in header:
            shown = ", ".join(header[:_SHOWN_COLUMNS])
            raise DataError(f"the target attribute {target!r} is not a column of {name}; its header is: {shown}")
        duplicates = sorted({column for column in header if header.count(column) > 1})
        if duplicates:
            raise DataError(f"the header of {name} has {', '.join(map(repr, duplicates))} more than once")
        if tables and list(table.columns) != list(tables[0].columns):
            raise DataError(f"the header of {name} differs from that of the file before it")
        tables.append(table)
    return pd.concat(tables, ignore_index=True).dropna(subset=[target])


def _header(path: Path, compressed: bool) -> list[str]:
    with gzip.open(path, "rt", newline="") if compressed else path.open(newline="") as stream:
        return next(csv.reader(stream), [])


def _labels(training: pd.DataFrame, plan: Plan) -> tuple[str, str]:
    labels = sorted(training[plan.target].unique())
    if len(labels) == 1:
        raise DataError(
            f"every row of {plan.training.source} has {plan.target!r} = {labels[0]!r}; two classes are needed"
        )
    if len(labels) > 2:
        raise DataError(
            f"{plan.target!r} of {plan.training.source} has {len(labels)} different values; local_aws supports "
            "binary classification only"
        )
    return labels[0], labels[1]


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _typed(table: pd.DataFrame, columns: tuple[Column, ...], channel: Channel) -> pd.DataFrame:
    """Convert number columns to floats and the others to strings, as the model server does."""
    table = table.copy()
    for column in columns:
        values = table[column.name]
        if column.kind == "number":
            try:
                numbers = pd.to_numeric(values).astype(float)
            except (ValueError, TypeError) as error:
                raise DataError(f"column {column.name!r} of {channel.source} is to be numbers: {error}") from error
            if np.isinf(numbers).any():
                raise DataError(f"column {column.name!r} of {channel.source} has infinite values; leave them empty")
            table[column.name] = numbers
        else:
            table[column.name] = values.astype(str).where(values.notna(), None).astype(object)
    return table


def _same_columns(channel: Channel, plan: Plan, training: pd.DataFrame) -> pd.DataFrame:
    validation = _read_channel(channel, plan.target)
    missing = [name for name in training.columns if name not in validation.columns]
    if missing:
        raise DataError(f"{channel.source} lacks the columns {', '.join(map(repr, missing))} of the training data")
    return validation[list(training.columns)]


def _check_classes(rows: pd.DataFrame, labels: tuple[str, str], minimum: int, target: str, what: str) -> None:
    counts = rows[target].value_counts()
    unknown = sorted(set(counts.index) - set(labels))
    if unknown:
        raise DataError(
            f"{what} have {target!r} = {', '.join(map(repr, unknown))}, which the training data do not have"
        )
    for label in labels:
        if counts.get(label, 0) < minimum:
            raise DataError(
                f"{counts.get(label, 0)} {what} have {target!r} = {label!r}; at least {minimum} of each class "
                "are needed"
            )
