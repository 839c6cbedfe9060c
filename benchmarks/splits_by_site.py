"""Accuracy and ROC AUC over many splits by site, beside the baselines, as a Markdown table.

Usage: ``python -m benchmarks.splits_by_site --source DIR [--splits 20]``, where DIR holds the raw feeds.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.processed_rows import build_processed_rows
from processing.evaluation_report import Baselines, view
from processing.feature_contract import LABEL, TEST, TRAIN, VALIDATION, FeatureSet, feature_set
from processing.lab_features import build_lab_rows
from processing.model_archive import predict
from processing.playground_features import build_playground_rows
from processing.processed_table import check_processed_table
from processing.scoring_table import feature_matrix
from processing.splits import SplitFractions, split_by_site
from training.hyperparameters import Hyperparameters
from training.train import train

METRICS = ("majority_accuracy", "rule_accuracy", "accuracy", "roc_auc")


@dataclass(frozen=True)
class Setting:
    """One line of the table: the rows, and the features to use."""

    rows_name: str
    features_name: str
    rows: pd.DataFrame
    names: tuple[str, ...]


def make_settings(source: Path) -> list[Setting]:
    """Return the rows and features to compare, from a folder of raw feeds."""
    table = check_processed_table(build_processed_rows(source), source=str(source))
    playground, lab = feature_set("playground"), feature_set("lab")
    rows = build_playground_rows(table)
    print(f"{len(rows):,} playgrounds are scored, {rows['label_known'].sum():,} of them with a label.\n")
    labelled = rows[rows["label_known"] == 1]
    settings = []
    for name, members in (
        ("with a label", labelled),
        ("with a Level", labelled[labelled["level"].notna()]),
    ):
        settings += [
            Setting(f"{len(members):,} {name}", "playground set", members, playground.feature_names),
            Setting(f"{len(members):,} {name}", "without the swing", members, _without_swing(playground)),
        ]
    lab_rows = build_lab_rows(table).rows
    settings.append(Setting(f"{len(lab_rows):,} of the lab", "lab set", lab_rows, lab.feature_names))
    return settings


def measure_split(setting: Setting, seed: int) -> dict[str, float | None]:
    """Split, train as the training job does, and evaluate the test rows; the seed is that of split and model."""
    rows, names = setting.rows, setting.names
    split = split_by_site(rows["site_id"], rows[LABEL], SplitFractions(), seed)
    members = {name: rows[split == name] for name in (TRAIN, VALIDATION, TEST)}
    training, validation = (_matrices(members[name], names) for name in (TRAIN, VALIDATION))
    model = train(Hyperparameters(seed=seed), training, validation, log_every=0)
    scores = predict(model.booster, feature_matrix(members[TEST], names))
    return view(
        members[TEST], scores, Baselines.learn(members[TRAIN], members[VALIDATION], names), f"test rows of seed {seed}"
    )


def _matrices(rows: pd.DataFrame, names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    return feature_matrix(rows, names), rows[LABEL].to_numpy(dtype=np.float32)


def _without_swing(features: FeatureSet) -> tuple[str, ...]:
    return tuple(name for name in features.feature_names if name not in features.label_defining)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table: mean ± standard deviation over the splits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="folder of the raw feeds")
    parser.add_argument("--splits", type=int, default=20)
    options = parser.parse_args(arguments)

    lines = ["| rows | features | majority | one-feature rule | accuracy | ROC AUC |", "|---|---|---|---|---|---|"]
    for setting in make_settings(options.source):
        measured = pd.DataFrame([measure_split(setting, seed) for seed in range(options.splits)])
        cells = [f"{measured[metric].mean():.3f} ± {measured[metric].std():.3f}" for metric in METRICS]
        lines.append(f"| {setting.rows_name} | {setting.features_name} | {' | '.join(cells)} |")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
