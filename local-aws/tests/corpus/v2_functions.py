"""A pipeline of functions, as SDK 2 writes it with its decorator ``@step``; Python 3.10 has a default image."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import ConditionEquals
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.function_step import step
from sagemaker.workflow.parameters import ParameterBoolean, ParameterFloat, ParameterInteger
from sagemaker.workflow.pipeline import Pipeline

from tests.corpus import functions
from tests.corpus.places import ROLE
from tests.corpus.v2_parts import HARVEST, pipeline

_FUNCTIONS = functions.load()
_REQUIREMENTS = Path(__file__).parent / "scripts/function_requirements.txt"
"""The SDK that the job installs; without it, the SDK writes the same into a file of a random name."""
_OFFLINE = {"PIP_NO_INDEX": "1"}
"""No test reaches a package index."""


def _step(function: Callable[..., Any], name: str, **members: Any) -> Callable[..., Any]:
    """Return a function whose call is a step."""
    decorate = step(
        name=name,
        instance_type="ml.m5.large",
        role=ROLE,
        dependencies=str(_REQUIREMENTS),
        environment_variables=_OFFLINE,
        **members,
    )
    return decorate(function)


def _functions() -> Pipeline:
    """Return a pipeline in which a function takes another's result, and its own decides."""
    fewest, share = ParameterInteger("Fewest", 160), ParameterFloat("Share", 0.5)
    dry = ParameterBoolean("Dry", default_value=False)
    counted = _step(_FUNCTIONS.count, "Count")(HARVEST, pipeline=ExecutionVariables.PIPELINE_NAME)
    judge = _step(_FUNCTIONS.judge, "Judge", keep_alive_period_in_seconds=60)
    judged = judge(counted, counted["origins"][0], fewest=fewest, share=share, dry=dry)
    enough = ConditionEquals(judged[0], True)
    branch = ConditionStep(
        "IsEnough", conditions=[enough], if_steps=[], else_steps=[FailStep("TooFew", "too few lots")]
    )
    return pipeline("functions", branch, parameters=(HARVEST, fewest, share, dry))


def pipelines() -> Iterator[Pipeline]:
    """Return the pipelines."""
    yield _functions()
