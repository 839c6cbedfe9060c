"""The report of a pipeline execution: one HTML file without scripts or network access.

Run in a processing container as ``python3 -m processing.report``, after the evaluations. It states the quality gate's
decision from the same figures and thresholds as the pipeline's conditions. Beside it, each model has its card.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from processing.exit_message import add_message_argument, run_script
from processing.model_card import file_name, model_card
from processing.reporting import borough_section, data_sections, decision_sections, model_sections, sentences
from processing.reporting.analysis import Analysis, analyse
from processing.reporting.inputs import AUTOML, XGBOOST, Thresholds, read_inputs
from processing.reporting.markup import page, paragraph
from processing.reporting.style import CSS
from processing.reporting.wording import count, listed

REPORT = "report.html"


def write_page(analysis: Analysis) -> str:
    """Return the report as an HTML document: the same for the same results, byte for byte."""
    engineering = analysis.inputs.engineering
    sections = (
        data_sections.subject(analysis),
        data_sections.data_quality(analysis),
        model_sections.quality(analysis),
        model_sections.signal(analysis),
        borough_section.boroughs(analysis),
        decision_sections.leaderboard(analysis),
        decision_sections.gate(analysis),
        decision_sections.method(analysis),
    )
    models = listed([evaluation.name for evaluation in analysis.inputs.evaluations])
    groups = listed([name.replace("_", " ") for name in analysis.inputs.features.feature_groups])
    return page(
        "Which playgrounds are level 4?",
        "Does NYC Parks put a playground in level 4, the last of its four levels of accessibility? Predicted by "
        f"{models} from {groups}; data of {engineering['partition']}, {count(engineering['scored_rows'])} rows of the "
        f"feature set “{engineering['set']}”.",
        CSS,
        [paragraph(sentence) for sentence in sentences.in_short(analysis)],
        [section for section in sections if section is not None],
        f"Made by processing.report from the outputs of one pipeline execution; split seed {engineering['seed']}.",
    )


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    inputs = Path("/opt/ml/processing/input")
    parser = argparse.ArgumentParser(prog="report", description=__doc__)
    parser.add_argument("--features-dir", type=Path, default=inputs / "features", help="holds features.json")
    parser.add_argument("--scoring-dir", type=Path, default=inputs / "scoring")
    parser.add_argument("--evaluation-dir", type=Path, default=inputs / "evaluation", help="of XGBoost")
    parser.add_argument("--automl-evaluation-dir", type=Path, help="of AutoML, in a run that has it")
    parser.add_argument("--leaderboard-dir", type=Path, help="folder below which AutoML's leaderboard.csv lies")
    parser.add_argument("--accuracy-threshold", type=float, required=True, help="the gate's, a fraction")
    parser.add_argument("--minimum-lift", type=float, required=True, help="the gate's, a fraction above the majority")
    parser.add_argument("--output-dir", type=Path, default=Path("/opt/ml/processing/output/report"))
    add_message_argument(parser)
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace) -> str:
    """Write report and cards, and return the gate's decision: the message of an execution that the gate ends."""
    evaluation_dirs = {XGBOOST: options.evaluation_dir}
    if options.automl_evaluation_dir is not None:
        evaluation_dirs[AUTOML] = options.automl_evaluation_dir
    analysis = analyse(
        read_inputs(
            options.features_dir,
            options.scoring_dir,
            evaluation_dirs,
            options.leaderboard_dir,
            Thresholds(options.accuracy_threshold, options.minimum_lift),
        )
    )
    html = write_page(analysis)
    options.output_dir.mkdir(parents=True, exist_ok=True)
    (options.output_dir / REPORT).write_text(html, encoding="utf-8")
    in_short = sentences.in_short(analysis)
    for evaluation in analysis.inputs.evaluations:
        card = model_card(evaluation.name, evaluation.report, analysis.inputs.engineering, in_short)
        (options.output_dir / file_name(evaluation.name)).write_text(json.dumps(card, indent=1), encoding="utf-8")
    print("\n".join(in_short))
    return sentences.gate(analysis)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; return its exit code."""
    options = _parse(arguments)
    return run_script(lambda: _run(options), options.message_file)


if __name__ == "__main__":
    sys.exit(main())
