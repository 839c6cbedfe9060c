"""What carries the signal: sets of features, baselines, shuffles, folds by site and by place, as Markdown tables.

Usage: ``python -m benchmarks.attribution --source DIR [--splits 20]``, where DIR holds the raw feeds. Models are
trained and rows are shuffled by the code that the pipeline's evaluation runs.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.processed_rows import build_processed_rows
from processing.baselines import learn_flag_table, learn_one_feature_rule
from processing.comparison_model import train_comparison_model
from processing.feature_contract import LABEL, TEST, TRAIN, VALIDATION, FeatureSet, feature_set
from processing.folds import groupings, measure_folds
from processing.metrics import headline_metrics
from processing.model_archive import predict
from processing.permutation_importance import permutation_importance
from processing.playground_features import build_playground_rows
from processing.processed_table import check_processed_table
from processing.scoring_table import feature_matrix
from processing.splits import SplitFractions, split_by_site
from processing.stand_ins import find_stand_ins, stand_in_names
from training.hyperparameters import Hyperparameters

SWING, JOINTLY, INCOME = "adaptive_swing", "jointly_operated", "income"
METRICS = ("accuracy", "roc_auc", "log_loss")
FOLD_SEED, FOLD_REPEATS = 20, 4

Split = dict[str, pd.DataFrame]


def read_rows(source: Path) -> pd.DataFrame:
    """Return the labelled rows of the playground set, from a folder of raw feeds."""
    rows = build_playground_rows(check_processed_table(build_processed_rows(source), source=str(source)))
    return rows[rows["label_known"] == 1].reset_index(drop=True)


def splits_of(rows: pd.DataFrame, number: int) -> Iterator[tuple[int, Split]]:
    """Yield seed and rows of each split by site."""
    for seed in range(number):
        split = split_by_site(rows["site_id"], rows[LABEL], SplitFractions(), seed)
        yield seed, {name: rows[split == name] for name in (TRAIN, VALIDATION, TEST)}


def trained(split: Split, names: tuple[str, ...], seed: int) -> Callable[[np.ndarray], np.ndarray]:
    """Train on the named features; return a function from a feature matrix to scores."""
    return partial(predict, train_comparison_model(split[TRAIN], split[VALIDATION], names, Hyperparameters(seed=seed)))


def score_everything(split: Split, features: FeatureSet, seed: int) -> dict[str, np.ndarray]:
    """Return the test rows' scores by each set of features and by each baseline."""
    sets = {
        "XGBoost, the swing": (SWING,),
        "XGBoost, swing and jointly operated": (SWING, JOINTLY),
        f"XGBoost, all {len(features.features)} features": features.feature_names,
        "XGBoost, all but the swing": features.names_without_label_defining,
    }
    test, names = split[TEST], features.feature_names
    scores = {
        title: trained(split, members, seed)(feature_matrix(test, members)).astype(float)
        for title, members in sets.items()
    }
    labels = split[TRAIN][LABEL].to_numpy(dtype=int)
    scores["the best one-feature rule"] = learn_one_feature_rule(split[TRAIN], names, labels).scores(test)
    if table := learn_flag_table(split[TRAIN], names, labels):
        scores[f"the {table.describe()}"] = table.scores(test)
    return scores


def compare(rows: pd.DataFrame, features: FeatureSet, number: int) -> Iterator[str]:
    """Yield the table of models and baselines, and what the negative rows without a level add."""
    metrics: dict[str, list[dict[str, float]]] = {}
    all_rows, levelled_rows = [], []
    for seed, split in splits_of(rows, number):
        labels, levelled = split[TEST][LABEL].to_numpy(dtype=int), split[TEST]["level"].notna().to_numpy()
        for title, scores in score_everything(split, features, seed).items():
            metrics.setdefault(title, []).append(headline_metrics(labels, scores))
            if title.endswith(f"{len(features.features)} features"):
                all_rows.append(headline_metrics(labels, scores)["roc_auc"])
                levelled_rows.append(headline_metrics(labels[levelled], scores[levelled])["roc_auc"])
    yield "| test rows of a split by site | accuracy | ROC AUC | log loss |\n|---|---|---|---|"
    for title, entries in metrics.items():
        cells = (spread([entry[metric] for entry in entries]) for metric in METRICS)
        yield f"| {title} | {' | '.join(cells)} |"
    without = rows[rows["level"].isna()]
    yield (
        f"\n{len(without)} labelled rows have no level and are negative; {int(without[SWING].isna().sum())} of them "
        f"lack the swing. ROC AUC of all features is {spread(all_rows)} with them and {spread(levelled_rows)} without: "
        f"a difference of {np.mean(all_rows) - np.mean(levelled_rows):.3f}."
    )


def shuffle(rows: pd.DataFrame, features: FeatureSet, number: int) -> Iterator[str]:
    """Yield the table of what shuffling costs, and the flags that stand in for each other."""
    drops: dict[str, list[float]] = {}
    pairs = find_stand_ins(rows, features)
    for seed, split in splits_of(rows, number):
        score = trained(split, features.feature_names, seed)
        matrix, labels = feature_matrix(split[TEST], features.feature_names), split[TEST][LABEL].to_numpy(dtype=int)
        importance = permutation_importance(score, matrix, labels, features, seed, stand_in_names(pairs))
        for entry in importance["groups"]:
            drops.setdefault(entry["name"], []).append(entry["roc_auc_drop"]["mean"])
        drops.setdefault(_WHOLE, []).append(_shuffle_whole(score, matrix, labels, features, seed))
    yield "\n| shuffled among the test rows | cost in ROC AUC |\n|---|---|"
    for name, costs in sorted(drops.items(), key=lambda item: -np.mean(item[1])):
        yield f"| {name} | {spread(costs, 4)} |"
    for pair in pairs:
        flags = " and ".join(
            f"{flag['name']} ({flag['rows']} rows, {flag['positive_fraction']:.1%} level 4)" for flag in pair["flags"]
        )
        yield f"\n{flags} stand in for each other: phi {pair['phi']:.3f}, {pair['both']} rows have both."


_WHOLE = f"{INCOME} and whether a row has any, as one (what the report did before)"


def _shuffle_whole(
    score: Callable[[np.ndarray], np.ndarray], matrix: np.ndarray, labels: np.ndarray, features: FeatureSet, seed: int
) -> float:
    """Return the cost of shuffling income over all rows, so that rows gain and lose it."""
    columns = [features.feature_names.index(name) for name in features.feature_groups[INCOME]]
    generator = np.random.default_rng(seed)
    base, costs = headline_metrics(labels, score(matrix))["roc_auc"], []
    for _ in range(30):
        copy = matrix.copy()
        copy[:, columns] = matrix[generator.permutation(len(matrix))][:, columns]
        costs.append(base - headline_metrics(labels, score(copy))["roc_auc"])
    return float(np.mean(costs))


def fold(rows: pd.DataFrame, features: FeatureSet) -> Iterator[str]:
    """Yield the table of repeated folds by site and by place."""

    def train(train_rows: pd.DataFrame, validation: pd.DataFrame, names: tuple[str, ...]) -> Callable[..., np.ndarray]:
        booster = train_comparison_model(train_rows, validation, names, Hyperparameters())
        return lambda test: predict(booster, feature_matrix(test, names))

    measured = measure_folds(rows, features, train, FOLD_SEED, FOLD_REPEATS)
    yield (
        f"\n| {measured['repeats']} x {measured['folds']} folds | groups | XGBoost | rule | table "
        "| XGBoost above table |\n|---|---|---|---|---|---|"
    )
    for grouping in groupings(rows, features):
        for metric in ("roc_auc", "log_loss"):
            figures = measured[grouping.name][metric]
            cells = (_with_error(figures[name]) for name in ("model", "rule", "table", "model_above_table"))
            yield f"| by {grouping.name}, {metric} | {measured[grouping.name]['groups']} | {' | '.join(cells)} |"
    yield "\nA place is all sites that share income data. After ± the standard error of Nadeau and Bengio."


def _with_error(figure: dict[str, float]) -> str:
    return f"{figure['mean']:.4f} ± {figure['standard_error']:.4f}"


def spread(values: Sequence[float], digits: int = 3) -> str:
    """Format mean and standard deviation."""
    return f"{np.mean(values):.{digits}f} ± {np.std(values, ddof=1):.{digits}f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="folder of the raw feeds")
    parser.add_argument("--splits", type=int, default=20)
    options = parser.parse_args(arguments)

    rows, features = read_rows(options.source), feature_set("playground")
    lacking = rows[list(features.feature_groups[INCOME])].isna().all(axis=1)
    jointly = rows[JOINTLY] == 1
    print(
        f"{len(rows):,} rows have a label; {jointly.sum()} are jointly operated, "
        f"{(jointly & (rows[LABEL] == 1)).sum()} of these are level 4 and {(jointly & lacking).sum()} lack income.\n"
    )
    for part in (
        compare(rows, features, options.splits),
        shuffle(rows, features, options.splits),
        fold(rows, features),
    ):
        for line in part:
            print(line, flush=True)


if __name__ == "__main__":
    main()
