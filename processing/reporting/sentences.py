"""The figures in words; every word follows from a figure."""

from __future__ import annotations

from processing.decision import predicted_classes
from processing.predictions import RULE, SCORE
from processing.reporting.analysis import Analysis
from processing.reporting.comparison import MAJORITY_NAME, RULE_NAME, View
from processing.reporting.confidence import REPLICATES
from processing.reporting.fairness import CHANCE, Fairness
from processing.reporting.inputs import Evaluation
from processing.reporting.signal import AttributeSignal, GroupSignal, Share
from processing.reporting.wording import above, count, decimal, listed, percent, points_above, spread, with_bounds

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
    return [*sentences, gate(analysis)]


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
    costs = f"shuffling it costs {spread(signal.accuracy_drop, 100, 1)} points of accuracy"
    if signal is strongest:
        verdict = "matters most to the accuracy" if not _is_noise(signal.accuracy_drop) else "does not matter either"
    else:
        verdict = f"carries {'next to none' if signal.next_to_none else 'a part'} of the accuracy"
        costs += f", shuffling {strongest.name.replace('_', ' ')} {spread(strongest.accuracy_drop, 100, 1)}"
    ranking = "which is within the noise" if _is_noise(signal.roc_auc_drop) else "which is more than noise"
    loss = f"The ranking loses {spread(signal.roc_auc_drop)} of ROC AUC, {ranking}."
    return f"{name.capitalize()} {verdict}: {costs}. {loss}"


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
    """State the gate's decision and its reason."""
    thresholds, decision = analysis.inputs.thresholds, analysis.decision
    required = (
        f"an accuracy of {thresholds.accuracy:.2%} and {100 * thresholds.lift:.2f} points above the majority class"
    )
    figures = listed([f"{model.name} has {model.accuracy:.2%} and {100 * model.lift:.2f}" for model in decision.models])
    if decision.champion is None:
        return f"The quality gate stays shut and no model is registered: it asks for {required}; {figures}."
    others = [model for model in decision.models if model is not decision.champion]
    reason = ""
    if others:
        equal = others[0].accuracy == decision.champion.accuracy
        reason = ", to which ties go" if equal else ", the more accurate model"
    return f"The quality gate opens for {decision.champion.name}{reason}: it asks for {required}; {figures}."


def choice_between_models(analysis: Analysis) -> str | None:
    """State whether the difference between the two models is more than chance."""
    if analysis.difference is None:
        return None
    first, second = (evaluation.name for evaluation in analysis.inputs.evaluations)
    return f"{first} is {above(analysis.difference, second)}."


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
