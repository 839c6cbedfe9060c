"""What `get_pipeline_definition` and `run_pipeline` share, named as in SageMaker's project templates."""

from __future__ import annotations

import gc
import importlib
import inspect
import json
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import botocore.session


class CommandError(Exception):
    """Raised when a command cannot continue; the message is all that the user needs to see."""


def read_json(argument: str, option: str) -> Any:
    """Read an option that takes a JSON file or JSON text; raise `CommandError` if it is neither."""
    is_text = argument.lstrip().startswith(("{", "["))
    if not is_text and not Path(argument).is_file():
        raise CommandError(f"{option}: {argument!r} is neither a file nor a JSON object or list")
    text = argument if is_text else Path(argument).read_text(encoding="utf-8")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        source = "the argument" if is_text else argument
        raise CommandError(f"{option}: {source} is not JSON ({error}); it reads {text[:80]!r}") from error


def read_object(argument: str | None, option: str) -> dict[str, Any]:
    """Read an option that takes a JSON object, as a file or as text; an option that was left out is an empty object."""
    value = read_json(argument, option) if argument else {}
    if not isinstance(value, dict):
        raise CommandError(f'{option}: expected an object such as {{"region": "us-east-1"}}, got {value!r}')
    return value


def import_for_good(name: str) -> ModuleType:
    """Import a module, and keep the garbage collector away from what it makes.

    All that the SageMaker SDK makes while it is imported stays: to look through it again and again, during the import
    and later, takes a third of the time that a definition takes.
    """
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.freeze()
        gc.enable()


def get_pipeline_driver(module_name: str, kwargs: dict[str, Any]) -> Any:
    """Import a pipeline module and call its ``get_pipeline``; ``region`` may come from the environment.

    Raises
    ------
    CommandError
        The module does not exist, no region is configured, or ``get_pipeline`` rejects the arguments.
    """
    region = kwargs.get("region") or _configured_region()
    # The SDK makes clients while it is imported, in this region whatever the pipeline's.
    os.environ.setdefault("AWS_DEFAULT_REGION", region)
    try:
        module = import_for_good(module_name)
    except ModuleNotFoundError as error:
        if error.name and module_name.startswith(error.name):
            raise CommandError(f"--module-name: module {module_name!r} does not exist") from error
        raise
    arguments = {**kwargs, "region": region}
    try:
        inspect.signature(module.get_pipeline).bind(**arguments)
    except TypeError as error:
        raise CommandError(f"--kwargs-json: {module_name}.get_pipeline: {error}") from error
    try:
        return module.get_pipeline(**arguments)
    except (OSError, ValueError) as error:
        raise CommandError(f"{module_name}.get_pipeline: {error}") from error


def _configured_region() -> str:
    """Return the region of the environment or of the AWS configuration file."""
    region = os.environ.get("AWS_REGION") or botocore.session.Session().get_config_variable("region")
    if not region:
        raise CommandError('no region: set AWS_REGION, or pass {"region": "…"} in --kwargs-json')
    return str(region)
