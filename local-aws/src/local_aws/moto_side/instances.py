"""moto's objects end with their last use."""

from __future__ import annotations

from typing import Any

from moto.core.common_models import BaseModel


def forget_instances() -> None:
    """Stop moto from keeping every object that it has ever made, for a dashboard that nobody sees here.

    ``BaseModel.__new__`` appends each to a list of its class, which would grow with every request.
    """
    BaseModel.__new__ = staticmethod(_plain_new)


def _plain_new(cls: type[BaseModel], *_: Any, **__: Any) -> BaseModel:
    return object.__new__(cls)
