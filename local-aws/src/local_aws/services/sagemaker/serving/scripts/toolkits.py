"""What training and serving scripts import of SageMaker's toolkits, where these are not installed.

Scripts use the toolkits' encoders, content types, errors and ``worker.Response``. The rest of the toolkits is not here:
a script that names it gets an AttributeError.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from local_aws.services.sagemaker.serving.scripts import arrays, defaults
from local_aws.services.sagemaker.serving.scripts.responses import Response
from local_aws.services.sagemaker.serving.scripts.script_models import InferenceError


class _GenericInferenceError(InferenceError):
    """The ``GenericInferenceToolkitError`` of ``sagemaker-inference``."""

    def __init__(self, status_code: int, message: str | None = None, phrase: str | None = None) -> None:
        message = message or "Invalid Request"
        super().__init__(status_code, message, phrase or message)


def _decode(payload: Any, content_type: str) -> Any:
    return arrays.decode(payload, content_type, "inference")


def _encode(array: Any, content_type: str) -> str | bytes:
    return arrays.encode(array, content_type, "inference")


_CONTENT_TYPES = {
    "JSON": arrays.JSON,
    "CSV": arrays.CSV,
    "NPY": arrays.NPY,
    "NPZ": arrays.NPZ,
    "ANY": "*/*",
    "OCTET_STREAM": "application/octet-stream",
    "UTF8_TYPES": arrays.UTF8_TYPES,
}
_FRAMEWORK = "sagemaker_containers.beta.framework"
_MODULES: dict[str, dict[str, Any]] = {
    "sagemaker_containers": {},
    "sagemaker_containers.beta": {},
    _FRAMEWORK: {},
    f"{_FRAMEWORK}.content_types": _CONTENT_TYPES,
    f"{_FRAMEWORK}.encoders": {"decode": arrays.decode, "encode": arrays.encode},
    f"{_FRAMEWORK}.env": {"model_dir": "/opt/ml/model", "code_dir": "/opt/ml/code"},
    f"{_FRAMEWORK}.errors": {"UnsupportedFormatError": arrays.UnsupportedFormatError},
    f"{_FRAMEWORK}.modules": {},
    f"{_FRAMEWORK}.server": {},
    f"{_FRAMEWORK}.transformer": {},
    f"{_FRAMEWORK}.worker": {"Response": Response},
    "sagemaker_inference": {},
    "sagemaker_inference.content_types": _CONTENT_TYPES,
    "sagemaker_inference.decoder": {"decode": _decode},
    "sagemaker_inference.encoder": {"encode": _encode},
    "sagemaker_inference.errors": {
        "BaseInferenceToolkitError": InferenceError,
        "GenericInferenceToolkitError": _GenericInferenceError,
        "UnsupportedFormatError": arrays.UnsupportedFormatError,
    },
    "sagemaker_xgboost_container": {},
    "sagemaker_xgboost_container.encoder": {
        "csv_to_dmatrix": defaults.csv_to_dmatrix,
        "decode": defaults.read_dmatrix,
        "libsvm_to_dmatrix": defaults.libsvm_to_dmatrix,
        "recordio_protobuf_to_dmatrix": defaults.recordio_protobuf_to_dmatrix,
    },
}


def stand_in(name: str, folder: Path) -> None:
    """Let the package of a name in `folder`, which is being imported, be the installed one, or what is offered here."""
    sys.path[:] = [entry for entry in sys.path if entry != str(folder)]
    del sys.modules[name]
    offer_toolkits()
    import_module(name)


def offer_toolkits() -> None:
    """Let scripts import the toolkits that are not installed."""
    absent = {name for name in _MODULES if "." not in name and find_spec(name) is None}
    for name, members in _MODULES.items():
        if name.partition(".")[0] not in absent:
            continue
        module = ModuleType(name)
        module.__dict__.update(members)
        parent, _, last = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], last, module)
        if any(other.startswith(f"{name}.") for other in _MODULES):
            module.__path__ = []
        sys.modules[name] = module
