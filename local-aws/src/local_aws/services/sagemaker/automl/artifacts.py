"""What a search leaves in its output folder, and where a job's artifacts lie in S3.

The layout in S3 is Autopilot's, as its jobs in ensembling mode have been seen to leave it:
``sagemaker-automl-candidates/model/<candidate>/model.tar.gz``, ``documentation/explainability/output/<candidate>/`` and
``documentation/model_monitor/output/<candidate>/`` below ``<S3OutputPath>/<job>``.
"""

from __future__ import annotations

from pathlib import Path

EXPLANATION_FILE = "analysis.json"
INSIGHTS_FILE = "statistics.json"
NOTEBOOK_FILE = "SageMakerAutopilotDataExplorationNotebook.ipynb"

CANDIDATES = "sagemaker-automl-candidates/model"
EXPLAINABILITY = "documentation/explainability/output"
MODEL_INSIGHTS = "documentation/model_monitor/output"
NOTEBOOKS = "sagemaker-automl-candidates/notebooks"


def archive_path(candidate: str) -> str:
    """Return the path of a candidate's model archive below the job's output."""
    return f"{CANDIDATES}/{candidate}/model.tar.gz"


def write_whole(path: Path, text: str) -> None:
    """Write a file that is there whole or not at all, whenever the process is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    incoming = path.with_name(f".{path.name}")
    incoming.write_text(text, encoding="utf-8")
    incoming.replace(path)
