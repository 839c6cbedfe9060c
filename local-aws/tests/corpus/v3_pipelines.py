"""Pipelines as SDK 3 writes them."""

from __future__ import annotations

from collections.abc import Iterator

from sagemaker.core.lambda_helper import Lambda
from sagemaker.core.workflow.conditions import ConditionEquals, ConditionLessThan, ConditionNot
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.mlops.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.serve.model_builder import ModelBuilder

from tests.corpus.places import FUNCTION, QUEUE, ROLE
from tests.corpus.v3_parts import (
    CHOSEN,
    DEPTH,
    HARVEST,
    REPORT,
    SESSION,
    artifacts,
    choose,
    evaluate,
    image,
    pipeline,
    prepare,
    train,
)


def _registering() -> Pipeline:
    """Return the pipeline of most templates: prepare, train, evaluate, create and register if good, else fail."""
    prepared = prepare()
    trained = train(prepared, "1.7-1")
    evaluated = evaluate(prepared, trained, "1.7-1")
    builder = ModelBuilder(
        s3_model_data_url=artifacts(trained),
        image_uri=image("xgboost", "1.7-1"),
        sagemaker_session=SESSION,
        role_arn=ROLE,
    )
    create = ModelStep(name="Create", step_args=builder.build())
    register = ModelStep(
        name="Register",
        step_args=builder.register(
            model_package_group_name="harvest-v3",
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=["ml.m5.large"],
            transform_instances=["ml.m5.large"],
            approval_status="Approved",
        ),
    )
    error = JsonGet(step_name="Evaluate", property_file=REPORT, json_path="regression_metrics.mse.value")
    branch = ConditionStep(
        name="IsGood",
        conditions=[ConditionLessThan(left=error, right=25.0)],
        if_steps=[create, register],
        else_steps=[FailStep(name="NotGood", error_message="the error is too large")],
    )
    return pipeline("v3-register", prepared, trained, evaluated, branch)


def _branches() -> Pipeline:
    """Return a pipeline that trains two models side by side and fails if the deeper one is not the better."""
    prepared = prepare()
    trained = [train(prepared, version, f"Train{version[0]}") for version in ("1.5-1", "3.0-5")]
    evaluated = [evaluate(prepared, each, "1.7-1", f"Evaluate{place}") for place, each in enumerate(trained)]
    last = choose("Last", "--depths", "1", depends_on=evaluated)
    return pipeline("v3-branches", prepared, *trained, *evaluated, last)


def _fetched() -> Pipeline:
    """Return a pipeline whose hyperparameters come from a property file."""
    prepared = prepare()
    chosen = choose("Choose", "--depths", "2,5", property_files=[CHOSEN])
    depth = JsonGet(step_name="Choose", property_file=CHOSEN, json_path="depth")
    return pipeline("v3-fetched", prepared, chosen, train(prepared, "1.7-1", max_depth=depth))


def _lambda() -> Pipeline:
    """Return a pipeline whose branch depends on what a function has returned."""
    outputs = [
        LambdaOutput(output_name="status", output_type=LambdaOutputTypeEnum.String),
        LambdaOutput(output_name="fresh", output_type=LambdaOutputTypeEnum.Boolean),
    ]
    ask = LambdaStep(
        name="Ask",
        lambda_func=Lambda(function_arn=FUNCTION, session=SESSION),
        inputs={"harvest": HARVEST, "season": 2},
        outputs=outputs,
    )
    stale = ConditionNot(ConditionEquals(left=ask.properties.Outputs["fresh"], right=True))
    branch = ConditionStep(
        name="IsStale",
        conditions=[stale],
        if_steps=[FailStep(name="Stale")],
        else_steps=[choose("Go", "--depths", "1")],
    )
    return pipeline("v3-lambda", ask, branch)


def _callback() -> Pipeline:
    """Return a pipeline that waits for an answer which never satisfies it."""
    outputs = [CallbackOutput(output_name="depths", output_type=CallbackOutputTypeEnum.String)]
    ask = CallbackStep(name="Ask", sqs_queue_url=QUEUE, inputs={"depth": DEPTH}, outputs=outputs)
    answer = ask.properties.Outputs["depths"]
    branch = ConditionStep(
        name="IsDeep",
        conditions=[ConditionEquals(left=answer, right="9")],
        if_steps=[],
        else_steps=[FailStep(name="Shallow", error_message=Join(" ", ["got", answer]))],
    )
    return pipeline("v3-callback", ask, branch)


def pipelines() -> Iterator[Pipeline]:
    """Return the pipelines."""
    yield from (_registering(), _branches(), _fetched(), _lambda(), _callback())
