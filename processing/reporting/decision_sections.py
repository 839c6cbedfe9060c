"""Sections on the decision: AutoML's leaderboard, the quality gate, and how the figures were computed."""

from __future__ import annotations

import pandas as pd

from processing.feature_contract import DECISION_THRESHOLD
from processing.reporting import sentences
from processing.reporting.analysis import Analysis
from processing.reporting.confidence import REPLICATES
from processing.reporting.inputs import LEADERBOARD
from processing.reporting.markup import Section, paragraph, table
from processing.reporting.wording import NONE, count, signed

_LEADERBOARD_COLUMNS = {
    "model": "Model",
    "eval_metric": "Metric",
    "score_val": "Validation score",
    "score_test": "Test score",
    "fit_time": "Fit, s",
    "pred_time_val": "Prediction, s",
    "stack_level": "Stack level",
}
_TEXT_COLUMNS = ("model", "eval_metric")


def leaderboard(analysis: Analysis) -> Section | None:
    """Return AutoML's candidates; None in a run without AutoML."""
    if len(analysis.inputs.evaluations) == 1:
        return None
    board = analysis.inputs.leaderboard
    title = "AutoML's leaderboard"
    if board is None:
        return Section("leaderboard", title, (paragraph(f"The AutoML job wrote no {LEADERBOARD}."),))
    if "score_val" in board:
        board = board.sort_values("score_val", ascending=False, kind="stable")
    columns = [column for column in _LEADERBOARD_COLUMNS if column in board]
    text = sum(column in _TEXT_COLUMNS for column in columns)
    rows = [tuple(_candidate_cell(row[column]) for column in columns) for _, row in board.iterrows()]
    return Section(
        "leaderboard",
        title,
        (
            table(
                [_LEADERBOARD_COLUMNS[column] for column in columns],
                rows,
                f"{count(len(board))} candidates as the AutoML job ranked them, on rows that it set aside itself; in "
                "bold the one that it chose, by its validation score. The test rows of this report are not among them.",
                text_columns=text,
                strong=1 if "score_val" in board else 0,
            ),
        ),
    )


def gate(analysis: Analysis) -> Section:
    """Return the decision and its reason."""
    decision = analysis.decision
    rows = [
        (
            f"{entry.metric} above the {entry.name}",
            *(
                (signed(entry.lead.estimate), signed(entry.lead.low), count(entry.lead.rows))
                if entry.lead
                else (NONE, NONE, NONE)
            ),
            f"> {signed(entry.above)}",
            "holds by the folds" if entry.holds_by_folds else "holds" if entry.holds else "fails",
        )
        for entry in decision.requirements
    ]
    notes = [entry.note for entry in decision.requirements if entry.note]
    return Section(
        "gate",
        "The gate's decision",
        (
            paragraph(sentences.gate(analysis), sentences.choice_between_models(analysis)),
            table(
                ("The champion's", "Difference", "Lower bound", "Rows", "Asked for", ""),
                rows,
                "The quality gate. Lower bounds have 95% confidence, by the same bootstrap samples of sites for both. "
                f"The best simple baseline by the validation rows is the {decision.baseline}. Accuracy "
                f"{decision.accuracy:.2%}, asked for {decision.thresholds.accuracy:.2%}; {count(decision.test_rows)} "
                f"test rows, asked for {count(decision.thresholds.minimum_rows)}.",
            ),
            paragraph(*(f"What serves now: {note}." for note in notes), kind="note"),
        ),
    )


def method(analysis: Analysis) -> Section:
    """Return how the figures were computed."""
    seed = analysis.inputs.engineering["seed"]
    return Section(
        "method",
        "How to read the figures",
        (
            paragraph(
                f"Confidence intervals are 95% percentile intervals of {count(REPLICATES)} bootstrap samples of whole "
                f"sites (seed {seed}), because rows of one park or school resemble each other. They show how the "
                "figures would vary with other test sites, not with another training set. Differences between models "
                "are taken within each sample."
            ),
            paragraph(
                f"A score of at least {DECISION_THRESHOLD} counts as level 4. The split is by site, stratified by "
                "label. All models and baselines are judged on the same test rows by the same code; no metric is of "
                "training rows."
            ),
            paragraph(_provenance(analysis), kind="note"),
        ),
    )


def _provenance(analysis: Analysis) -> str:
    """Return execution, data and code that the figures come from."""
    engineering, run = analysis.inputs.engineering, analysis.inputs.provenance
    return (
        f"Execution {run.get('execution', 'unknown')}; data version {engineering.get('data_version') or 'unknown'}, "
        f"imported on {engineering['partition']}; code {run.get('code', 'unknown')}."
    )


def _candidate_cell(value: object) -> str:
    """Return a leaderboard's value as text."""
    if isinstance(value, float):
        return NONE if pd.isna(value) else f"{value:.3f}"
    return str(value)
