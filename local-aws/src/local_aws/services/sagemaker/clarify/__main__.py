"""The analysis as a program: ``python -m local_aws.services.sagemaker.clarify --job FILE --message FILE``.

It stands for the image ``sagemaker-clarify-processing``: the job's inputs ``analysis_config`` and ``dataset``, and its
output ``analysis_result``, say where the files are.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local_aws.services.sagemaker.clarify import analysis, explanation, predictor
from local_aws.services.sagemaker.clarify.configuration import Configuration, name_columns, read_configuration
from local_aws.services.sagemaker.clarify.model_name import MODEL_NAME
from local_aws.services.sagemaker.model_monitor.environment import BASELINE_CONSTRAINTS
from local_aws.services.sagemaker.model_monitor.errors import AnalysisError
from local_aws.services.sagemaker.model_monitor.reports import read_json, run_check, write_json, write_violations
from local_aws.services.sagemaker.model_monitor.tables import Table, read_table

_CONFIGURATION_FILE = "analysis_config.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Analyse a dataset; see `run_check`."""
    parser = argparse.ArgumentParser(description="Compute bias metrics and SHAP values as Clarify does.")
    parser.add_argument("--job", type=Path, required=True, help="processingjobconfig.json of the job")
    parser.add_argument("--message", type=Path, required=True, help="the file of the job's exit message")
    options = parser.parse_args(arguments)
    return run_check(lambda: run(json.loads(options.job.read_text())), options.message)


def run(job: Mapping[str, Any]) -> list[dict[str, str]] | None:
    """Write the reports of a job; return the violations of the baseline, None without one."""
    inputs = {entry["InputName"]: Path(entry["S3Input"]["LocalPath"]) for entry in job["ProcessingInputs"]}
    outputs = [Path(entry["S3Output"]["LocalPath"]) for entry in job["ProcessingOutputConfig"]["Outputs"]]
    for name in ("analysis_config", "dataset"):
        if name not in inputs:
            raise AnalysisError(f"Clarify's image needs the processing input {name}; got {', '.join(inputs)}")
    document = read_json(inputs["analysis_config"] / _CONFIGURATION_FILE, _CONFIGURATION_FILE)
    environment = job.get("Environment", {})
    if MODEL_NAME in environment and "predictor" in document:
        document["predictor"]["model_name"] = environment[MODEL_NAME]
    data = read_table(inputs["dataset"], {"csv": {"header": False}})
    if not document.get("headers"):
        document["headers"] = name_columns(document, len(data.columns))
    configuration = read_configuration(document)
    table = _named(data, configuration)
    report = _analyse(table, configuration, outputs[0])
    write_json(outputs[0] / analysis.FILE, report)
    baseline = environment.get(BASELINE_CONSTRAINTS)
    if baseline is None:
        return None
    violations = analysis.compare(report, read_json(Path(baseline), Path(baseline).name))
    write_violations(outputs[0], violations, version=analysis.VERSION)
    return violations


def _named(data: Table, configuration: Configuration) -> Table:
    """Return the dataset under the configuration's headers, whether or not its files have them too."""
    headers = configuration.headers
    if len(data.columns) != len(headers):
        raise AnalysisError(f"the dataset has {len(data.columns)} columns, and headers name {len(headers)}")
    start = int([column[0] for column in data.columns.values()] == list(headers))
    return Table({name: column[start:] for name, column in zip(headers, data.columns.values(), strict=True)})


def _analyse(table: Table, configuration: Configuration, folder: Path) -> dict[str, Any]:
    """Return the content of ``analysis.json``, once the other files are written."""
    predictions = None
    if "post_training_bias" in configuration.metrics and configuration.predicted_label is not None:
        predictions = [str(text) for text in table.columns[configuration.predicted_label]]
    asks_model = "post_training_bias" in configuration.metrics and predictions is None
    if not asks_model and configuration.shap is None:
        return analysis.analyse(table, configuration, predictions)
    if configuration.predictor is None:
        raise AnalysisError(
            "shap needs a predictor, and post_training_bias predicted_label, a column of the dataset, or a predictor"
        )
    settings = configuration.predictor
    features = analysis.features(table, configuration)
    with predictor.serving(settings) as ask:
        if asks_model:
            rows = zip(*features.values(), strict=True)
            predictions = predictor.labels(ask(rows), settings, configuration.probability_threshold)
        report = analysis.analyse(table, configuration, predictions)
        if configuration.shap is None:
            return report
        names = settings.get("label_headers", ())
        values = explanation.explain(
            features, configuration.shap, lambda rows: predictor.scores(ask(rows), settings), names
        )
    return {**report, "explanations": explanation.write_explanation(folder, values, configuration.shap)}


if __name__ == "__main__":
    sys.exit(main())
