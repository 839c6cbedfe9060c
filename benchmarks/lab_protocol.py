"""The lab's own protocol on a snapshot of the feeds, beside the figures that the lab published.

Usage: ``python -m benchmarks.lab_protocol --source DIR [--splits 50]``, where DIR holds the raw feeds. The protocol
splits single rows at random, so that the bracket rows of one playground are in both parts: a check of the feature
contract, not an honest estimate. The lab's figure is of one split; over many they spread by more than a point.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

from benchmarks.processed_rows import build_processed_rows
from processing.feature_contract import LABEL, feature_set
from processing.lab_features import LabRows, build_lab_rows
from processing.metrics import headline_metrics
from processing.model_archive import predict
from processing.processed_table import check_processed_table
from processing.scoring_table import feature_matrix
from training.hyperparameters import Hyperparameters
from training.train import train

PUBLISHED = {
    "rows of the join": "5,423",
    "complete rows": "4,590",
    "final rows and columns": "4,564 and 13",
    "positive rows of the join": "65.1 %",
    "test accuracy of a random split": "0.8324",
}


def random_split_accuracy(lab: LabRows, random_state: int) -> float:
    """Train on a random 80 % of the rows for all 100 rounds, as the lab does, and score the rest."""
    names = feature_set("lab").feature_names
    labels = lab.rows[LABEL].to_numpy(dtype=np.float32)
    train_x, test_x, train_y, test_y = train_test_split(
        feature_matrix(lab.rows, names), labels, test_size=0.2, random_state=random_state
    )
    # The lab's validation channel is the training set, so nothing stops early.
    hyperparameters = Hyperparameters(early_stopping_rounds=0)
    model = train(hyperparameters, (train_x, train_y), (train_x, train_y), log_every=0)
    return headline_metrics(test_y, predict(model.booster, test_x))["accuracy"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="folder of the raw feeds")
    parser.add_argument("--splits", type=int, default=50, help="random splits to average over")
    options = parser.parse_args(arguments)

    table = check_processed_table(build_processed_rows(options.source), source=str(options.source))
    lab = build_lab_rows(table)
    accuracies = np.array([random_split_accuracy(lab, seed) for seed in range(options.splits)])
    here = {
        "rows of the join": f"{lab.joined:,}",
        "complete rows": f"{lab.complete:,}",
        "final rows and columns": f"{len(lab.rows):,} and {1 + len(feature_set('lab').features)}",
        "positive rows of the join": f"{100 * lab.joined_positive_fraction:.1f} %",
        "test accuracy of a random split": f"{accuracies.mean():.4f} ± {accuracies.std(ddof=1):.4f}",
    }
    lines = ["| | the lab | here |", "|---|---|---|"]
    lines += [f"| {name} | {published} | {here[name]} |" for name, published in PUBLISHED.items()]
    print("\n".join(lines))


if __name__ == "__main__":
    main()
