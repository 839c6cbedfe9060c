"""Pipelines as SDK 3 writes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
from sagemaker.core import image_uris
from sagemaker.core.lambda_helper import Lambda
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.shapes import (
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
)
from sagemaker.core.workflow.conditions import ConditionEquals, ConditionLessThan, ConditionNot
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterString
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import CacheConfig, ProcessingStep, TrainingStep
from sagemaker.serve.model_builder import ModelBuilder
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, OutputDataConfig

from tests.corpus.places import BUCKET, FUNCTION, QUEUE, REGION, ROLE, SCRIPTS

_SESSION = PipelineSession(boto_session=boto3.Session(region_name=REGION), default_bucket=BUCKET)
_HARVEST = ParameterString("Harvest", f"s3://{BUCKET}/data/harvest.csv")
_DEPTH = ParameterString(name="Depth", default_value="3")
_REPORT = PropertyFile("Report", output_name="evaluation", path="evaluation.json")
_CHOSEN = PropertyFile("Chosen", output_name="chosen", path="parameters.json")
_WORK = "/opt/ml/processing"


def _image(framework: str, version: str) -> str:
    return image_uris.retrieve(framework, REGION, version=version, instance_type="ml.m5.large")


def _script(
    name: str, script: str, image: str, inputs: dict[str, Any], outputs: tuple[str, ...], *words: Any, **step: Any
) -> ProcessingStep:
    """Return a step that runs a script of the corpus."""
    processor = ScriptProcessor(
        image_uri=image,
        command=["python3"],
        instance_type="ml.m5.large",
        instance_count=1,
        role=ROLE,
        sagemaker_session=_SESSION,
    )
    places = {
        output: Join("/", [f"s3://{BUCKET}/runs", ExecutionVariables.PIPELINE_EXECUTION_ID, name, output])
        for output in outputs
    }
    arguments = processor.run(
        code=f"{SCRIPTS}/{script}",
        arguments=list(words) or None,
        inputs=[
            ProcessingInput(
                input_name=key,
                s3_input=ProcessingS3Input(
                    s3_uri=uri, local_path=f"{_WORK}/{key}", s3_data_type="S3Prefix", s3_input_mode="File"
                ),
            )
            for key, uri in inputs.items()
        ],
        outputs=[
            ProcessingOutput(
                output_name=output,
                s3_output=ProcessingS3Output(s3_uri=uri, local_path=f"{_WORK}/{output}", s3_upload_mode="EndOfJob"),
            )
            for output, uri in places.items()
        ],
    )
    return ProcessingStep(name=name, step_args=arguments, **step)


def _prepare(**step: Any) -> ProcessingStep:
    image = _image("sklearn", "1.2-1")
    return _script("Prepare", "prepare.py", image, {"input/data": _HARVEST}, ("train", "validation", "test"), **step)


def _choose(name: str, *words: Any, **step: Any) -> ProcessingStep:
    return _script(name, "choose.py", _image("sklearn", "1.2-1"), {}, ("chosen",), *words, **step)


def _output(step: ProcessingStep, name: str) -> Any:
    return step.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri


def _train(prepared: ProcessingStep, version: str, name: str = "Train", **hyperparameters: Any) -> TrainingStep:
    trainer = ModelTrainer(
        training_image=_image("xgboost", version),
        compute=Compute(instance_type="ml.m5.large", instance_count=1),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{BUCKET}/models"),
        sagemaker_session=_SESSION,
        role=ROLE,
        hyperparameters={"objective": "reg:squarederror", "num_round": 10, "max_depth": _DEPTH, **hyperparameters},
        input_data_config=[
            InputData(channel_name=channel, data_source=_output(prepared, channel), content_type="text/csv")
            for channel in ("train", "validation")
        ],
    )
    return TrainingStep(name=name, step_args=trainer.train(), cache_config=CacheConfig(True, "P1D"))


def _evaluate(prepared: ProcessingStep, trained: TrainingStep, version: str, name: str = "Evaluate") -> ProcessingStep:
    inputs = {"model": trained.properties.ModelArtifacts.S3ModelArtifacts, "test": _output(prepared, "test")}
    image = _image("xgboost", version)
    return _script(name, "evaluate.py", image, inputs, ("evaluation",), property_files=[_REPORT])


def _pipeline(name: str, *steps: Any, parameters: tuple[Any, ...] = (_HARVEST, _DEPTH)) -> Pipeline:
    return Pipeline(name=name, parameters=list(parameters), steps=list(steps), sagemaker_session=_SESSION)


def _registering() -> Pipeline:
    """Return the pipeline of most templates: prepare, train, evaluate, create and register if good, else fail."""
    prepared = _prepare()
    trained = _train(prepared, "1.7-1")
    evaluated = _evaluate(prepared, trained, "1.7-1")
    builder = ModelBuilder(
        s3_model_data_url=trained.properties.ModelArtifacts.S3ModelArtifacts,
        image_uri=_image("xgboost", "1.7-1"),
        sagemaker_session=_SESSION,
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
    error = JsonGet(step_name="Evaluate", property_file=_REPORT, json_path="regression_metrics.mse.value")
    branch = ConditionStep(
        name="IsGood",
        conditions=[ConditionLessThan(left=error, right=25.0)],
        if_steps=[create, register],
        else_steps=[FailStep(name="NotGood", error_message="the error is too large")],
    )
    return _pipeline("v3-register", prepared, trained, evaluated, branch)


def _branches() -> Pipeline:
    """Return a pipeline that trains two models side by side and fails if the deeper one is not the better."""
    prepared = _prepare()
    trained = [_train(prepared, version, f"Train{version[0]}") for version in ("1.5-1", "3.0-5")]
    evaluated = [_evaluate(prepared, each, "1.7-1", f"Evaluate{place}") for place, each in enumerate(trained)]
    last = _choose("Last", "--depths", "1", depends_on=evaluated)
    return _pipeline("v3-branches", prepared, *trained, *evaluated, last)


def _fetched() -> Pipeline:
    """Return a pipeline whose hyperparameters come from a property file."""
    prepared = _prepare()
    chosen = _choose("Choose", "--depths", "2,5", property_files=[_CHOSEN])
    depth = JsonGet(step_name="Choose", property_file=_CHOSEN, json_path="depth")
    return _pipeline("v3-fetched", prepared, chosen, _train(prepared, "1.7-1", max_depth=depth))


def _lambda() -> Pipeline:
    """Return a pipeline whose branch depends on what a function has returned."""
    outputs = [
        LambdaOutput(output_name="status", output_type=LambdaOutputTypeEnum.String),
        LambdaOutput(output_name="fresh", output_type=LambdaOutputTypeEnum.Boolean),
    ]
    ask = LambdaStep(
        name="Ask",
        lambda_func=Lambda(function_arn=FUNCTION, session=_SESSION),
        inputs={"harvest": _HARVEST, "season": 2},
        outputs=outputs,
    )
    stale = ConditionNot(ConditionEquals(left=ask.properties.Outputs["fresh"], right=True))
    branch = ConditionStep(
        name="IsStale",
        conditions=[stale],
        if_steps=[FailStep(name="Stale")],
        else_steps=[_choose("Go", "--depths", "1")],
    )
    return _pipeline("v3-lambda", ask, branch)


def _callback() -> Pipeline:
    """Return a pipeline that waits for an answer which never satisfies it."""
    outputs = [CallbackOutput(output_name="depths", output_type=CallbackOutputTypeEnum.String)]
    ask = CallbackStep(name="Ask", sqs_queue_url=QUEUE, inputs={"depth": _DEPTH}, outputs=outputs)
    answer = ask.properties.Outputs["depths"]
    branch = ConditionStep(
        name="IsDeep",
        conditions=[ConditionEquals(left=answer, right="9")],
        if_steps=[],
        else_steps=[FailStep(name="Shallow", error_message=Join(" ", ["got", answer]))],
    )
    return _pipeline("v3-callback", ask, branch)


def pipelines() -> Iterator[Pipeline]:
    """Return the pipelines."""
    yield from (_registering(), _branches(), _fetched(), _lambda(), _callback())
