"""Pipelines of functions, as SDK 3 writes them with its decorator ``@step``."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import boto3
from sagemaker.core.lambda_helper import Lambda
from sagemaker.core.workflow.conditions import ConditionEquals
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.core.workflow.parameters import ParameterBoolean, ParameterFloat, ParameterInteger
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.function_step import step
from sagemaker.mlops.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.retry import StepExceptionTypeEnum, StepRetryPolicy

from tests.corpus import functions
from tests.corpus.places import BUCKET, FUNCTION, REGION, ROLE
from tests.corpus.v3_parts import HARVEST, SESSION, choose, image, output_of, pipeline

_FUNCTIONS = functions.load()
_WITH_FOLDER = {
    "SchemaVersion": "1.0",
    "SageMaker": {"PythonSDK": {"Modules": {"RemoteFunction": {"IncludeLocalWorkDir": True}}}},
}
"""A configuration of the SDK by which functions bring the caller's folder."""


def _step(function: Callable[..., Any], name: str, **members: Any) -> Callable[..., Any]:
    """Return a function whose call is a step."""
    decorate = step(name=name, instance_type="ml.m5.large", role=ROLE, image_uri=image("sklearn", "1.2-1"), **members)
    return decorate(function)


def _functions() -> Pipeline:
    """Return a pipeline in which a function takes another's result, and its own decides and is a job's argument."""
    fewest, share = ParameterInteger("Fewest", 160), ParameterFloat("Share", 0.5)
    dry = ParameterBoolean("Dry", default_value=False)
    counted = _step(_FUNCTIONS.count, "Count")(HARVEST, pipeline=ExecutionVariables.PIPELINE_NAME)
    judge = _step(_FUNCTIONS.judge, "Judge")
    judged = judge(counted, counted["origins"][0], fewest=fewest, share=share, dry=dry)
    branch = ConditionStep(
        name="IsEnough",
        conditions=[ConditionEquals(left=judged[0], right=True)],
        if_steps=[choose("Choose", "--depths", judged[1], "--execution", counted["pipeline"])],
        else_steps=[FailStep(name="TooFew", error_message="too few lots")],
    )
    return pipeline("v3-functions", branch, parameters=(HARVEST, fewest, share, dry))


def _beside_jobs() -> Pipeline:
    """Return a pipeline in which a function reads what a job has written, and a Lambda function gets its result."""
    season = ParameterInteger("Season", 2)
    chosen = choose("Choose", "--depths", "2,6")
    read = _step(
        _FUNCTIONS.read,
        "Read",
        display_name="Read the choice",
        pre_execution_commands=["set -e", 'echo "$SEASON" > note.txt'],
        environment_variables={"SEASON": season.to_string()},
        max_runtime_in_seconds=600,
        retry_policies=[StepRetryPolicy([StepExceptionTypeEnum.THROTTLING], max_attempts=2)],
        tags={"harvest": "corpus"},
    )(output_of(chosen, "chosen"))
    ask = LambdaStep(
        name="Ask",
        lambda_func=Lambda(function_arn=FUNCTION, session=SESSION),
        inputs={"harvest": HARVEST, "season": season, "depth": read["depth"]},
        outputs=[LambdaOutput(output_name="depth", output_type=LambdaOutputTypeEnum.String)],
    )
    last = choose("Last", "--depths", ask.properties.Outputs["depth"])
    return pipeline("v3-function-beside-jobs", ask, last, parameters=(HARVEST, season))


def _with_folder() -> Iterator[Pipeline]:
    """Return a pipeline whose function imports a module of the folder in which it was written."""
    session = PipelineSession(
        boto_session=boto3.Session(region_name=REGION), default_bucket=BUCKET, sagemaker_config=_WITH_FOLDER
    )
    summary = _step(_FUNCTIONS.summarise, "Summarise")(HARVEST)
    whole = ConditionEquals(left=summary, right="240 lots of 3 origins")
    branch = ConditionStep(
        name="IsWhole",
        conditions=[whole],
        if_steps=[],
        else_steps=[FailStep(name="Part", error_message=Join(" ", ["only", summary]))],
    )
    made = pipeline("v3-function-folder", branch, parameters=(HARVEST,))
    made.sagemaker_session = session
    with contextlib.chdir(functions.FOLDER):
        yield made


def _failing() -> Pipeline:
    """Return a pipeline whose function raises an error."""
    limit = ParameterFloat("Limit", 0.5)
    return pipeline("v3-function-fails", _step(_FUNCTIONS.refuse, "Refuse")(limit), parameters=(limit,))


def pipelines() -> Iterator[Pipeline]:
    """Return the pipelines."""
    yield from (_functions(), _beside_jobs(), _failing())
    yield from _with_folder()
