"""Which model archives the AutoML jobs of this server have made.

An AutoGluon model is pickled, and loading a pickle runs what is in it. The server loads only those that it has made
itself, which it recognises by their content, wherever a copy lies.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from local_aws.kernel.records import Records
from local_aws.services.sagemaker.errors import invalid

_KIND = "automl-model-archive"


def remember_archive(records: Records, archive: Path, job: str, candidate: str) -> None:
    """Remember an archive that a job has made."""
    records.put(_KIND, digest(archive), {"AutoMLJobName": job, "CandidateName": candidate})


def require_own_archive(records: Records, archive: Path, url: str) -> None:
    """Raise ``ValidationException`` for an archive that no AutoML job of this server has made."""
    if records.get(_KIND, digest(archive)) is None:
        raise invalid(
            f"model data {url} was not made by an AutoML job of this server: it holds pickled objects, and loading "
            "those could run any code. Use the ModelDataUrl of a candidate, or a copy of what lies there"
        )


def digest(path: Path) -> str:
    """Return the SHA-256 digest of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
