"""Which pickled models the built-in algorithm of this server has written.

Loading a pickle runs what is in it. The server loads one that it has made itself, which it recognises by its content
wherever a copy lies, and any other only where the model server has a root of its own.
"""

from __future__ import annotations

from pathlib import Path

from local_aws.kernel.records import Records
from local_aws.services.sagemaker.automl.archives import digest
from local_aws.services.sagemaker.serving.pickles import is_pickle

_KIND = "xgboost-pickle"


def remember_pickles(records: Records, model_dir: Path, job: str) -> None:
    """Remember the pickles that a training job has written."""
    for file in _pickles(model_dir):
        records.put(_KIND, digest(file), {"TrainingJobName": job})


def foreign_pickles(records: Records, model_dir: Path) -> list[str]:
    """Return the names of the pickles in a model folder that no training job of this server has written."""
    return [file.name for file in _pickles(model_dir) if records.get(_KIND, digest(file)) is None]


def _pickles(model_dir: Path) -> list[Path]:
    return [file for file in sorted(model_dir.iterdir()) if file.is_file() and is_pickle(file)]
