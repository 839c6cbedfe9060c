"""Plots of an evaluation as PNG files; they need no display."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

_BLUE, _GREY = "#1f5a99", "#9aa5b1"


def draw_plots(report: dict[str, Any], curves: dict[str, dict[str, list[float]]], folder: Path) -> None:
    """Draw ROC curve, precision-recall curve, confusion matrix, importance and the comparison with the baselines.

    The folder gets one PNG file per plot; what the evaluation has not measured is not drawn.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawings: dict[str, Callable[[Axes], None]] = {
        "roc_curve": lambda axes: _roc(axes, curves, report["roc_auc"]),
        "precision_recall_curve": lambda axes: _precision_recall(axes, curves, report),
        "confusion_matrix": lambda axes: _confusion(axes, report),
        "accuracy_by_view": lambda axes: _views(axes, report["views"]),
        "permutation_importance": lambda axes: _importance(axes, report["permutation_importance"]),
    }
    for name, draw in drawings.items():
        figure = Figure(figsize=(6, 4.2), dpi=100, layout="tight")
        draw(figure.add_subplot())
        figure.savefig(folder / f"{name}.png")


def _roc(axes: Axes, curves: dict[str, dict[str, list[float]]], roc_auc: float) -> None:
    curve = curves["receiver_operating_characteristic_curve"]
    axes.plot(curve["false_positive_rates"], curve["true_positive_rates"], color=_BLUE)
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle="--")
    axes.set(xlabel="False positive rate", ylabel="True positive rate", title=f"ROC curve, AUC {roc_auc:.3f}")


def _precision_recall(axes: Axes, curves: dict[str, dict[str, list[float]]], report: dict[str, Any]) -> None:
    curve = curves["precision_recall_curve"]
    base = report["rows"]["test_positives"] / report["rows"]["test"]
    axes.plot(curve["recalls"], curve["precisions"], color=_BLUE)
    axes.axhline(base, color=_GREY, linestyle="--")
    axes.set(xlabel="Recall", ylabel="Precision", ylim=(0, 1.02), title="Precision and recall of class 1")


def _confusion(axes: Axes, report: dict[str, Any]) -> None:
    matrix = report["binary_classification_metrics"]["confusion_matrix"]
    cells = [[matrix[actual][predicted] for predicted in "01"] for actual in "01"]
    largest = max(max(row) for row in cells)
    axes.imshow(cells, cmap="Blues", vmin=0)
    for actual, row in enumerate(cells):
        for predicted, count in enumerate(row):
            colour = "white" if count > largest / 2 else "black"
            axes.text(predicted, actual, str(count), ha="center", va="center", color=colour)
    axes.set(xticks=[0, 1], yticks=[0, 1], xlabel="Predicted", ylabel="Actual", title="Confusion matrix, test rows")


def _importance(axes: Axes, importance: dict[str, Any]) -> None:
    groups = importance["groups"][::-1]
    axes.barh(
        [group["name"] for group in groups],
        [group["roc_auc_drop"]["mean"] for group in groups],
        xerr=[group["roc_auc_drop"]["std"] for group in groups],
        color=_BLUE,
        ecolor=_GREY,
    )
    axes.set(xlabel=f"Fall of ROC AUC, mean of {importance['repeats']} shuffles", title="Permutation importance")


def _views(axes: Axes, all_views: dict[str, dict[str, Any] | None]) -> None:
    views = {name: view for name, view in all_views.items() if view is not None}
    bars = (
        ("model", "accuracy", _BLUE),
        ("one-feature rule", "rule_accuracy", "#6fa8dc"),
        ("majority", "majority_accuracy", _GREY),
    )
    for offset, (label, field, colour) in enumerate(bars):
        positions = [place + 0.27 * (offset - 1) for place in range(len(views))]
        axes.bar(positions, [view[field] for view in views.values()], width=0.25, label=label, color=colour)
    axes.set(ylim=(0, 1.15), ylabel="Accuracy", title="Accuracy beside the baselines")
    axes.set_xticks(range(len(views)), [name.replace("_", " ") for name in views], fontsize=8)
    axes.legend(loc="upper right", ncols=3, fontsize=8)
