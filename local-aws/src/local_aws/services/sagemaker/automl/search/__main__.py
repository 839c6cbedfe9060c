"""Runs a search: reads the data, trains the candidates, and reports on the best.

Its results go to the plan's output folder, in the layout of `artifacts`; it reports its progress on standard output.
A search that fails leaves the reason in ``failure`` beside that folder.
"""

from __future__ import annotations

import functools
import logging
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from local_aws.services.sagemaker.automl import artifacts
from local_aws.services.sagemaker.automl.candidates import best_of
from local_aws.services.sagemaker.automl.plan import Plan
from local_aws.services.sagemaker.automl.progress import Stage, Trained, report
from local_aws.services.sagemaker.automl.search.exploration import data_notebook
from local_aws.services.sagemaker.automl.search.tables import DataError, Tables, read_tables

if TYPE_CHECKING:
    from local_aws.services.sagemaker.automl.search.candidate_search import CandidateSearch

_WORK = "work"
_EXPLANATION_SHARE = 0.6
"""The maximum share of the remaining time that the explanation takes."""


def main() -> int:
    """Run the search that the plan asks for; return the exit code."""
    plan = Plan.read(Path(sys.argv[1]))
    try:
        _search(plan)
    except DataError as error:
        (Path(plan.output).parent / "failure").write_text(str(error), encoding="utf-8")
        print(error)
        return 1
    return 0


def _search(plan: Plan) -> None:
    output = Path(plan.output)
    tables = read_tables(plan)
    notebook = output / artifacts.NOTEBOOKS / artifacts.NOTEBOOK_FILE
    artifacts.write_whole(notebook, data_notebook(tables, plan.training.source))
    report(Stage("PreTraining"))
    search = _candidate_search(plan, tables)
    report(Stage("TrainingModels"))
    report(search.run(report))
    if not search.trained:
        raise DataError(_no_candidate_reason(plan, search))
    _report_on(plan, tables, search, best_of(search.trained, plan.objective))


def _candidate_search(plan: Plan, tables: Tables) -> CandidateSearch:
    """Load AutoGluon, which takes seconds that a search with unusable data does not spend."""
    # AutoGluon would import it, for two seconds more, to see whether it interferes; nobody logs to it here.
    sys.modules["mlflow"] = None  # type: ignore[assignment]
    from autogluon.common.utils import utils

    # It would read the metadata of all installed packages each time that a predictor is written or read.
    utils.get_package_versions = functools.cache(utils.get_package_versions)
    from local_aws.services.sagemaker.automl.search.candidate_search import CandidateSearch

    # Neither a missing GPU nor scikit-learn's opinion of AutoGluon's settings matters to this search.
    logging.getLogger("autogluon.common.utils.resource_utils").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module="sklearn")
    return CandidateSearch(plan, tables, Path(plan.output).parent / _WORK)


def _report_on(plan: Plan, tables: Tables, search: CandidateSearch, best: Trained) -> None:
    from local_aws.services.sagemaker.automl.search import reports

    output = Path(plan.output)
    report(Stage("GeneratingExplainabilityReport"))
    seconds = max(0.0, plan.deadline - time.time()) * _EXPLANATION_SHARE
    explanation = reports.explain(search.predictor, best.model, plan.objective, tables, seconds)
    artifacts.write_whole(output / artifacts.EXPLAINABILITY / best.name / artifacts.EXPLANATION_FILE, explanation)
    report(Stage("GeneratingModelInsightsReport"))
    insights = reports.insights(search.predictions(best.model), tables)
    artifacts.write_whole(output / artifacts.MODEL_INSIGHTS / best.name / artifacts.INSIGHTS_FILE, insights)


def _no_candidate_reason(plan: Plan, search: CandidateSearch) -> str:
    limits = {
        "MaxAutoMLJobRuntimeInSeconds": plan.seconds,
        "MaxRuntimePerTrainingJobInSeconds": plan.seconds_per_candidate,
    }
    bounds = ", ".join(f"{name} {value}" for name, value in limits.items() if value is not None)
    reasons = "; ".join(search.dropped) or "there was no time to start one"
    return f"no candidate was complete within {bounds}: {reasons}"


if __name__ == "__main__":
    sys.exit(main())
