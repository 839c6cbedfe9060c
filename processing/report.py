"""The report of a pipeline execution: one HTML file without scripts or network access.

Run in a processing container as ``python3 -m processing.report``, after the evaluations. It takes the quality gate's
decision, states it, and writes ``decision.json``, which the pipeline's conditions read. Beside it, each model has its
card.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from processing.exit_message import add_message_argument, run_script
from processing.feed_dates import DATED_FEEDS, TAX_YEAR
from processing.model_card import file_name, model_card
from processing.reporting import (
    borough_section,
    data_sections,
    decision_sections,
    evidence_sections,
    feeds,
    model_sections,
    sentences,
)
from processing.reporting.analysis import Analysis, analyse
from processing.reporting.gate import as_json
from processing.reporting.inputs import AUTOML, XGBOOST, Thresholds, read_inputs
from processing.reporting.markup import page, paragraph
from processing.reporting.style import CSS
from processing.reporting.wording import count, listed
from processing.serving import NONE, ServingInputs

REPORT, DECISION = "report.html", "decision.json"
_FEED_DATES = (*(f"{feed}-date" for feed in DATED_FEEDS), TAX_YEAR)


def write_page(analysis: Analysis) -> str:
    """Return the report as an HTML document: the same for the same results, byte for byte."""
    engineering = analysis.inputs.engineering
    sections = (
        data_sections.subject(analysis),
        data_sections.data_quality(analysis),
        model_sections.quality(analysis),
        model_sections.signal(analysis),
        evidence_sections.folds(analysis),
        evidence_sections.where_it_is_wrong(analysis),
        borough_section.boroughs(analysis),
        decision_sections.leaderboard(analysis),
        decision_sections.gate(analysis),
        evidence_sections.training(analysis),
        decision_sections.method(analysis),
    )
    models = listed([evaluation.name for evaluation in analysis.inputs.evaluations])
    groups = listed([name.replace("_", " ") for name in analysis.inputs.features.feature_groups])
    return page(
        "Which playgrounds are level 4?",
        "Does NYC Parks put a playground in level 4, the last of its four levels of accessibility? Predicted by "
        f"{models} from {groups}; {feeds.in_short(analysis.inputs.feeds)}; "
        f"{count(engineering['scored_rows'])} rows of the feature set “{engineering['set']}”.",
        CSS,
        [paragraph(sentence) for sentence in (*_generated(analysis), *sentences.in_short(analysis))],
        [section for section in sections if section is not None],
        f"Made by processing.report from the outputs of one pipeline execution; split seed {engineering['seed']}.",
    )


def _generated(analysis: Analysis) -> list[str]:
    if not analysis.inputs.engineering.get("generated"):
        return []
    return ["The feeds are generated: these figures say how the system works, nothing about New York's playgrounds."]


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    inputs = Path("/opt/ml/processing/input")
    parser = argparse.ArgumentParser(prog="report", description=__doc__)
    parser.add_argument("--features-dir", type=Path, default=inputs / "features", help="holds features.json")
    parser.add_argument("--scoring-dir", type=Path, default=inputs / "scoring")
    parser.add_argument("--evaluation-dir", type=Path, default=inputs / "evaluation", help="of XGBoost")
    parser.add_argument("--automl-evaluation-dir", type=Path, help="of AutoML, in a run that has it")
    parser.add_argument("--candidates-dir", type=Path, help="holds candidates.json, what AutoML has tried")
    parser.add_argument("--accuracy-threshold", type=float, required=True, help="the gate's, a fraction")
    parser.add_argument("--gate-margin", type=float, required=True, help="the gate's, of ROC AUC")
    parser.add_argument("--minimum-test-rows", type=int, required=True, help="the gate's")
    for name in _FEED_DATES:
        parser.add_argument(f"--{name}", default="", help="when the feed was made, as the processed table has it")
    parser.add_argument("--serving-package", default=NONE, help="ARN of the package that serves now")
    parser.add_argument("--serving-reason", default="no endpoint was named", help="why there is no such package")
    parser.add_argument("--serving-algorithm", default=NONE, help="its kind")
    for output in ("evaluation", "scoring", "model"):
        parser.add_argument(f"--serving-{output}-dir", type=Path, default=inputs / f"serving-{output}")
    parser.add_argument("--output-dir", type=Path, default=Path("/opt/ml/processing/output/report"))
    add_message_argument(parser)
    return parser.parse_args(arguments)


def analysis_of(options: argparse.Namespace) -> Analysis:
    """Read the outputs that the command line names, and compute all results."""
    evaluation_dirs = {XGBOOST: options.evaluation_dir}
    if options.automl_evaluation_dir is not None:
        evaluation_dirs[AUTOML] = options.automl_evaluation_dir
    return analyse(
        read_inputs(
            options.features_dir,
            options.scoring_dir,
            evaluation_dirs,
            options.candidates_dir,
            Thresholds(options.accuracy_threshold, options.gate_margin, options.minimum_test_rows),
            ServingInputs(
                options.serving_package,
                options.serving_reason,
                options.serving_algorithm,
                options.serving_evaluation_dir,
                options.serving_scoring_dir,
                options.serving_model_dir,
            ),
            [getattr(options, name.replace("-", "_")) for name in _FEED_DATES],
        )
    )


def _run(options: argparse.Namespace) -> str:
    """Write report, cards and decision; return the decision in words, for the package or the execution that it ends."""
    analysis = analysis_of(options)
    html = write_page(analysis)
    options.output_dir.mkdir(parents=True, exist_ok=True)
    (options.output_dir / REPORT).write_text(html, encoding="utf-8")
    dates = analysis.inputs.feeds
    decision = json.dumps(as_json(analysis.decision) | {"feeds": feeds.as_json(dates)}, indent=1, allow_nan=False)
    (options.output_dir / DECISION).write_text(decision + "\n", encoding="utf-8")
    in_short = sentences.in_short(analysis)
    for evaluation in analysis.inputs.evaluations:
        card = model_card(
            evaluation.name, evaluation.report, analysis.inputs.engineering, in_short, feeds.in_full(dates)
        )
        (options.output_dir / file_name(evaluation.name)).write_text(json.dumps(card, indent=1), encoding="utf-8")
    print("\n".join([feeds.in_full(dates), *in_short]))
    return sentences.verdict(analysis)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; return its exit code."""
    options = parse(arguments)
    return run_script(lambda: _run(options), options.message_file)


if __name__ == "__main__":
    sys.exit(main())
