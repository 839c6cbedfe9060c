"""The functions of a user's serving script."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    Function: TypeAlias = Callable[..., Any]

_STEPS = ("input_fn", "predict_fn", "output_fn")
_NO_MODEL_FN = (
    "Please provide a model_fn implementation.\n"
    "See documentation for model_fn at https://github.com/aws/sagemaker-python-sdk"
)


@dataclass(frozen=True)
class Functions:
    """What a script serves with; the framework's own functions stand for those that it does not define."""

    model_fn: Function
    input_fn: Function
    predict_fn: Function
    output_fn: Function
    transform_fn: Function | None = None
    """Takes model, payload, content type and accepted type; None if the three others serve in its place."""
    execution_parameters_fn: Function | None = None
    """Answers ``/execution-parameters``; None if the script has none."""


def import_functions(program: str, code: Path, defaults: Mapping[str, Function]) -> Functions:
    """Import a script, and return its functions.

    Parameters
    ----------
    program
        The script's file; empty if there is none.
    code
        The folder that it lies in.
    defaults
        The framework's functions by name; without a ``model_fn`` the script must define one.

    Raises
    ------
    ValueError
        If the script defines ``transform_fn`` together with what it stands for.
    """
    sys.path.insert(0, str(code))
    module = importlib.import_module(_without_suffix(program)) if program else None
    transform_fn = getattr(module, "transform_fn", None)
    if transform_fn and any(getattr(module, step, None) for step in _STEPS):
        raise ValueError("Cannot use transform_fn implementation with input_fn, predict_fn, and/or output_fn")
    return Functions(
        model_fn=getattr(module, "model_fn", None) or defaults.get("model_fn", _missing_model_fn),
        transform_fn=transform_fn,
        execution_parameters_fn=getattr(module, "execution_parameters_fn", None),
        **{step: getattr(module, step, None) or defaults[step] for step in _STEPS},
    )


def _without_suffix(program: str) -> str:
    return program[: -len(".py")] if program.endswith(".py") else program


def _missing_model_fn(model_dir: str) -> Any:
    raise NotImplementedError(_NO_MODEL_FN)
