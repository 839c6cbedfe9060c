"""The section on the boroughs: slices, fairness, and whether chance explains the gaps."""

from __future__ import annotations

from processing.reporting import sentences
from processing.reporting.analysis import Analysis
from processing.reporting.fairness import Fairness
from processing.reporting.markup import Html, Section, figure, interval_cell, paragraph, table
from processing.reporting.model_figures import draw_rates
from processing.reporting.wording import count, decimal, percent, points


def boroughs(analysis: Analysis) -> Section:
    """Return slices and fairness by borough."""
    return Section(
        "boroughs",
        "Boroughs",
        (
            paragraph(
                "The selection rate is the share of rows that a model calls level 4. It should follow the actual "
                "share; at equal treatment the true and the false positive rate would be alike everywhere."
            ),
            paragraph(sentences.borough_gaps(analysis.fairness)),
            figure(
                draw_rates(analysis.fairness),
                "Selection rate, true and false positive rate with 95% confidence intervals.",
            ),
            _gap_table(analysis.fairness),
            _slice_table(analysis),
            *(_fairness_table(name, fairness) for name, fairness in analysis.fairness.items()),
            paragraph(
                "Intervals by borough are Wilson's, with the number of sites for that of rows: wide where a borough "
                "has few sites with rows of a class.",
                kind="note",
            ),
        ),
    )


def _slice_table(analysis: Analysis) -> Html:
    evaluations = analysis.inputs.evaluations
    first = evaluations[0].report["slices"]["borough"]
    rows = [
        (
            borough,
            count(figures["rows"]),
            count(figures["positives"]),
            *(percent(evaluation.report["slices"]["borough"][borough]["accuracy"]) for evaluation in evaluations),
            percent(figures["rule_accuracy"]),
            percent(figures["majority_accuracy"]),
            *(decimal(evaluation.report["slices"]["borough"][borough]["roc_auc"]) for evaluation in evaluations),
        )
        for borough, figures in first.items()
    ]
    names = [evaluation.name for evaluation in evaluations]
    head = ("Borough", "Rows", "Level 4", *names, "Rule", "Majority", *(f"ROC AUC {name}" for name in names))
    return table(head, rows, "Accuracy and ROC AUC by borough, test rows.")


def _gap_table(fairness: dict[str, Fairness]) -> Html:
    rows = [
        (
            model,
            field.replace("_", " "),
            f"{percent(gap.lowest[1])} {gap.lowest[0]}",
            f"{percent(gap.highest[1])} {gap.highest[0]}",
            points(gap.highest[1] - gap.lowest[1]),
            percent(gap.chance),
        )
        for model, rates in fairness.items()
        for field, gap in rates.gaps.items()
        if gap is not None
    ]
    return table(
        ("Model", "Rate", "Lowest", "Highest", "Gap, points", "Shuffles with such a gap"),
        rows,
        "Gaps between boroughs, and how often shuffled boroughs give one at least as large.",
        text_columns=4,
    )


def _fairness_table(name: str, fairness: Fairness) -> Html:
    return table(
        (
            "Borough",
            "Rows of level 4",
            "Other rows",
            "Actual share",
            "Selection rate",
            "True positive rate",
            "False positive rate",
        ),
        [
            (
                rates.borough,
                count(rates.positives),
                count(rates.negatives),
                percent(rates.positives / (rates.positives + rates.negatives)),
                interval_cell(rates.selection_rate, percent),
                interval_cell(rates.true_positive_rate, percent),
                interval_cell(rates.false_positive_rate, percent),
            )
            for rates in fairness.boroughs
        ],
        f"Fairness of {name} by borough, test rows.",
    )
