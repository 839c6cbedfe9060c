"""Sections on the decision: AutoML's leaderboard, the quality gate, and how the figures were computed."""

from __future__ import annotations

import pandas as pd

from processing.feature_contract import DECISION_THRESHOLD
from processing.reporting import sentences
from processing.reporting.analysis import Analysis
from processing.reporting.confidence import REPLICATES
from processing.reporting.inputs import LEADERBOARD
from processing.reporting.markup import Section, paragraph, table
from processing.reporting.wording import NONE, count

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
                f"{count(len(board))} candidates as the AutoML job ranked them, on rows that it set aside itself. The "
                "test rows of this report are not among them.",
                text_columns=text,
            ),
        ),
    )


def gate(analysis: Analysis) -> Section:
    """Return the decision and its reason."""
    thresholds = analysis.inputs.thresholds
    rows = [
        (
            model.name,
            f"{model.accuracy:.2%}",
            "reached" if model.accurate else "missed",
            f"{100 * model.lift:.2f}",
            "reached" if model.above_majority else "missed",
            "passes" if model.passes else "fails",
        )
        for model in analysis.decision.models
    ]
    return Section(
        "gate",
        "The gate's decision",
        (
            paragraph(sentences.gate(analysis), sentences.choice_between_models(analysis)),
            table(
                (
                    "Model",
                    "Accuracy",
                    f"at least {thresholds.accuracy:.2%}",
                    "Points above majority",
                    f"at least {100 * thresholds.lift:.2f}",
                    "Gate",
                ),
                rows,
                "The quality gate: it opens if one model reaches both thresholds. The more accurate model is "
                "registered, XGBoost if they are equal.",
            ),
            paragraph(
                "The gate does not require a model to beat the best one-feature rule; that is reported above.",
                kind="note",
            ),
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
        ),
    )


def _candidate_cell(value: object) -> str:
    """Return a leaderboard's value as text."""
    if isinstance(value, float):
        return NONE if pd.isna(value) else f"{value:.3f}"
    return str(value)
