"""The data exploration notebook: what the training data look like, as Markdown in Jupyter's format."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pandas as pd

from local_aws.services.sagemaker.automl.search.tables import Tables

_PER_CENT = 100


def data_notebook(tables: Tables, source: str) -> str:
    """Write the notebook."""
    training = tables.training
    counts = training[tables.target].value_counts()
    shares = [
        (label, f"{counts[label]:,}", f"{_PER_CENT * counts[label] / len(training):.1f} %") for label in tables.labels
    ]
    judged = "cross-validation on these rows" if tables.validation is None else f"{len(tables.validation):,} other rows"
    cells = (
        f"# Data exploration\n\n{len(training):,} training rows from `{source}`; candidates are judged by {judged}.",
        f"## Target `{tables.target}`\n\n{_table(('value', 'rows', 'share'), shares)}",
        "## Numbers\n\n" + _table(("column", "missing", "distinct", "minimum", "mean", "maximum"), _numbers(tables)),
        "## Text\n\n" + _table(("column", "missing", "distinct", "most frequent"), _texts(tables)),
    )
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {},
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": cell.splitlines(keepends=True)} for cell in cells
        ],
    }
    return json.dumps(notebook, indent=1)


def _numbers(tables: Tables) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for column in tables.columns:
        if column.kind == "number":
            values = tables.training[column.name]
            summary = (f"{value:.6g}" for value in (values.min(), values.mean(), values.max()))
            rows.append((column.name, _missing(values), f"{values.nunique():,}", *summary))
    return rows


def _texts(tables: Tables) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for column in tables.columns:
        if column.kind == "text":
            values = tables.training[column.name]
            frequent = next(iter(values.mode()), "")
            rows.append((column.name, _missing(values), f"{values.nunique():,}", str(frequent)))
    return rows


def _missing(values: pd.Series) -> str:
    return f"{_PER_CENT * values.isna().mean():.1f} %"


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
