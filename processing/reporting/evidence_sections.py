"""Sections on how far the figures carry: other rows, other thresholds, the rows that are wrong, income, training."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from processing.decision import CLASSES
from processing.feature_contract import DECISION_THRESHOLD, LABEL
from processing.folds import GROUPINGS
from processing.predictions import QUINTILE, SCORE
from processing.reporting.analysis import Analysis
from processing.reporting.markup import Cell, Html, Section, figure, paragraph, table
from processing.reporting.svg import BLUE, GREY, WIDTH, draw
from processing.reporting.wording import NONE, count, decimal, listed, percent, signed

_SHOWN_ERRORS = 15
_THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_METRICS = {"roc_auc": "ROC AUC", "log_loss": "log loss"}


def folds(analysis: Analysis) -> Section:
    """Return the repeated folds by site and by place."""
    model = analysis.inputs.evaluations[0]
    measured = model.report["folds"]
    title = "Other rows than those of this split"
    if measured is None:
        return Section("folds", title, (paragraph(model.report["not_measured"]["folds"]),))
    simple = [name for name in ("rule", "table") if name in measured["site"]["roc_auc"]]
    rows: list[tuple[Cell, ...]] = [
        (
            f"by {grouping}, {metric_name}",
            count(measured[grouping]["groups"]),
            *(
                _with_error(measured[grouping][metric][name])
                for name in ("model", *simple, *(f"model_above_{name}" for name in simple))
            ),
        )
        for grouping in GROUPINGS
        for metric, metric_name in _METRICS.items()
    ]
    head = ("Folds", "Groups", model.name, *simple, *(f"{model.name} above the {name}" for name in simple))
    return Section(
        "folds",
        title,
        (
            paragraph(
                f"One split is one draw. So {model.name} and the baselines are trained and tested on "
                f"{measured['repeats']} times {measured['folds']} folds of all labelled rows. Income is constant "
                "within a ZIP code and so identifies it: with folds by site, a model may remember the ZIP codes of the "
                "test rows. With folds by place, all sites that share income data are in one fold."
            ),
            table(
                head,
                rows,
                "Mean and standard error over the folds. Folds share training rows, so the errors are corrected for it "
                "(Nadeau and Bengio, 2003). A lower log loss is better.",
            ),
        ),
    )


def where_it_is_wrong(analysis: Analysis) -> Section:
    """Return the champion's errors, what other thresholds would change, and its slices by income."""
    champion = analysis.champion
    return Section(
        "errors",
        f"Where {champion.name} is wrong",
        (_errors(analysis), _thresholds(analysis), _income(analysis)),
    )


def training(analysis: Analysis) -> Section:
    """Return hyperparameters, rounds and learning curve of the model that this project trains itself."""
    model = analysis.inputs.evaluations[0]
    facts = model.report["training"]
    curve = facts["learning_curve"]
    named = listed([f"{name} {value}" for name, value in facts["hyperparameters"].items()])
    return Section(
        "training",
        f"How {model.name} was trained",
        (
            paragraph(
                f"Hyperparameters: {named}. It kept {count(facts['rounds'])} of {count(len(curve['validation']))} "
                "rounds: those up to the lowest log loss of the validation rows."
            ),
            figure(_draw_curve(curve, facts["rounds"]), "Log loss by round, on training and on validation rows."),
        ),
    )


def _draw_curve(curve: dict[str, list[float]], rounds: int) -> str:
    def paint(canvas: Figure) -> None:
        axes = canvas.add_subplot()
        for channel, colour in (("train", GREY), ("validation", BLUE)):
            losses = curve[channel]
            axes.plot(np.arange(1, len(losses) + 1), losses, color=colour, label=channel, marker="o", markersize=2.5)
        axes.axvline(rounds, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.set(xlabel="Round", ylabel="Log loss")
        axes.grid()
        axes.legend()

    return draw("learning-curve", "Log loss by round", (WIDTH, 2.4), paint)


def _errors(analysis: Analysis) -> Html:
    rows = analysis.champion.predictions
    wrong = rows[(rows[SCORE] >= DECISION_THRESHOLD) != (rows[LABEL] == 1)]
    distance = (wrong[SCORE] - wrong[LABEL]).abs()
    worst = wrong.loc[distance.sort_values(ascending=False, kind="stable").index[:_SHOWN_ERRORS]]
    return table(
        ("Playground", "Borough", "Level", "Score"),
        [
            (row["name"] or NONE, row["borough"], row["level"] or "none", decimal(row[SCORE]))
            for _, row in worst.iterrows()
        ],
        f"{count(len(wrong))} of {count(len(rows))} test rows are wrong; these {count(len(worst))} by most. The score "
        "is the probability of level 4.",
        text_columns=3,
    )


def _thresholds(analysis: Analysis) -> Html:
    rows = analysis.champion.predictions
    labels, scores = rows[LABEL].to_numpy(), rows[SCORE].to_numpy()
    lines = []
    for threshold in _THRESHOLDS:
        chosen = scores >= threshold
        rates = [percent(float(chosen[labels == label].mean())) for label in reversed(CLASSES)]
        accuracy = float((chosen == (labels == 1)).mean())
        lines.append((f"{threshold:.1f}", percent(accuracy), percent(float(chosen.mean())), *rates))
    return table(
        ("Threshold", "Accuracy", "Called level 4", "True positive rate", "False positive rate"),
        lines,
        f"What another threshold than {DECISION_THRESHOLD} would give, on the test rows.",
    )


def _income(analysis: Analysis) -> Html:
    evaluations = analysis.inputs.evaluations
    first = evaluations[0].report["slices"][QUINTILE]
    return table(
        ("Income", "Rows", "Level 4", *(evaluation.name for evaluation in evaluations), "Rule", "Majority"),
        [
            (
                name,
                count(figures["rows"]),
                count(figures["positives"]),
                *(percent(evaluation.report["slices"][QUINTILE][name]["accuracy"]) for evaluation in evaluations),
                percent(figures["rule_accuracy"]),
                percent(figures["majority_accuracy"]),
            )
            for name, figures in first.items()
        ],
        "Accuracy by fifths of the test rows' income, by the returns under $25,000 in their ZIP codes, and where there "
        "is no income data.",
    )


def _with_error(figures: dict[str, float]) -> tuple[str, str]:
    return signed(figures["mean"]).removeprefix("+"), f"± {figures['standard_error']:.3f}"
