"""Payloads of an invocation to feature matrices, as the XGBoost container reads them.

Source of the contract: ``data_utils.get_content_type``, ``encoder.csv_to_dmatrix`` and ``serve_utils`` of the
container's repository, ``aws/sagemaker-xgboost-container``.
"""

from __future__ import annotations

import csv
from email.message import Message
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
from scipy.sparse import csr_matrix

from local_aws.services.sagemaker.serving.errors import UnsupportedPayloadError
from local_aws.services.sagemaker.xgboost_algorithm.recordio import read_rows

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy.typing as npt

    Matrix: TypeAlias = npt.NDArray[np.float64] | csr_matrix

LIBSVM = "libsvm"

_CSV = ("csv", "text/csv")
_LIBSVM = ("libsvm", "text/libsvm", "text/x-libsvm")
_RECORDIO = ("recordio-protobuf", "application/x-recordio-protobuf")
_PARQUET = ("parquet", "application/x-parquet")
"""A type of training data that the container knows and does not serve."""
_ACCEPTED = (
    *("csv", "libsvm", "parquet", "recordio-protobuf", "text/csv", "text/libsvm", "text/x-libsvm"),
    *("application/x-parquet", "application/x-recordio-protobuf"),
)
_SNIFFED_CHARACTERS = 512
_SMALL_BYTES = 8192
"""Up to here Python's own float parsing is faster than setting up Arrow's reader."""


def decode(payload: bytes, content_type: str, *, counts_from_one: bool = False) -> tuple[Matrix, str]:
    """Decode a payload that is not empty; without a content type it is libsvm's, as in the container.

    Parameters
    ----------
    counts_from_one
        Whether libsvm's indices are taken to count from 1 where none of them is 0.

    Returns
    -------
    tuple
        The matrix, one row per record, NaN for a missing value; and the short name of the type: ``csv``, ``libsvm`` or
        ``recordio-protobuf``.
    """
    name, parameters = _media_type(content_type or "text/libsvm")
    if name in _CSV:
        if parameters.get("label_size", "1") != "1":
            raise UnsupportedPayloadError(
                f"{content_type} is not an accepted csv ContentType. Optional parameter label_size must be equal to 1"
            )
        return _guarded(read_csv, payload, "csv"), "csv"
    if name in _LIBSVM:
        matrix = _guarded(read_libsvm, payload, LIBSVM)
        return from_zero(matrix) if counts_from_one else matrix, LIBSVM
    if name in _RECORDIO:
        return _guarded(lambda content: read_rows(content)[0], payload, _RECORDIO[0]), _RECORDIO[0]
    if name in _PARQUET:
        raise UnsupportedPayloadError(f"Content-type {content_type} is not supported.")
    raise UnsupportedPayloadError(f"{content_type} is not an accepted ContentType: {', '.join(_ACCEPTED)}.")


def read_csv(payload: bytes) -> npt.NDArray[np.float64]:
    """Read delimited numbers without a header; an empty field is NaN."""
    payload = payload.strip()
    first = payload[: payload.find(b"\n")] if b"\n" in payload else payload
    delimiter = _delimiter(first[:_SNIFFED_CHARACTERS].decode())
    # Arrow passes over empty lines and carriage returns, which the container takes for fields.
    if len(payload) > _SMALL_BYTES and b"\r" not in payload and b"\n\n" not in payload:
        try:
            return _read_csv_fast(payload, delimiter, first.decode().count(delimiter) + 1)
        except pa.ArrowInvalid:
            pass  # Arrow is stricter about numbers; the slow way has the container's verdict.
    rows = [
        [float(field) if field else np.nan for field in line.split(delimiter)] for line in payload.decode().split("\n")
    ]
    return np.array(rows, dtype=np.float64)


def read_libsvm(payload: bytes) -> csr_matrix:
    """Read ``label index:value …`` lines; labels are passed over, indices count as they stand."""
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for row, line in enumerate(payload.strip().decode().split("\n")):
        for item in line.split(" "):
            index, colon, value = item.partition(":")
            if colon:
                rows.append(row)
                columns.append(int(index))
                values.append(float(value))
    return csr_matrix((values, (rows, columns)))


def from_zero(matrix: csr_matrix) -> csr_matrix:
    """Return a matrix whose first column is the first that has a value, if that is the second."""
    return matrix[:, 1:] if matrix.indices.size and matrix.indices.min() >= 1 else matrix


def _read_csv_fast(payload: bytes, delimiter: str, columns: int) -> npt.NDArray[np.float64]:
    names = [str(number) for number in range(columns)]
    table = pyarrow.csv.read_csv(
        pa.BufferReader(payload + b"\n"),
        read_options=pyarrow.csv.ReadOptions(column_names=names, use_threads=False),
        parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.float64()), null_values=[""], strings_can_be_null=False
        ),
    )
    return np.column_stack([column.to_numpy() for column in table.columns])


def _delimiter(first_line: str) -> str:
    """Find the delimiter as the container does, with Python's sniffer; the short cut has the sniffer's result."""
    if "," in first_line and '"' not in first_line and "'" not in first_line:
        return ","
    delimiter = csv.Sniffer().sniff(first_line).delimiter
    return "," if delimiter.isalnum() else delimiter


def _guarded(read: Any, payload: bytes, kind: str) -> Any:
    try:
        matrix = read(payload)
    except Exception as error:
        # As in the container, which answers 415 whatever its reader raises.
        raise UnsupportedPayloadError(
            f"Loading {kind} data failed with Exception, please ensure data is in {kind} format:\n"
            f" {type(error)}\n {error}"
        ) from error
    values = matrix.data if isinstance(matrix, csr_matrix) else matrix
    if np.isinf(values).any():
        raise UnsupportedPayloadError(f"Loading {kind} data failed with Exception: Input data contains `inf`")
    return matrix


def _media_type(header: str) -> tuple[str, dict[str, str]]:
    """Split a Content-Type header into its type and parameters, both in lower case."""
    message = Message()
    message["Content-Type"] = header.lower()
    (name, _), *parameters = message.get_params(failobj=[("", "")])
    return name, dict(parameters)
