"""Hyperparameters on repeated folds by site and by place, beside the table of two flags, as a Markdown table.

Usage: ``python -m benchmarks.hyperparameter_folds --source DIR``, where DIR holds the raw feeds. A set of
hyperparameters is worth taking if it is better than the lab's by more than the standard error of the difference.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.attribution import FOLD_REPEATS, FOLD_SEED, read_rows
from processing.comparison_model import train_comparison_model
from processing.feature_contract import feature_set
from processing.folds import measure_folds
from processing.model_archive import predict
from processing.scoring_table import feature_matrix
from training.hyperparameters import Hyperparameters

CANDIDATES = {
    "the lab's": Hyperparameters(),
    "the lab's, all rows for each tree": Hyperparameters(subsample=1.0),
    "the lab's, small leaves": Hyperparameters(subsample=1.0, min_child_weight=1.0),
    "stumps": Hyperparameters(max_depth=1, gamma=1.0, min_child_weight=1.0, num_round=200),
    "shallow, slow": Hyperparameters(max_depth=2, eta=0.1, min_child_weight=1.0, subsample=1.0, num_round=200),
    "shallow, large leaves": Hyperparameters(max_depth=2, gamma=1.0, min_child_weight=20.0, subsample=1.0),
    "few splits": Hyperparameters(max_depth=3, gamma=20.0, subsample=1.0),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="folder of the raw feeds")
    rows, features = read_rows(parser.parse_args(arguments).source), feature_set("playground")
    print("| hyperparameters | ROC AUC by site | log loss by site | ROC AUC by place | log loss by place |")
    print("|---|---|---|---|---|")
    for title, hyperparameters in CANDIDATES.items():

        def train(
            train_rows: pd.DataFrame,
            stop_by: pd.DataFrame,
            names: tuple[str, ...],
            hyperparameters: Hyperparameters = hyperparameters,
        ) -> Callable[[pd.DataFrame], np.ndarray]:
            booster = train_comparison_model(train_rows, stop_by, names, hyperparameters)
            return lambda test: predict(booster, feature_matrix(test, names))

        measured = measure_folds(rows, features, train, FOLD_SEED, FOLD_REPEATS)
        figures = [
            measured[grouping][metric]["model"] for grouping in ("site", "place") for metric in ("roc_auc", "log_loss")
        ]
        cells = " | ".join(f"{figure['mean']:.4f} ± {figure['standard_error']:.4f}" for figure in figures)
        print(f"| {title} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
