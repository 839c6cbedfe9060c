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

from local_aws.services.sagemaker.serving.decoding import read_libsvm
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

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local_aws.services.sagemaker.serving.scripts.module import Function

_LIBSVM = ("text/libsvm", "text/x-libsvm")
_SNIFFED_CHARACTERS = 512


def read_array(payload: Any, content_type: str) -> Any:
    """Return scikit-learn's input: an array, of single precision if it was text."""
    array = decode(payload, content_type)
    return array.astype(np.float32) if content_type in UTF8_TYPES else array


def read_dmatrix(payload: Any, content_type: str) -> Any:
    """Return XGBoost's input, a ``DMatrix``."""
    media_type = content_type.partition(";")[0].strip()
    if media_type == CSV:
        return csv_to_dmatrix(payload)
    if media_type in _LIBSVM:
        return libsvm_to_dmatrix(payload)
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
    """Return a ``DMatrix`` of libsvm lines, whose indices count as they stand."""
    import xgboost

    return xgboost.DMatrix(read_libsvm(payload.encode() if isinstance(payload, str) else payload))


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
