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

from local_aws.services.sagemaker.clarify import analysis
from local_aws.services.sagemaker.clarify.configuration import Configuration, read_configuration
from local_aws.services.sagemaker.clarify.model_name import MODEL_NAME
from local_aws.services.sagemaker.clarify.predictor import predict
from local_aws.services.sagemaker.model_monitor.environment import BASELINE_CONSTRAINTS
from local_aws.services.sagemaker.model_monitor.errors import AnalysisError
from local_aws.services.sagemaker.model_monitor.reports import exit_message, read_json, write_json, write_violations
from local_aws.services.sagemaker.model_monitor.tables import Table, read_table

_CONFIGURATION_FILE = "analysis_config.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Analyse a dataset; the reason of a failure is the last line of standard error."""
    parser = argparse.ArgumentParser(description="Compute bias metrics as Clarify does.")
    parser.add_argument("--job", type=Path, required=True, help="processingjobconfig.json of the job")
    parser.add_argument("--message", type=Path, required=True, help="the file of the job's exit message")
    options = parser.parse_args(arguments)
    try:
        message = exit_message(run(json.loads(options.job.read_text())))
    except AnalysisError as error:
        print(error, file=sys.stderr)
        return 1
    options.message.write_text(message)
    print(message)
    return 0


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
    configuration = read_configuration(document)
    table = _table(inputs["dataset"], configuration)
    report = analysis.analyse(table, configuration, _predictions(table, configuration))
    write_json(outputs[0] / analysis.FILE, report)
    baseline = environment.get(BASELINE_CONSTRAINTS)
    if baseline is None:
        return None
    violations = analysis.compare(report, read_json(Path(baseline), Path(baseline).name))
    write_violations(outputs[0], violations, version=analysis.VERSION)
    return violations


def _table(folder: Path, configuration: Configuration) -> Table:
    """Return the dataset under the configuration's headers, whether or not its files have them too."""
    read = read_table(folder, {"csv": {"header": False}})
    headers = configuration.headers
    if len(read.columns) != len(headers):
        raise AnalysisError(f"the dataset has {len(read.columns)} columns, and headers name {len(headers)}")
    start = int([column[0] for column in read.columns.values()] == list(headers))
    return Table({name: column[start:] for name, column in zip(headers, read.columns.values(), strict=True)})


def _predictions(table: Table, configuration: Configuration) -> list[str] | None:
    if "post_training_bias" not in configuration.metrics:
        return None
    if configuration.predicted_label is not None:
        return [str(text) for text in table.columns[configuration.predicted_label]]
    if configuration.predictor is None:
        raise AnalysisError("post_training_bias needs predicted_label, a column of the dataset, or a predictor")
    features = analysis.features(table, configuration)
    return predict(features, configuration.predictor, configuration.probability_threshold)


if __name__ == "__main__":
    sys.exit(main())
