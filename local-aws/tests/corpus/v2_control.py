"""Pipelines about parameters, conditions, order, retries and other services, as SDK 2 writes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sagemaker.lambda_helper import Lambda
from sagemaker.processing import FrameworkProcessor, ProcessingInput, ScriptProcessor
from sagemaker.sklearn import SKLearn
from sagemaker.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import (
    ConditionEquals,
    ConditionGreaterThan,
    ConditionIn,
    ConditionNot,
    ConditionOr,
)
from sagemaker.workflow.emr_step import EMRStep, EMRStepConfig
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep
from sagemaker.workflow.parameters import ParameterBoolean, ParameterFloat, ParameterInteger, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.retry import (
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)
from sagemaker.workflow.steps import CacheConfig, ProcessingStep

from tests.corpus.places import FUNCTION, QUEUE, SCRIPTS
from tests.corpus.v2_parts import (
    COMPUTE,
    HARVEST,
    artifacts,
    estimator,
    evaluate,
    image,
    outputs,
    pipeline,
    prepare,
    train,
)

CHOSEN = PropertyFile("Chosen", output_name="chosen", path="parameters.json")
"""What `choose` writes."""


def choose(*arguments: Any, name: str = "Choose", **step: Any) -> ProcessingStep:
    """Return a step that writes parameters for other steps."""
    processor = ScriptProcessor(image_uri=image("sklearn", "0.23-1"), command=["python3"], **COMPUTE)
    run = processor.run(code=f"{SCRIPTS}/choose.py", arguments=list(arguments), outputs=outputs(name, "chosen"))
    return ProcessingStep(name=name, step_args=run, property_files=[CHOSEN], **step)


def _chosen(path: str, name: str = "Choose") -> JsonGet:
    return JsonGet(step_name=name, property_file=CHOSEN, json_path=path)


def _fetched_parameters() -> Pipeline:
    """Return a pipeline whose hyperparameters come from a file that an earlier step has written."""
    prepared = prepare()
    chosen = choose("--depths", "2,4", "--execution", ExecutionVariables.PIPELINE_EXECUTION_ARN)
    trainer = estimator("1.2-2", max_depth=_chosen("depth"), num_round=_chosen("rounds[0]"))
    return pipeline("fetched-parameters", prepared, chosen, train(prepared, trainer))


def _fail() -> Pipeline:
    """Return a pipeline that fails on purpose, with a message in which a parameter is."""
    limit = ParameterFloat("Limit", default_value=0.001)
    prepared = prepare()
    trained = train(prepared, estimator("1.7-1"))
    evaluated = evaluate(prepared, artifacts(trained), "1.7-1")
    error = JsonGet(evaluated.name, evaluated.property_files[0], "regression_metrics.mse.value")
    fail = FailStep("TooLarge", error_message=Join(" ", ["The error is not below", limit]))
    branch = ConditionStep(
        "IsSmall", conditions=[ConditionNot(ConditionGreaterThan(error, limit))], if_steps=[], else_steps=[fail]
    )
    return pipeline("fail-step", prepared, trained, evaluated, branch, parameters=(HARVEST, limit))


def _conditions() -> Pipeline:
    """Return a pipeline of conditions over parameters of every type."""
    stage = ParameterString("Stage", "test", enum_values=["test", "production"])
    parameters = (
        stage,
        ParameterInteger("Lots", default_value=3),
        ParameterFloat("Share", default_value=0.5),
        ParameterBoolean("Dry", default_value=False),
    )
    _, lots, share, dry = parameters
    usual = ConditionStep(
        "IsUsual",
        conditions=[
            ConditionIn(stage, ["test", "staging"]),
            ConditionNot(ConditionIn(lots, [1, 2])),
            ConditionOr([ConditionEquals(dry, True), ConditionGreaterThan(share, 0.25)]),
        ],
        if_steps=[choose("--depths", "1", name="Reached")],
        else_steps=[FailStep("Unusual", "not reached")],
    )
    return pipeline("conditions", usual, parameters=parameters)


def _nested_conditions() -> Pipeline:
    """Return a pipeline whose condition step is in a branch of another, which SageMaker does not take."""
    dry = ParameterBoolean("Dry", default_value=False)
    inner = ConditionStep("Inner", conditions=[ConditionEquals(dry, True)], if_steps=[FailStep("Wet", "dry")])
    outer = ConditionStep("Outer", conditions=[ConditionEquals(dry, False)], if_steps=[inner], else_steps=[])
    return pipeline("nested-conditions", outer, parameters=(dry,))


def _lambda() -> Pipeline:
    """Return a pipeline whose branch depends on what a function has returned."""
    declared = [
        LambdaOutput("status", LambdaOutputTypeEnum.String),
        LambdaOutput("lots", LambdaOutputTypeEnum.Integer),
        LambdaOutput("fresh", LambdaOutputTypeEnum.Boolean),
    ]
    ask = LambdaStep(
        "Ask", lambda_func=Lambda(function_arn=FUNCTION), inputs={"harvest": HARVEST, "season": 2}, outputs=declared
    )
    fresh = ConditionEquals(ask.properties.Outputs["fresh"], True)
    chosen = choose("--depths", Join(",", ["1", ask.properties.Outputs["status"]]))
    return pipeline("lambda-step", ask, ConditionStep("IsFresh", conditions=[fresh], if_steps=[chosen], else_steps=[]))


def _callback() -> Pipeline:
    """Return a pipeline that waits for someone to answer a message, and then runs jobs with the answer."""
    declared = [CallbackOutput("depths", CallbackOutputTypeEnum.String)]
    ask = CallbackStep("Ask", sqs_queue_url=QUEUE, inputs={"harvest": HARVEST}, outputs=declared)
    return pipeline("callback-step", ask, choose("--depths", ask.properties.Outputs["depths"]))


def _cached() -> Pipeline:
    """Return a pipeline whose steps are cached."""
    cache = CacheConfig(enable_caching=True, expire_after="P7D")
    prepared = prepare(cache_config=cache)
    return pipeline("cached", prepared, train(prepared, estimator("1.7-1"), cache_config=cache))


def _order() -> Pipeline:
    """Return a pipeline whose order is only in `depends_on`."""
    first = choose("--depths", "1", name="First")
    second = choose("--depths", "2", name="Second", depends_on=["First"])
    third = choose("--depths", "3", name="Third", depends_on=[first, second])
    return pipeline("depends-on", third, second, first)


def _variables() -> Pipeline:
    """Return a pipeline that names things by the variables of its execution."""
    words = [
        ExecutionVariables.PIPELINE_NAME,
        ExecutionVariables.PIPELINE_EXECUTION_ID,
        ExecutionVariables.START_DATETIME,
    ]
    return pipeline("execution-variables", choose("--depths", "1", "--execution", Join("|", words)))


def _retries() -> Pipeline:
    """Return a pipeline whose steps have retry policies."""
    policies = [
        StepRetryPolicy([StepExceptionTypeEnum.SERVICE_FAULT, StepExceptionTypeEnum.THROTTLING], max_attempts=3),
        SageMakerJobStepRetryPolicy(
            exception_types=[SageMakerJobExceptionTypeEnum.RESOURCE_LIMIT],
            failure_reason_types=[SageMakerJobExceptionTypeEnum.INTERNAL_ERROR],
            interval_seconds=1,
            backoff_rate=2.0,
            expire_after_mins=5,
        ),
    ]
    prepared = prepare(retry_policies=policies)
    return pipeline("retry-policies", prepared, train(prepared, estimator("1.7-1"), retry_policies=policies))


def _source_folder() -> Pipeline:
    """Return a pipeline that runs an entry point of a source folder, which the SDK's shell script unpacks."""
    processor = FrameworkProcessor(estimator_cls=SKLearn, framework_version="1.2-1", **COMPUTE)
    arguments = processor.run(
        code="summary.py",
        source_dir=f"{SCRIPTS}/summary/sourcedir.tar.gz",
        arguments=["--title", "Harvest of the year"],
        inputs=[ProcessingInput(source=HARVEST, destination="/opt/ml/processing/input/data", input_name="harvest")],
        outputs=outputs("Summarise", "summary"),
    )
    return pipeline("source-folder", ProcessingStep(name="Summarise", step_args=arguments))


def _emr() -> Pipeline:
    """Return a pipeline that runs a step on a cluster."""
    config = EMRStepConfig(jar="command-runner.jar", args=["spark-submit", f"{SCRIPTS}/spark.py"])
    step = EMRStep("Spark", "Spark", "on a cluster", cluster_id="j-1ABCDEFGHIJKL", step_config=config)
    return pipeline("emr", step)


def pipelines() -> Iterator[Pipeline]:
    """Return the pipelines."""
    yield from (
        _fetched_parameters(),
        _fail(),
        _conditions(),
        _nested_conditions(),
        _lambda(),
        _callback(),
        _cached(),
        _order(),
    )
    yield from (_variables(), _retries(), _source_folder(), _emr())
