"""The figures in words; every word follows from a figure."""

from __future__ import annotations

from typing import Any

from processing.decision import predicted_classes
from processing.folds import GROUPINGS, above_baseline
from processing.predictions import RULE, SCORE
from processing.reporting.analysis import Analysis
from processing.reporting.comparison import MAJORITY_NAME, RULE_NAME, View
from processing.reporting.confidence import REPLICATES
from processing.reporting.fairness import CHANCE, Fairness
from processing.reporting.gate import BASELINE, MAJORITY, Decision
from processing.reporting.inputs import Evaluation
from processing.reporting.signal import AttributeSignal, GroupSignal, Share
from processing.reporting.wording import (
    above,
    count,
    decimal,
    listed,
    percent,
    points_above,
    signed,
    spread,
    with_bounds,
)

INCOME = "income"
_CARRIES = {
    Share.NEARLY_ALL: "carries nearly all of the signal",
    Share.MOST: "carries most of the signal",
    Share.SOME: "carries a part of the signal",
    Share.NEXT_TO_NONE: "carries next to none of the signal",
}


def in_short(analysis: Analysis) -> list[str]:
    """Summarise the report: accuracy, baselines, where the signal comes from, income, the gate."""
    sentences = [accuracy(analysis), baselines(analysis), attribute(analysis.attribute)]
    income = next((candidate for candidate in analysis.groups if candidate.name == INCOME), None)
    if income is not None:
        sentences.append(group(income, analysis.groups))
    return [*sentences, beside_baseline(analysis), gate(analysis)]


def accuracy(analysis: Analysis) -> str:
    """State the accuracy of every model on the test rows."""
    view = analysis.test_view
    models = [
        f"{standing.name} is right on {with_bounds(standing.accuracy, percent)}"
        for standing in view.standings[: view.models]
    ]
    return (
        f"On {count(view.rows)} test rows of {count(view.sites)} sites that no model had seen, {listed(models)}; in "
        "brackets the 95% confidence interval."
    )


def baselines(analysis: Analysis) -> str:
    """State both baselines, and compare every model with the one-feature rule."""
    view, evaluations = analysis.test_view, analysis.inputs.evaluations
    beside = [_beside_rule(evaluation, view) for evaluation in evaluations]
    return (
        f"Always predicting the majority class is right on {percent(view.of(MAJORITY_NAME).accuracy.estimate)}. "
        f"A rule that reads {evaluations[0].report['rule']['feature']} alone is right on "
        f"{percent(view.of(RULE_NAME).accuracy.estimate)}: {listed(beside)}."
    )


def attribute(signal: AttributeSignal) -> str:
    """State what the label-defining attribute carries."""
    if signal.share is Share.NO_SIGNAL:
        return (
            f"There is hardly any signal: {signal.model} is {points_above(signal.lift)} points above the "
            f"majority class, which may be chance, so that nothing can be attributed to {signal.attribute}."
        )
    rule = (
        f" A rule that reads nothing else is {points_above(signal.rule_lift)} points above."
        if signal.rule_reads_it
        else ""
    )
    definition = (
        f" As {signal.attribute} is itself part of the official definition of the levels, the model mostly reads the "
        "label back from its own definition."
        if signal.share in (Share.NEARLY_ALL, Share.MOST)
        else ""
    )
    return f"One facility attribute, {_carried(signal, comma=',')}{rule}{definition}"


def attribute_on_rows(signal: AttributeSignal, rows: str) -> str:
    """State briefly what the attribute carries on a part of the rows."""
    if signal.share is Share.NO_SIGNAL:
        return (
            f"On {rows}, {signal.model} is {points_above(signal.lift)} points above the majority class, which "
            "may be chance."
        )
    return f"On {rows}, {_carried(signal)}"


def ranking_without(with_view: View, without: View, model: str, attribute_name: str) -> str:
    """State whether scores still rank better than chance without the attribute."""
    full, rest = with_view.of(model).roc_auc, without.of(model).roc_auc
    if full is None or rest is None:
        raise ValueError(f"{model} has no scores")
    chance = "better than chance (0.5)" if rest.low > 0.5 else "not measurably better than chance (0.5)"
    return (
        f"ROC AUC on {with_view.name} is {with_bounds(full, decimal)}, and {with_bounds(rest, decimal)} without "
        f"{attribute_name}: {chance}."
    )


def group(signal: GroupSignal, groups: list[GroupSignal]) -> str:
    """State what a group of features carries, by shuffling it."""
    name = signal.name.replace("_", " ")
    strongest = max(groups, key=lambda candidate: candidate.accuracy_drop["mean"])
    costs = (
        f"shuffling it among {count(signal.rows)} rows costs {spread(signal.accuracy_drop, 100, 1)} points of accuracy"
    )
    if signal is strongest:
        verdict = "matters most to the accuracy" if not _is_noise(signal.accuracy_drop) else "does not matter either"
    else:
        verdict = f"carries {'next to none' if signal.next_to_none else 'a part'} of the accuracy"
        costs += f", shuffling {strongest.name.replace('_', ' ')} {spread(strongest.accuracy_drop, 100, 1)}"
    ranking = "which is within the noise of shuffling"
    if not _is_noise(signal.roc_auc_drop):
        ranking = "more than the noise of shuffling these rows; what it is worth on others, the folds below say"
    loss = f"The ranking loses {spread(signal.roc_auc_drop)} of ROC AUC, {ranking}."
    return f"{name.capitalize()} {verdict}: {costs}. {loss}"


def stand_in(pair: dict[str, Any]) -> str:
    """State that two flags stand in for each other, and what each says of the label."""
    first, second = (
        f"{flag['name'].replace('_', ' ')} ({count(flag['rows'])} labelled rows, {percent(flag['positive_fraction'])} "
        "of them level 4)"
        for flag in pair["flags"]
    )
    return (
        f"{first} and {second} stand in for each other: {count(pair['both'])} rows have both, correlation "
        f"{decimal(pair['phi'])}. What a model loses without the one may be due to the other."
    )


def other_groups(groups: list[GroupSignal]) -> str | None:
    """State which groups matter beside the strongest one and income, which have their own sentences."""
    strongest = max(groups, key=lambda candidate: candidate.accuracy_drop["mean"])
    others = [candidate for candidate in groups if candidate is not strongest and candidate.name != INCOME]
    parts = []
    for verdict, next_to_none in (("a part", False), ("next to none", True)):
        names = [candidate.name.replace("_", " ") for candidate in others if candidate.next_to_none == next_to_none]
        if names:
            parts.append(f"{listed(names)} {'carry' if len(names) > 1 else 'carries'} {verdict} of the accuracy")
    return f"Of the other groups, {listed(parts)}." if parts else None


def borough_gaps(fairness: dict[str, Fairness]) -> str:
    """State how many of the gaps between boroughs are more than chance."""
    gaps = [
        (f"{model}'s {field.replace('_', ' ')}", gap)
        for model, rates in fairness.items()
        for field, gap in rates.gaps.items()
        if gap is not None
    ]
    large = [name for name, gap in gaps if gap.chance < CHANCE]
    verdict = f"more than chance in {listed(large)}" if large else "no more than chance may make in any of them"
    return (
        f"Of the {len(gaps)} gaps between the lowest and the highest borough, measured by {count(REPLICATES)} shuffles "
        f"of the boroughs among the sites, the difference is {verdict} (at {CHANCE:.0%})."
    )


def gate(analysis: Analysis) -> str:
    """State who the champion is, the gate's decision and its reasons."""
    decision = analysis.decision
    losses = listed([f"{name} {decimal(loss)}" for name, loss in decision.log_losses.items()])
    chosen = f"{decision.preferred} is the champion by the log loss of the validation rows ({losses})"
    if decision.passed_over:
        chosen += f", after {listed(list(decision.passed_over))}, which the gate does not let pass"
    opens = (
        f"the quality gate opens and {decision.preferred} is registered"
        if decision.champion
        else "the quality gate stays shut and no model is registered"
    )
    return f"{chosen}; {opens}: {'; '.join(_reasons(decision))}."


def verdict(analysis: Analysis) -> str:
    """State the decision for the package's description: what the model is worth first, then how it was decided."""
    return f"{beside_baseline(analysis)} {gate(analysis)}"


def beside_baseline(analysis: Analysis) -> str:
    """State plainly how the champion ranks beside the best simple baseline."""
    decision = analysis.decision
    requirement = decision.requirement(BASELINE)
    if requirement.lead is None:
        raise ValueError("the champion is always compared with the baseline")
    lead = requirement.lead
    if lead.low > 0 and _better_on_folds(analysis.champion.report):
        worth = "is better than"
    elif requirement.holds:
        worth = "is as good as"
    else:
        worth = "is not shown to be as good as"
    return (
        f"{decision.preferred} {worth} a {decision.baseline}: ROC AUC {signed(lead.estimate)} above it, at least "
        f"{signed(lead.low)} (95%), on {count(lead.rows)} test rows{_folds_beside(analysis.champion.report)}."
    )


def _folds_beside(report: dict[str, Any]) -> str:
    """Return how a model ranks beside its best baseline on folds of all rows."""
    figures = [
        f"{signed(difference['mean'])} ± {difference['standard_error']:.3f} over folds by {name}"
        for name, difference in _above_on_folds(report)
    ]
    return f"; {listed(figures)}" if figures else ""


def _above_on_folds(report: dict[str, Any]) -> list[tuple[str, dict[str, float]]]:
    """Return how far a model is above its best baseline by grouping of the folds; empty where that is not measured."""
    measured = ((grouping, above_baseline(report, grouping)) for grouping in GROUPINGS)
    return [(grouping, figures) for grouping, figures in measured if figures is not None]


def _better_on_folds(report: dict[str, Any]) -> bool:
    """Return whether a model is above its best baseline by more than two errors on both kinds of folds, if measured."""
    return all(figures["mean"] > 2 * figures["standard_error"] for _, figures in _above_on_folds(report))


def _reasons(decision: Decision) -> list[str]:
    """Return each question of the gate with its answer."""
    thresholds = decision.thresholds
    reasons = [
        f"accuracy {decision.accuracy:.2%} {'reaches' if decision.accurate else 'misses'} {thresholds.accuracy:.2%}"
    ]
    if not decision.enough_rows:
        reasons.append(f"{count(decision.test_rows)} test rows are fewer than {count(thresholds.minimum_rows)}")
    for entry in decision.requirements:
        if entry.lead is None:
            reasons.append(f"not compared with a {entry.name}: {entry.note}")
            continue
        asked = "superior to" if entry.name == MAJORITY else "not inferior to"
        note = f" ({entry.note})" if entry.note else ""
        reasons.append(
            f"{asked if entry.holds else 'not shown to be ' + asked} the {entry.name}{note}: {entry.metric} "
            f"{signed(entry.lead.estimate)}, lower bound {signed(entry.lead.low)}, asked for more than "
            f"{signed(entry.above)}"
        )
        if entry.holds_by_folds and entry.folds is not None:
            reasons[-1] += (
                f"; the test rows leave it open (up to {signed(entry.lead.high)}), the folds by site show it: "
                f"{signed(entry.folds.estimate)}, lower bound {signed(entry.folds.low)}"
            )
    return reasons


def choice_between_models(analysis: Analysis) -> str | None:
    """State whether the difference between the two models is more than chance."""
    if analysis.difference is None:
        return None
    first, second = (evaluation.name for evaluation in analysis.inputs.evaluations)
    ranking = analysis.difference.roc_auc
    doubt = ", which may be chance" if ranking.includes_zero else ""
    return (
        f"{first} is {above(analysis.difference.accuracy, second)}. Its ROC AUC is {signed(ranking.estimate)} above "
        f"(95% CI {signed(ranking.low)} to {signed(ranking.high)}){doubt}."
    )


def _carried(signal: AttributeSignal, comma: str = "") -> str:
    common = ": it then predicts the majority class on every row" if signal.without_is_majority else ""
    return (
        f"{signal.attribute}{comma} {_CARRIES[signal.share]}: with it {signal.model} is {points_above(signal.lift)} "
        f"points above the majority class, trained without it {points_above(signal.lift_without)}{common}."
    )


def _beside_rule(evaluation: Evaluation, view: View) -> str:
    rows = evaluation.predictions
    differ = int((predicted_classes(rows[SCORE].to_numpy()) != rows[RULE].to_numpy()).sum())
    if not differ:
        return f"{evaluation.name} answers as the rule does on every row"
    difference = view.of(evaluation.name).over_rule
    if difference is None:
        raise ValueError(f"{evaluation.name} is not compared with the rule")
    answers = f"with another answer on {count(differ)} of {count(len(rows))} rows"
    return f"{evaluation.name} is {above(difference, 'it')}, {answers}"


def _is_noise(drop: dict[str, float]) -> bool:
    """Return whether a mean drop is within one standard deviation of its shuffles."""
    return abs(drop["mean"]) <= drop["std"]
