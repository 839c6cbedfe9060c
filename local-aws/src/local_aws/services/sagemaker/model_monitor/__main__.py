"""The analysis as a program: ``python -m local_aws.services.sagemaker.model_monitor --message FILE``.

It stands for the image ``sagemaker-model-monitor-analyzer``: the environment says what to analyse, see `environment`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local_aws.services.sagemaker.model_monitor import constraints, statistics
from local_aws.services.sagemaker.model_monitor.constraints import check_constraints, suggest_constraints
from local_aws.services.sagemaker.model_monitor.environment import Analysis, read_environment
from local_aws.services.sagemaker.model_monitor.model_quality import (
    check_metrics,
    compute_metrics,
    suggest_metric_constraints,
)
from local_aws.services.sagemaker.model_monitor.reports import read_json, run_check, write_json, write_violations
from local_aws.services.sagemaker.model_monitor.statistics import compute_statistics
from local_aws.services.sagemaker.model_monitor.tables import read_table


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ) -> int:
    """Analyse a dataset; see `run_check`."""
    parser = argparse.ArgumentParser(description="Analyse a dataset as Model Monitor does.")
    parser.add_argument("--message", type=Path, required=True, help="the file of the job's exit message")
    options = parser.parse_args(arguments)
    return run_check(lambda: run(read_environment(environment)), options.message)


def run(analysis: Analysis) -> list[dict[str, str]] | None:
    """Write the reports; return the violations of the baseline, None without one."""
    table = read_table(analysis.source, analysis.dataset_format)
    bounds = _read(analysis.baseline_constraints)
    violations = None
    if analysis.attributes is None:
        measured, suggested = compute_statistics(table), suggest_constraints(table)
        if bounds is not None:
            violations = check_constraints(table, measured, bounds, _read(analysis.baseline_statistics))
    else:
        measured = compute_metrics(table, analysis.attributes)
        suggested = suggest_metric_constraints(measured)
        if bounds is not None:
            violations = check_metrics(measured, bounds)
    write_json(analysis.output / statistics.FILE, measured)
    write_json(analysis.output / constraints.FILE, suggested)
    write_violations(analysis.output, violations or [])
    return violations


def _read(path: Path | None) -> dict[str, Any] | None:
    return None if path is None else read_json(path, f"the baseline {path.name}")


if __name__ == "__main__":
    sys.exit(main())
