"""Sections on the data: what is predicted from what, and how good the data is."""

from __future__ import annotations

from itertools import groupby

from processing.exploration import MISSING
from processing.feature_contract import LABEL, SPLITS, FeatureSet
from processing.reporting import feeds
from processing.reporting.analysis import Analysis
from processing.reporting.data_figures import correlations, draw_boroughs, draw_correlation, draw_levels_and_returns
from processing.reporting.markup import Html, Section, figure, paragraph, table
from processing.reporting.wording import count, decimal, listed, percent

_LEVELS = (
    "NYC Parks sorts its accessible playgrounds into four levels (its page “Accessible Playground Definitions”): the "
    "descriptions of levels 1 to 3 name accessible swings, that of level 4 names transfer platforms and ground-level "
    "play features only. Level 4 is the positive class."
)


def subject(analysis: Analysis) -> Section:
    """Return what is predicted from what."""
    features = analysis.inputs.features
    rows = [
        (name.replace("_", " "), ", ".join(_described(features, members)))
        for name, members in features.feature_groups.items()
    ]
    return Section(
        "subject",
        "What is predicted, and from what",
        (
            paragraph(_LEVELS),
            paragraph(
                f"A row is {features.row}. The label rule is: {features.label_rule}. The feature set "
                f"“{features.name}” has {len(features.features)} features in {len(rows)} groups; "
                f"{listed(features.label_defining)} is part of the label's own definition."
            ),
            table(("Group", "Features"), rows, "Features by group.", text_columns=2),
        ),
    )


def data_quality(analysis: Analysis) -> Section:
    """Return rows in and out, missing values and unknown labels."""
    report = analysis.inputs.engineering
    exploration = report["exploration"]
    match = exploration["income_match"]
    return Section(
        "data",
        "The data",
        (
            paragraph(
                feeds.in_full(analysis.inputs.feeds),
                f"The processed table (made on {report['partition']}) has {count(report['joined_rows'])} rows, one "
                f"per playground, ZIP code and AGI bracket, and describes {count(report['playgrounds'])} playgrounds. "
                f"They make {count(report['scored_rows'])} rows of the feature set.",
                _dropped(report["dropped"], report["scored_rows"]),
                f"{count(report['unlabelled_rows'])} rows have no known label: they are scored, but not used in "
                "training or in any figure of this report.",
            ),
            paragraph(
                f"Income comes by ZIP code. {count(match['exact'])} playgrounds lie in a park with one ZIP code of the "
                f"income data, {count(match['list'])} in parks that list several, and {count(match['none'])} have no "
                f"income data ({percent(match['none'] / report['playgrounds'])}).",
            ),
            _split_table(analysis),
            _missing_table(analysis),
            *_exploration(analysis),
        ),
    )


def _exploration(analysis: Analysis) -> tuple[Html, ...]:
    """Return the lab's exploratory figures, and the table that explains most of what follows."""
    exploration = analysis.inputs.engineering["exploration"]
    levels, returns = exploration["levels"], exploration["returns_by_agi_bracket"]
    total, mode = sum(levels.values()), max(levels, key=lambda level: levels[level])
    return (
        figure(
            draw_levels_and_returns(exploration),
            f"{'No level' if mode == MISSING else f'Level {mode}'} is the most frequent entry, "
            f"{count(levels[mode])} of {count(total)} playgrounds ({percent(levels[mode] / total)}). On the right, all "
            f"{sum(returns.values()) / 1e6:.2f} million returns of the {count(exploration['zip_codes'])} ZIP codes "
            "with a playground, each ZIP code counted once.",
        ),
        figure(
            draw_boroughs(exploration["ratings_by_borough"]),
            "Playgrounds by borough and rating; in the bars their number, on the right the borough's total.",
        ),
        _swing_table(exploration["levels_by_adaptive_swing"]),
        _correlation(analysis),
    )


def _correlation(analysis: Analysis) -> Html:
    correlation = correlations(analysis.inputs.rows, analysis.inputs.features)
    with_label = correlation[LABEL].drop(LABEL)
    if with_label.empty:
        return paragraph("No feature varies over the labelled rows, so none correlates with the label.")
    strongest = with_label.abs().sort_values(ascending=False).index[:2]
    named = listed([f"{name} ({decimal(with_label[name])})" for name in strongest])
    return figure(
        draw_correlation(correlation),
        f"Pearson correlation over the labelled rows. Strongest with the label: {named}.",
    )


def _dropped(dropped: dict[str, int], kept: int) -> str:
    reasons = [f"{count(number)} ({reason})" for reason, number in dropped.items() if number]
    before = kept + sum(dropped.values())
    return f"Dropped from {count(before)}: {listed(reasons)}." if reasons else "No rows are dropped."


def _split_table(analysis: Analysis) -> Html:
    balance = analysis.inputs.engineering["class_balance"]
    rows = [
        (
            split,
            count(balance[split]["rows"]),
            count(balance[split]["sites"]),
            count(balance[split]["positives"]),
            percent(balance[split]["positive_fraction"]),
        )
        for split in SPLITS
    ]
    return table(
        ("Split", "Rows", "Sites", "Level 4", "Share"),
        rows,
        "Labelled rows by split. A site, park or school, is in one split only.",
    )


def _missing_table(analysis: Analysis) -> Html:
    """Return features with missing values; neighbours that lack as many share a line."""
    report, features = analysis.inputs.engineering, analysis.inputs.features
    scored = report["scored_rows"]
    missing = [(feature, report["missing_values"].get(feature.name, 0)) for feature in features.features]
    rows = [
        (", ".join(feature.name for feature, _ in members), count(number), percent(number / scored))
        for number, members in ((number, list(run)) for number, run in groupby(missing, key=lambda pair: pair[1]))
        if number
    ]
    raw = report["exploration"]["missing"]
    lacking = listed([f"{field} {count(number)}" for field, number in raw.items()])
    return table(
        ("Feature", "Missing", "Share of rows"),
        rows or [("none", count(0), percent(0))],
        f"Missing values of the features; XGBoost takes them as they are. In the feed, playgrounds without a value: "
        f"{lacking}.",
    )


def _swing_table(by_swing: dict[str, dict[str, int]]) -> Html:
    """Return playgrounds by adaptive swing and level."""
    levels = sorted({level for counts in by_swing.values() for level in counts})
    rows = [
        (answer, *(count(counts.get(level, 0)) for level in levels), count(sum(counts.values())))
        for answer, counts in by_swing.items()
    ]
    head = ["no level" if level == MISSING else f"Level {level}" for level in levels]
    return table(
        ("Adaptive_Swing in the feed", *head, "All"),
        rows,
        "Playgrounds by adaptive swing and level, as the feed has them.",
    )


def _described(features: FeatureSet, members: tuple[str, ...]) -> list[str]:
    by_name = {feature.name: feature.description for feature in features.features}
    if len(members) > 1:
        return list(members)
    return [f"{name}: {by_name[name]}" for name in members]
