"""The answers of the XGBoost container in algorithm mode: a score for each record, in the forms of its version.

Source of the contract: ``algorithm_mode/serve.py`` and ``serve_utils.py`` of ``aws/sagemaker-xgboost-container`` in its
versions 0.90-1 to 3.2-0, and ``_encoders.py`` of ``aws/sagemaker-containers``.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_aws.old_pythons import Protocol
from local_aws.services.sagemaker.serving.app import CSV, DEFAULT_ACCEPT, JSON, not_acceptable, wanted_type
from local_aws.services.sagemaker.serving.decoding import decode
from local_aws.services.sagemaker.serving.errors import EncodingError
from local_aws.services.sagemaker.serving.scripts.arrays import UnsupportedFormatError, encode
from local_aws.services.sagemaker.serving.selected_outputs import JSON_LINES, RECORDIO, select
from local_aws.services.sagemaker.serving.selected_outputs import encode as encode_selected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from local_aws.services.sagemaker.serving.decoding import Matrix

_CSV_TYPE = f"{CSV}; charset=utf-8"
"""As Flask names the type of text."""
_ACCEPTS = (JSON, JSON_LINES, RECORDIO, CSV)
_VERSION = re.compile(r"(\d+)\.(\d+)-(\d+)")
_NEWEST = (99,)
_SELECTS = (1, 0, 1)
"""The first version that answers with selected outputs."""
_HEARS_ACCEPT = (1, 2, 2)
"""The first version that answers as the request's Accept header asks, a score per line in CSV."""
_COUNTS_LIBSVM_FROM_ONE = (3, 2)


def container_version(tag: str) -> tuple[int, ...]:
    """Return the version of the container of an image's tag: ``(1, 2, 1)`` of ``1.2-1``; the newest if it has none."""
    match = _VERSION.match(tag)
    return tuple(map(int, match.groups())) if match else _NEWEST


def counts_libsvm_from_one(version: Sequence[int]) -> bool:
    """Return whether a container takes libsvm's indices for 1-based where none of them is 0."""
    return tuple(version) >= _COUNTS_LIBSVM_FROM_ONE


class Scorer(Protocol):
    """A model of numeric records."""

    objective: str
    classes: int

    def predict(self, matrix: Matrix, kind: str) -> npt.NDArray[np.float32]:
        """Score records; see `Ensemble.predict`."""


@dataclass(frozen=True)
class Settings:
    """What the container goes by.

    Parameters
    ----------
    version
        The container's; see `container_version`.
    default_accept
        The type of the answer when the request leaves it open.
    outputs
        What is answered for each record; a score if left out.
    batch
        Whether it serves a transform job, for which each record's result is a line, whatever the job accepts.
    """

    version: tuple[int, ...] = _NEWEST
    default_accept: str = CSV
    outputs: tuple[str, ...] = ()
    batch: bool = False

    @classmethod
    def of(cls, tag: str, variables: Mapping[str, str]) -> Settings:
        """Read the settings from the image's tag and the container's variables."""
        version = container_version(tag)
        outputs = variables.get("SAGEMAKER_INFERENCE_OUTPUT")
        keys = () if outputs is None or version < _SELECTS else outputs.replace(" ", "").lower().split(",")
        batch = bool(variables.get("SAGEMAKER_BATCH"))
        return cls(version, variables.get(DEFAULT_ACCEPT, CSV), tuple(keys), batch)


class ScoreAnswers:
    """Answers invocations with scores."""

    def __init__(self, scorer: Scorer, settings: Settings) -> None:
        self._scorer = scorer
        self._settings = settings

    def answer(self, body: bytes, content_type: str, accept: str) -> tuple[str, bytes]:
        """Answer an invocation; see `app.Model.answer`."""
        settings = self._settings
        matrix, kind = decode(body, content_type, counts_from_one=counts_libsvm_from_one(settings.version))
        scores = self._scorer.predict(matrix, kind)
        if not settings.outputs and settings.version < _HEARS_ACCEPT:
            values = map(str, scores.tolist())
            return _CSV_TYPE, ("\n".join(values) + "\n" if settings.batch else ",".join(values)).encode()
        wanted = wanted_type(accept, settings.default_accept)
        if wanted not in (*_ACCEPTS, settings.default_accept):
            raise not_acceptable(accept, _ACCEPTS)
        content = self._selected(scores, wanted) if settings.outputs else self._scores(scores.tolist(), wanted)
        return _CSV_TYPE if wanted == CSV else wanted, content

    def _selected(self, scores: npt.NDArray[np.float32], wanted: str) -> bytes:
        keys = self._settings.outputs
        try:
            predictions = select(scores, keys, self._scorer.objective, self._scorer.classes)
            return encode_selected(predictions, keys, wanted, batch=self._settings.batch)
        except ValueError as error:
            raise EncodingError(str(error)) from error

    def _scores(self, values: list[Any], wanted: str) -> bytes:
        if self._settings.batch:
            return ("\n".join(map(str, values)) + "\n").encode()
        if wanted == JSON:
            return json.dumps({"predictions": [{"score": value} for value in values]}).encode()
        try:
            content = encode(values, wanted)
        except UnsupportedFormatError as error:
            raise EncodingError(str(error)) from error
        return content.encode() if isinstance(content, str) else content
