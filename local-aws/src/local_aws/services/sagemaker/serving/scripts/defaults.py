"""The functions with which a framework's container serves where a script does not define its own.

Sources: ``serving.py`` of ``aws/sagemaker-scikit-learn-container`` and of ``aws/sagemaker-xgboost-container``, and
``default_pytorch_inference_handler.py`` of ``aws/sagemaker-pytorch-inference-toolkit``.
"""

from __future__ import annotations

import csv
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from local_aws.services.sagemaker.images.versions import numbers
from local_aws.services.sagemaker.serving.decoding import from_zero, read_libsvm
from local_aws.services.sagemaker.serving.scripts.arrays import (
    CSV,
    JSON,
    NPY,
    UTF8_TYPES,
    UnsupportedFormatError,
    decode,
    encode,
)
from local_aws.services.sagemaker.serving.scripts.responses import Response
from local_aws.services.sagemaker.xgboost_algorithm.recordio import read_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local_aws.services.sagemaker.serving.scripts.module import Function

_LIBSVM = ("text/libsvm", "text/x-libsvm")
_RECORDIO = "application/x-recordio-protobuf"
_READS_PARAMETERS = (1, 3)
_READS_LIBSVM_ITSELF = (3, 2)
"""Since which version of XGBoost its container reads libsvm, and not XGBoost."""
_SNIFFED_CHARACTERS = 512


def read_array(payload: Any, content_type: str) -> Any:
    """Return scikit-learn's input: an array, of single precision if it was text."""
    array = decode(payload, content_type)
    return array.astype(np.float32) if content_type in UTF8_TYPES else array


def read_dmatrix(payload: Any, content_type: str) -> Any:
    """Return XGBoost's input, a ``DMatrix``; before 1.3 the container knows no parameters of a type."""
    import xgboost

    has_parameters = numbers(xgboost.__version__) >= _READS_PARAMETERS
    media_type = content_type.partition(";")[0].strip() if has_parameters else content_type
    if media_type == CSV:
        return csv_to_dmatrix(payload)
    if media_type in _LIBSVM:
        return libsvm_to_dmatrix(payload)
    if media_type == _RECORDIO:
        return recordio_protobuf_to_dmatrix(payload)
    raise UnsupportedFormatError(media_type)


def csv_to_dmatrix(payload: str | bytes) -> Any:
    """Return a ``DMatrix`` of CSV without a header and without empty lines; an empty field is missing."""
    import xgboost

    text = payload.decode() if isinstance(payload, bytes) else payload
    lines = text.split("\n")
    sniffed = csv.Sniffer().sniff(lines[0][:_SNIFFED_CHARACTERS]).delimiter
    delimiter = "," if sniffed.isalnum() else sniffed
    rows = [[field or "nan" for field in line.split(delimiter)] for line in lines]
    return xgboost.DMatrix(np.array(rows).astype(float))


def libsvm_to_dmatrix(payload: str | bytes) -> Any:
    """Return a ``DMatrix`` of libsvm lines, whose indices count as they stand.

    The container of XGBoost 3.2 takes them to count from 1 where none is 0, and what a line does not name to be 0.
    """
    import xgboost

    matrix = read_libsvm(payload.encode() if isinstance(payload, str) else payload)
    if numbers(xgboost.__version__) < _READS_LIBSVM_ITSELF:
        return xgboost.DMatrix(matrix)
    return xgboost.DMatrix(from_zero(matrix).toarray())


def recordio_protobuf_to_dmatrix(payload: bytes) -> Any:
    """Return a ``DMatrix`` of the features of records."""
    import xgboost

    return xgboost.DMatrix(read_rows(bytes(payload))[0])


def write_response(prediction: Any, accept: str) -> Response:
    """Return the answer of the scikit-learn and XGBoost containers."""
    return Response(encode(prediction, accept), mimetype=accept)


def _load_torch_model(model_dir: str) -> Any:
    torch = import_module("torch")
    files = sorted(path for path in Path(model_dir).iterdir() if path.is_file() and path.suffix in (".pt", ".pth"))
    path = Path(model_dir, "model.pt")
    if not path.exists():
        if len(files) != 1:
            names = [file.name for file in files]
            raise ValueError(f"Exactly one .pth or .pt file is required for PyTorch models: {names}")
        path = files[0]
    return torch.jit.load(path, map_location=torch.device("cpu"))


def _read_tensor(payload: Any, content_type: str) -> Any:
    torch = import_module("torch")
    array = decode(payload, content_type, "inference")
    return torch.FloatTensor(array) if content_type in UTF8_TYPES else torch.from_numpy(array)


def _predict_tensor(tensor: Any, model: Any) -> Any:
    torch = import_module("torch")
    with torch.no_grad():
        model.eval()
        return model(tensor)


def _write_tensor(prediction: Any, accept: str) -> str | bytes:
    if hasattr(prediction, "detach"):
        prediction = prediction.detach().cpu().numpy().tolist()
    for content_type in accept.replace(" ", "").split(","):
        if content_type in (JSON, CSV, NPY):
            return encode(prediction, content_type, "inference")
    raise UnsupportedFormatError(accept)


SCIKIT_LEARN: Mapping[str, Function] = {
    "input_fn": read_array,
    "predict_fn": lambda array, model: model.predict(array),
    "output_fn": write_response,
}
XGBOOST: Mapping[str, Function] = {
    "input_fn": read_dmatrix,
    "predict_fn": lambda matrix, model: model.predict(matrix, validate_features=False),
    "output_fn": write_response,
}
PYTORCH: Mapping[str, Function] = {
    "model_fn": _load_torch_model,
    "input_fn": _read_tensor,
    "predict_fn": _predict_tensor,
    "output_fn": _write_tensor,
}
