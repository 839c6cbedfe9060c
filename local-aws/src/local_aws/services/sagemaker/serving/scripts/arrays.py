"""Arrays to payloads and back, as the toolkits of SageMaker's framework containers do it.

Two toolkits differ in what they take for CSV: ``sagemaker-containers`` (its ``_encoders`` module) in the scikit-learn
and XGBoost images, and ``sagemaker-inference`` (``encoder`` and ``decoder``) in the PyTorch images.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal, TypeAlias

    import numpy.typing as npt

    Toolkit: TypeAlias = Literal["containers", "inference"]

JSON = "application/json"
CSV = "text/csv"
NPY = "application/x-npy"
NPZ = "application/x-npz"
UTF8_TYPES = [JSON, CSV]
"""The types whose payload a script gets as text."""


class UnsupportedFormatError(Exception):
    """Raised when a toolkit has no decoder or encoder for a content type."""

    def __init__(self, content_type: str) -> None:
        super().__init__(
            f"Content type {content_type} is not supported by this framework.\n\n"
            "Please implement input_fn to to deserialize the request data or an output_fn to\n"
            "serialize the response. For more information, see the SageMaker Python SDK README."
        )


def decode(payload: Any, content_type: str, toolkit: Toolkit = "containers") -> Any:
    """Return the array of a payload; a type that the toolkit does not read raises `UnsupportedFormatError`."""
    decoders: dict[str, Callable[[Any], Any]] = {
        JSON: lambda text: np.array(json.loads(text)),
        CSV: _read_rows if toolkit == "containers" else _read_table,
        # As in the containers; the script that reads it could run any code itself.
        NPY: lambda content: np.load(io.BytesIO(content), allow_pickle=True),
    }
    if toolkit == "inference":
        decoders[NPZ] = _read_sparse
    if content_type not in decoders:
        raise UnsupportedFormatError(content_type)
    return decoders[content_type](payload)


def encode(array: Any, content_type: str, toolkit: Toolkit = "containers") -> str | bytes:
    """Return the payload of an array; a type that the toolkit does not write raises `UnsupportedFormatError`."""
    if content_type == JSON:
        return json.dumps(array, default=_plain)
    if content_type == CSV:
        return _write_rows(array) if toolkit == "containers" else _write_table(array)
    if content_type == NPY:
        buffer = io.BytesIO()
        np.save(buffer, array)
        return buffer.getvalue()
    raise UnsupportedFormatError(content_type)


def _read_rows(text: str) -> npt.NDArray[Any]:
    """Read CSV; a single row, or a single column, is an array of one dimension, and what is not a number stays text."""
    rows = list(csv.reader(io.StringIO(text), delimiter=",", quotechar='"', doublequote=True, strict=True))
    array = np.array(rows).squeeze()
    try:
        return array.astype(float)
    except ValueError:
        return array


def _read_table(text: str) -> npt.NDArray[Any]:
    return np.genfromtxt(io.StringIO(text), dtype=None, delimiter=",", encoding="utf-8")


def _read_sparse(content: bytes) -> Any:
    from scipy.sparse import load_npz

    return load_npz(io.BytesIO(content))


def _write_rows(array: Any) -> str:
    rows = np.array(array)
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n", strict=True).writerows(rows.reshape(-1, 1) if rows.ndim == 1 else rows)
    return stream.getvalue()


def _write_table(array: Any) -> str:
    stream = io.StringIO()
    np.savetxt(stream, array, delimiter=",", fmt="%s")
    return stream.getvalue()


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
