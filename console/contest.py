"""The models that an execution compared, and the one that it registered."""

from __future__ import annotations

from dataclasses import dataclass

from console.errors import CommandError
from console.executions import Execution


@dataclass(frozen=True)
class Model:
    """A model of the pipeline: its key in the summary's JSON, and its name in step names and for people."""

    key: str
    name: str

    @property
    def evaluate_step(self) -> str:
        """The step that measures it."""
        return f"Evaluate{self.name}"

    @property
    def register_step(self) -> str:
        """The step that registers it if it is the champion."""
        return f"Register{self.name}"


MODELS = (Model("xgboost", "XGBoost"), Model("automl", "AutoML"))


def compared(execution: Execution) -> list[Model]:
    """Return the models that an execution measured; without the AutoML branch there is one."""
    return [model for model in MODELS if execution.has(model.evaluate_step)]


def champion(execution: Execution) -> Model:
    """Return the model that an execution registered; raise `CommandError` if it registered none."""
    for model in MODELS:
        if execution.has(model.register_step):
            return model
    raise CommandError("champion", f"execution {execution.arn} registered no model")
