"""Figures on the models: accuracy beside the baselines, curves, calibration, confusion, importance, boroughs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from processing.decision import confusion
from processing.feature_contract import LABEL
from processing.predictions import RULE, SCORE
from processing.reporting.calibration import Calibration
from processing.reporting.comparison import RULE_NAME, View
from processing.reporting.confidence import Interval
from processing.reporting.fairness import Fairness
from processing.reporting.inputs import Evaluation
from processing.reporting.signal import GroupSignal
from processing.reporting.svg import BLUE, GREY, INK, MUTED, PAPER, SERIES, WIDTH, draw, percent_axis, plain

_MARKERS = {"XGBoost": "o", "AutoML": "s", "Best one-feature rule": "D"} | {
    "Best table of two flags": "^",
    "Majority class": "|",
}
_ROW = 0.24  # inches a line of a dot plot takes


def draw_accuracies(views: Sequence[View]) -> str:
    """Draw the accuracy of models and baselines, one block per view."""
    names = list(dict.fromkeys(standing.name for view in views for standing in view.standings))
    lines = sum(len(view.standings) + 1.4 for view in views)

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        place = 0.0
        ticks = []
        for view in views:
            title = view.name[0].upper() + view.name[1:]
            axes.text(0, place, title, transform=axes.get_yaxis_transform(), weight="bold", va="center")
            place -= 1
            for standing in view.standings:
                _whisker(axes, standing.accuracy, place, standing.name)
                value = f"{standing.accuracy.estimate:.1%}"
                axes.text(1.01, place, value, transform=axes.get_yaxis_transform(), va="center")
                ticks.append((place, standing.name))
                place -= 1
            place -= 0.4
        axes.set_yticks([tick for tick, _ in ticks], [name for _, name in ticks])
        axes.set(ylim=(place + 0.6, 0.8))
        axes.grid(axis="x")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        percent_axis(axes, "x")

    described = f"Accuracy with 95% confidence intervals: {', '.join(names)}"
    return draw(f"accuracies-{len(views)}", described, (WIDTH, 0.5 + _ROW * lines), paint)


def draw_curves(evaluations: Sequence[Evaluation]) -> str:
    """Draw ROC and precision-recall curves, with the one-feature rule as a point."""
    labels = evaluations[0].predictions[LABEL].to_numpy()
    rule = confusion(labels, evaluations[0].predictions[RULE].to_numpy(dtype=float))
    recall = rule["1"]["1"] / labels.sum()
    fall_out = rule["0"]["1"] / (1 - labels).sum()
    called = rule["1"]["1"] + rule["0"]["1"]

    def paint(figure: Figure) -> None:
        roc, precision_recall = figure.subplots(1, 2)
        roc.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
        precision_recall.axhline(labels.mean(), color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
        for evaluation in evaluations:
            line: dict[str, Any] = {"color": SERIES[evaluation.name], "linewidth": 1.6, "label": evaluation.name}
            roc_curve = evaluation.curves["receiver_operating_characteristic_curve"]
            roc.plot(roc_curve["false_positive_rates"], roc_curve["true_positive_rates"], **line)
            pr_curve = evaluation.curves["precision_recall_curve"]
            precision_recall.plot(pr_curve["recalls"], pr_curve["precisions"], **line)
        mark: dict[str, Any] = {"color": SERIES[RULE_NAME], "marker": "D", "markersize": 6, "linestyle": "none"}
        roc.plot([fall_out], [recall], label=RULE_NAME, **mark)
        if called:
            precision_recall.plot([recall], [rule["1"]["1"] / called], **mark)
        roc.set(title="ROC", xlabel="False positive rate", ylabel="True positive rate")
        precision_recall.set(title="Precision and recall", xlabel="Recall", ylabel="Precision")
        for axes in (roc, precision_recall):
            axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
            axes.grid()
        roc.legend(loc="lower right")

    return draw("curves", "ROC curves and precision-recall curves", (WIDTH, 3.9), paint)


def draw_calibration(calibrations: Mapping[str, Calibration], evaluations: Sequence[Evaluation]) -> str:
    """Draw the fraction of class 1 against the mean score, above the scores' distribution; one column per model."""

    def paint(figure: Figure) -> None:
        grid = figure.subplots(2, 2, sharex=True, sharey="row", height_ratios=(4, 1), squeeze=False)
        for column, evaluation in enumerate(evaluations):
            axes, below = grid[:, column]
            bins = calibrations[evaluation.name].bins
            shares = [group.positive_share for group in bins]
            y, low, high = (
                np.array([getattr(share, part) for share in shares]) for part in ("estimate", "low", "high")
            )
            x = [group.mean_score for group in bins]
            axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
            colour = SERIES[evaluation.name]
            axes.errorbar(x, y, yerr=[y - low, high - y], color=colour, fmt="o-", markersize=4, linewidth=1)
            axes.set(title=evaluation.name, xlim=(0, 1), ylim=(-0.02, 1.02))
            axes.grid()
            scores = evaluation.predictions[SCORE].to_numpy()
            below.hist(scores, bins=np.linspace(0, 1, 41), color=colour)
            below.set(xlabel="Score")
        grid[0, 0].set_ylabel("Share of level 4")
        grid[1, 0].set_ylabel("Rows")
        for unused in grid[:, len(evaluations) :].flat:
            unused.set_visible(False)

    return draw("calibration", "Calibration of the scores", (WIDTH, 3.9), paint)


def draw_confusion(evaluations: Sequence[Evaluation]) -> str:
    """Draw confusion matrices of the models and of the one-feature rule; colour is the fraction of the row."""
    labels = evaluations[0].predictions[LABEL].to_numpy()
    answers = {evaluation.name: evaluation.predictions[SCORE].to_numpy() for evaluation in evaluations}
    answers[RULE_NAME] = evaluations[0].predictions[RULE].to_numpy(dtype=float)

    def paint(figure: Figure) -> None:
        panels = figure.subplots(1, 3, sharey=True)
        for axes, (name, scores) in zip(panels, answers.items(), strict=False):
            matrix = confusion(labels, scores)
            cells = np.array([[matrix[actual][predicted] for predicted in "10"] for actual in "10"])
            shares = cells / cells.sum(axis=1, keepdims=True)
            axes.pcolormesh(shares, cmap="Blues", vmin=0, vmax=1.15, edgecolors=PAPER, linewidth=1.5)
            for (row, column), number in np.ndenumerate(cells):
                colour = PAPER if shares[row, column] > 0.6 else INK
                x, y = column + 0.5, row + 0.5
                axes.text(x, y - 0.05, f"{number:,}", ha="center", va="center", color=colour, fontsize=12)
                axes.text(x, y + 0.3, f"{shares[row, column]:.0%}", ha="center", color=colour, fontsize=7.5)
            axes.set(title=name, xlabel="Predicted", ylim=(2, 0))
            axes.set_xticks([0.5, 1.5], ["level 4", "other"])
            axes.set_yticks([0.5, 1.5], ["level 4", "other"])
            plain(axes)
        panels[0].set_ylabel("Actual")
        for unused in panels[len(answers) :]:
            unused.set_visible(False)

    return draw("confusion", "Confusion matrices of the test rows", (WIDTH, 2.25), paint)


def draw_importance(groups: Sequence[GroupSignal]) -> str:
    """Draw the drop of accuracy and of ROC AUC when a group of features is shuffled."""

    def paint(figure: Figure) -> None:
        panels = figure.subplots(1, 2, sharey=True)
        places = np.arange(len(groups))[::-1]
        for axes, field, title in zip(
            panels, ("accuracy_drop", "roc_auc_drop"), ("Fall of accuracy", "Fall of ROC AUC"), strict=True
        ):
            drops = [getattr(group, field) for group in groups]
            means, spreads = ([drop[part] for drop in drops] for part in ("mean", "std"))
            axes.barh(places, means, height=0.6, color=BLUE)
            axes.errorbar(means, places, xerr=spreads, fmt="none", ecolor=INK, elinewidth=0.9)
            axes.axvline(0, color=MUTED, linewidth=0.7)
            axes.set_title(title)
            axes.grid(axis="x")
            axes.spines["left"].set_visible(False)
            axes.tick_params(axis="y", length=0)
        panels[0].set_yticks(places, [group.name.replace("_", " ") for group in groups])

    return draw("importance", "Permutation importance by group of features", (WIDTH, 0.8 + 0.3 * len(groups)), paint)


def draw_rates(fairness: Mapping[str, Fairness]) -> str:
    """Draw selection rate, true and false positive rate by borough, with intervals; one colour per model."""
    boroughs = [rates.borough for rates in next(iter(fairness.values())).boroughs]
    fields = {
        "Selection rate": "selection_rate",
        "True positive rate": "true_positive_rate",
        "False positive rate": "false_positive_rate",
    }

    def paint(figure: Figure) -> None:
        panels = figure.subplots(1, len(fields), sharey=True)
        places = np.arange(len(boroughs))[::-1]
        for axes, (title, field) in zip(panels, fields.items(), strict=True):
            for number, (name, measured) in enumerate(fairness.items()):
                shift = 0.16 * (len(fairness) - 1) - 0.32 * number
                for place, borough in zip(places, measured.boroughs, strict=True):
                    value: Interval | None = getattr(borough, field)
                    if value is not None:
                        _whisker(axes, value, place + shift, name)
            axes.set(title=title, xlim=(-0.04, 1.04), ylim=(-0.6, len(boroughs) - 0.4), xticks=[0, 0.5, 1])
            axes.grid(axis="x")
            axes.spines["left"].set_visible(False)
            axes.tick_params(axis="y", length=0)
            percent_axis(axes, "x")
        panels[0].set_yticks(places, boroughs)
        handles = [
            panels[0].plot([], [], color=SERIES[name], marker=_MARKERS[name], linestyle="none", label=name)[0]
            for name in fairness
        ]
        figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), handletextpad=0.2)

    described = "Selection rate, true and false positive rate by borough"
    return draw("rates", described, (WIDTH, 1.2 + 0.34 * len(boroughs)), paint)


def _whisker(axes: Axes, value: Interval, place: float, name: str) -> None:
    """Draw a dot at the estimate on a line from the lower to the upper bound."""
    colour = SERIES[name]
    axes.plot([value.low, value.high], [place, place], color=colour, linewidth=1.4, solid_capstyle="butt")
    size = 9 if _MARKERS[name] == "|" else 5
    axes.plot([value.estimate], [place], color=colour, marker=_MARKERS[name], markersize=size, markeredgewidth=1.4)
