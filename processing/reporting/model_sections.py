"""Sections on the models: how good they are, and where their accuracy comes from."""

from __future__ import annotations

from processing.feature_contract import DECISION_THRESHOLD
from processing.reporting import sentences
from processing.reporting.analysis import Analysis
from processing.reporting.calibration import BINS
from processing.reporting.comparison import View
from processing.reporting.markup import Html, Section, figure, interval_cell, paragraph, table
from processing.reporting.model_figures import (
    draw_accuracies,
    draw_calibration,
    draw_confusion,
    draw_curves,
    draw_importance,
)
from processing.reporting.signal import MOST, NEARLY_ALL, NEXT_TO_NONE
from processing.reporting.wording import count, decimal, listed, percent, points, spread


def quality(analysis: Analysis) -> Section:
    """Return models beside the baselines, curves, calibration and confusion."""
    evaluations = analysis.inputs.evaluations
    rule = evaluations[0].report["rule"]
    briers = listed([f"{name} {decimal(calibration.brier)}" for name, calibration in analysis.calibrations.items()])
    constant = next(iter(analysis.calibrations.values())).brier_of_constant
    own_labels = [
        f"{evaluation.name} decides {count(evaluation.report['own_label_differs'])} row(s) by another threshold than "
        f"{DECISION_THRESHOLD}; this report uses the probability."
        for evaluation in evaluations
        if evaluation.report["own_label_differs"]
    ]
    return Section(
        "models",
        "How good the models are",
        (
            paragraph(
                "The baselines learn from the training rows. The majority class is "
                f"{'level 4' if evaluations[0].report['majority_class'] else 'not level 4'}; the best rule on one "
                f"feature is: {rule['description']}.",
                _table_baseline(analysis),
                *own_labels,
            ),
            *(_view_table(view) for view in analysis.views.values()),
            paragraph(*_not_measured(analysis), kind="note"),
            figure(
                draw_accuracies(list(analysis.views.values())),
                "Accuracy with 95% confidence intervals, on all test rows and on those with a level; with every "
                f"feature and without {listed(analysis.inputs.features.label_defining)}.",
            ),
            figure(
                draw_curves(evaluations),
                "ROC and precision-recall curves of level 4 on all test rows. The diamond is the one-feature rule; "
                "dashed lines are those of scores without information.",
            ),
            figure(
                draw_calibration(analysis.calibrations, evaluations),
                f"Calibration: share of level 4 among rows of similar score (up to {BINS} bins of about equally many "
                "rows, 95% Wilson intervals), and below it the scores' distribution. Brier score, lower is better: "
                f"{briers}; {decimal(constant)} for always predicting the share of level 4.",
            ),
            figure(
                draw_confusion(evaluations),
                "Confusion matrices of all test rows; percentages are shares of the actual class.",
            ),
        ),
    )


def signal(analysis: Analysis) -> Section:
    """Return where the accuracy comes from."""
    model = analysis.attribute.model
    champion = analysis.champion
    importance = champion.report["permutation_importance"]
    income = [sentences.group(group, analysis.groups) for group in analysis.groups if group.name == sentences.INCOME]
    rankings = [
        sentences.ranking_without(
            analysis.views[levelled, False], analysis.views[levelled, True], model, analysis.attribute.attribute
        )
        for levelled in (False, True)
        if (levelled, True) in analysis.views
    ]
    return Section(
        "signal",
        "Where the signal comes from",
        (
            paragraph(sentences.attribute(analysis.attribute)),
            *_with_level(analysis),
            paragraph(*rankings),
            paragraph(*income, sentences.other_groups(analysis.groups)),
            paragraph(*(sentences.stand_in(pair) for pair in analysis.champion.report["stand_ins"])),
            figure(
                draw_importance(analysis.groups),
                f"What shuffling a group of features among the test rows costs {champion.name}: mean and standard "
                f"deviation of {importance['repeats']} shuffles. Features of a group are shuffled together, and among "
                "the rows that have values; whether a row has any is shuffled by itself.",
            ),
            table(
                ("Feature", "Fall of accuracy", "Fall of ROC AUC"),
                [
                    (feature["name"], spread(feature["accuracy_drop"]), spread(feature["roc_auc_drop"]))
                    for feature in analysis.inputs.evaluations[0].report["permutation_importance"]["features"]
                ],
                f"Permutation importance of single features of {model}, most important first.",
            ),
            paragraph(
                f"Wording: an attribute carries “nearly all” of the signal if at least {NEARLY_ALL:.0%} of the "
                f"accuracy gained over the majority class goes without it{_lost(analysis)}, “most” from {MOST:.0%}, “a "
                f"part” from {NEXT_TO_NONE:.0%}. A group of features carries “next to none” if shuffling it costs less "
                f"than {NEXT_TO_NONE:.0%} of what the costliest group costs.",
                kind="note",
            ),
        ),
    )


def _with_level(analysis: Analysis) -> list[Html]:
    """Return what the rows without a level add: they are negative, and mostly lack what the model reads."""
    if analysis.attribute_with_level is None:
        return []
    labelled = analysis.inputs.rows[analysis.inputs.rows["label_known"] == 1]
    without = labelled[labelled["level"].isna()]
    named = analysis.inputs.features.label_defining
    lacking = int(without[list(named)].isna().all(axis=1).sum())
    return [
        paragraph(
            sentences.attribute_on_rows(analysis.attribute_with_level, analysis.views[True, False].name),
            f"The two differ because {count(len(without))} labelled rows have no level, are not accessible and so "
            f"count as negative, together with levels 1 to 3; {count(lacking)} of them lack {listed(named)}, so that "
            "its being missing gives them away. The label is not a scale of accessibility.",
        )
    ]


def _lost(analysis: Analysis) -> str:
    lost = analysis.attribute.lost
    return "" if lost is None else f" (here {lost:.0%})"


def _table_baseline(analysis: Analysis) -> str | None:
    """Return what the table of two flags reaches, and on the validation rows what it is chosen by."""
    report = analysis.inputs.evaluations[0].report
    if report["table"] is None:
        return None
    return (
        f"The {report['table']['description']} answers each row with the share of level 4 among the training rows of "
        f"its cell: accuracy {percent(report['table_accuracy'])}, ROC AUC {decimal(report['table_roc_auc'])}, log loss "
        f"{decimal(report['table_log_loss'])}; the rule's shares have ROC AUC {decimal(report['rule_roc_auc'])}."
    )


def _view_table(view: View) -> Html:
    return table(
        ("", "Accuracy", "Points above majority", "Points above rule", "Balanced accuracy", "ROC AUC"),
        [
            (
                standing.name,
                interval_cell(standing.accuracy, percent),
                interval_cell(standing.over_majority, points),
                interval_cell(standing.over_rule, points),
                interval_cell(standing.balanced_accuracy, percent),
                interval_cell(standing.roc_auc, decimal),
            )
            for standing in view.standings
        ],
        f"{view.name[0].upper()}{view.name[1:]}: {count(view.rows)} rows of {count(view.sites)} sites, "
        f"{percent(view.positives / view.rows)} of them level 4. Below each figure its 95% confidence interval.",
        strong=range(view.models),
    )


def _not_measured(analysis: Analysis) -> list[str]:
    """Return what the report leaves out, with the evaluation's own reason."""
    return [
        f"Not measured for {evaluation.name}: {listed([_field_name(field) for field in unmeasured])}. "
        f"{listed(list(dict.fromkeys(unmeasured.values())))}"
        for evaluation in analysis.inputs.evaluations
        if (unmeasured := evaluation.report["not_measured"])
    ]


def _field_name(path: str) -> str:
    """Return the words of a path: "without adaptive swing" for ``views.without_adaptive_swing``."""
    return path.rpartition(".")[2].replace("_", " ")
