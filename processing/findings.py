"""An evaluation in words; every word follows from a figure."""

from __future__ import annotations

from typing import Any

from processing.feature_contract import DECISION_THRESHOLD
from processing.folds import GROUPINGS


def find(report: dict[str, Any], label_defining: tuple[str, ...]) -> list[str]:
    """Describe an evaluation in sentences: the baselines, the model without the label-defining features, each group of
    features, and why something was not measured.
    """
    rule = f"the one-feature rule on {report['rule']['feature']}"
    sentences = [
        f"The model is right on {report['accuracy']:.1%} of {report['rows']['test']} test rows: "
        f"{_compared(report['accuracy'], report['majority_accuracy'], 'the majority class')}, and "
        f"{_compared(report['accuracy'], report['rule_accuracy'], rule)}."
    ]
    sentences.append(_beside_simple(report))
    without = report["views"][without_view(label_defining)]
    if without is not None:
        sentences.append(
            f"Trained without {' and '.join(label_defining)}, part of the label's official definition, it is right on "
            f"{without['accuracy']:.1%}: "
            f"{_compared(without['accuracy'], without['majority_accuracy'], 'the majority class')}; "
            f"ROC AUC {without['roc_auc']:.3f} instead of {report['roc_auc']:.3f}."
        )
    sentences += _importance(report["permutation_importance"])
    sentences += [_stand_in(pair) for pair in report["stand_ins"]]
    if report["folds"] is not None:
        sentences += [_folds(report["folds"], grouping) for grouping in GROUPINGS]
    if report["own_label_differs"]:
        sentences.append(
            f"For {report['own_label_differs']} row(s) the model's own label is not the one that its probability gives "
            f"at {DECISION_THRESHOLD}: it decides by another threshold. All figures here use the probability."
        )
    sentences += [f"Not measured: {field}. {reason}" for field, reason in report["not_measured"].items()]
    return sentences


def _beside_simple(report: dict[str, Any]) -> str:
    tables = ""
    if report["table"] is not None:
        tables = f", of the {report['table']['description']} {report['table_roc_auc']:.3f}"
    return (
        f"ROC AUC is {report['roc_auc']:.3f}; of the rule's training rates {report['rule_roc_auc']:.3f}{tables}. "
        f"On the validation rows the model's log loss is {report['validation']['log_loss']:.3f}."
    )


def _stand_in(pair: dict[str, Any]) -> str:
    first, second = (
        f"{flag['name']} ({flag['rows']} rows, {flag['positive_fraction']:.0%} positive)" for flag in pair["flags"]
    )
    return (
        f"{first} and {second} stand in for each other (correlation {pair['phi']:.2f}, {pair['both']} rows have both): "
        "what a model loses without one of them may be the other's."
    )


def _folds(folds: dict[str, Any], grouping: str) -> str:
    auc = folds[grouping]["roc_auc"]
    simple = "table" if "table" in auc else "rule"
    above = auc[f"model_above_{simple}"]
    return (
        f"Over {folds['repeats']} x {folds['folds']} folds by {grouping} ROC AUC is {auc['model']['mean']:.3f} ± "
        f"{auc['model']['standard_error']:.3f}, {above['mean']:+.4f} ± {above['standard_error']:.4f} above the "
        f"{simple} (corrected standard errors)."
    )


def _importance(importance: dict[str, Any]) -> list[str]:
    return [
        f"Shuffling {group['name']} ({importance['repeats']} times, {group['rows']} rows) "
        f"{_effect(group['accuracy_drop'], 'accuracy')} and {_effect(group['roc_auc_drop'], 'ROC AUC')}."
        for group in importance["groups"]
    ]


def without_view(label_defining: tuple[str, ...]) -> str:
    """Return the name of the view of the model without the label-defining features."""
    return "without_" + "_and_".join(label_defining)


def _compared(accuracy: float, baseline: float, name: str) -> str:
    points = round(100 * (accuracy - baseline), 1)
    if points == 0:
        return f"no more than {name}"
    return f"{abs(points):.1f} points {'above' if points > 0 else 'below'} {name}"


def _effect(drop: dict[str, float], metric: str) -> str:
    """Describe a drop, beyond the noise of its shuffles or within (mean at most one standard deviation)."""
    if abs(drop["mean"]) <= drop["std"]:
        return f"leaves {metric} within the noise of shuffling (fall {drop['mean']:.3f} ± {drop['std']:.3f})"
    direction = "lowers" if drop["mean"] > 0 else "raises"
    return f"{direction} {metric} by {abs(drop['mean']):.3f} ± {drop['std']:.3f}"
