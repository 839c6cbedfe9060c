"""Sections on the decision: AutoML's leaderboard, the quality gate, and how the figures were computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from processing.feature_contract import DECISION_THRESHOLD
from processing.reporting import feeds, sentences
from processing.reporting.analysis import Analysis
from processing.reporting.confidence import REPLICATES
from processing.reporting.markup import Section, paragraph, table
from processing.reporting.wording import NONE, count, decimal, signed

_METRICS = {
    "AUC": "ROC AUC",
    "LogLoss": "Log loss",
    "Accuracy": "Accuracy",
    "BalancedAccuracy": "Balanced accuracy",
    "F1": "F1",
}
"""Metrics of candidates that a leaderboard shows, by SageMaker's names."""


def leaderboard(analysis: Analysis) -> Section | None:
    """Return AutoML's candidates, the chosen one marked; None in a run without AutoML."""
    board = analysis.inputs.leaderboard
    if board is None:
        return None
    title, candidates, chosen = "AutoML's leaderboard", board["candidates"], board["chosen"]
    if not candidates:
        reason = board["reason"] or f"SageMaker lists none for the job {board['job']}"
        sentence = f"AutoML chose {chosen}. Its candidates cannot be shown: {reason}."
        return Section("leaderboard", title, (paragraph(sentence),))
    objective = next((each["objective"]["name"] for each in candidates if each["objective"]), None)
    measured = {name for each in candidates for name in each["validation"]}
    metrics = [name for name in _METRICS if name in measured and name != objective]
    names = [each["name"] for each in candidates]
    return Section(
        "leaderboard",
        title,
        (
            table(
                [
                    *("Candidate", ""),
                    _METRICS.get(objective, objective) if objective else "Objective",
                    *(_METRICS[name] for name in metrics),
                    "Seconds",
                ],
                [_candidate_cells(each, chosen, metrics) for each in candidates],
                f"{count(len(candidates))} candidates of the AutoML job {board['job']}, as SageMaker lists them, with "
                "their figures on rows that the job set aside itself; in bold the one that it chose. The test rows of "
                "this report are not among them.",
                text_columns=2,
                strong={names.index(chosen)} if chosen in names else (),
            ),
            paragraph("" if chosen in names else f"The candidate that the job chose, {chosen}, is not among them."),
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
        f"joined on {engineering['partition']}: {feeds.in_short(analysis.inputs.feeds)}; "
        f"code {run.get('code', 'unknown')}."
    )


def _candidate_cells(candidate: dict[str, Any], chosen: str, metrics: Sequence[str]) -> tuple[str, ...]:
    mark = "chosen" if candidate["name"] == chosen else ""
    if candidate["status"] != "Completed":
        mark = ": ".join(filter(None, (candidate["status"], candidate["failure"])))
    objective, seconds = candidate["objective"], candidate["seconds"]
    return (
        candidate["name"],
        mark,
        decimal(objective and objective["value"]),
        *(decimal(candidate["validation"].get(name)) for name in metrics),
        NONE if seconds is None else f"{seconds:,.1f}",
    )
