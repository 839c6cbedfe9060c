"""Pipelines of SDK 3's newer steps, as it writes them; local_aws refuses most of these steps by name."""

from __future__ import annotations

from collections.abc import Iterator

from sagemaker.core.lambda_helper import Lambda
from sagemaker.core.shapes import MlflowConfig
from sagemaker.core.workflow.functions import Join
from sagemaker.core.workflow.pipeline_capture import capture_create_job_request
from sagemaker.core.workflow.pipeline_context import runnable_by_pipeline
from sagemaker.mlops.workflow.cleanup_step import CleanupStep, S3CleanupSource
from sagemaker.mlops.workflow.emr_serverless_step import EMRServerlessJobConfig, EMRServerlessStep
from sagemaker.mlops.workflow.for_each_step import (
    CurrentItem,
    ForEachSelector,
    ForEachSelectorPickType,
    ForEachStep,
    IterationOutput,
)
from sagemaker.mlops.workflow.inference_component_step import InferenceComponentStep
from sagemaker.mlops.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.step_dependency import StepDependency, TriggerCondition
from sagemaker.mlops.workflow.steps import JobStep

from tests.corpus.places import BUCKET, FUNCTION, ROLE, SCRIPTS
from tests.corpus.v3_parts import HARVEST, SESSION, choose, output_of, pipeline, prepare, train


def _for_each() -> Pipeline:
    """Return a pipeline that asks a function about each of several depths, and goes on with the best answer."""
    ask = LambdaStep(
        name="Ask",
        lambda_func=Lambda(function_arn=FUNCTION, session=SESSION),
        inputs={"harvest": HARVEST, "season": 2, "depth": CurrentItem()},
        outputs=[LambdaOutput(output_name="lots", output_type=LambdaOutputTypeEnum.Integer)],
    )
    most = ForEachSelector(ForEachSelectorPickType.MAX_BY, IterationOutput(ask).OutputParameters["lots"])
    each = ForEachStep(name="Each", iterable_items=["2", "4"], max_concurrency=2, for_each_body=[ask], selector=most)
    last = choose("Last", "--depths", each.properties.Selected.OutputParameters["lots"].to_string())
    return pipeline("v3-for-each", each, last, parameters=(HARVEST,))


def _cleanup() -> Pipeline:
    """Return a pipeline that deletes what one of its steps has written."""
    chosen = choose("Choose", "--depths", "2")
    written = Join(on="/", values=[output_of(chosen, "chosen"), "parameters.json"])
    cleanup = CleanupStep("Clean", [S3CleanupSource(chosen, [written])])
    return pipeline("v3-cleanup", chosen, cleanup, parameters=())


def _inference_component() -> Pipeline:
    """Return a pipeline that puts a model onto an endpoint that has several."""
    arguments = SESSION.create_inference_component(
        inference_component_name="harvest",
        endpoint_name="harvests",
        variant_name="AllTraffic",
        specification={
            "ModelName": "harvest",
            "ComputeResourceRequirements": {"NumberOfCpuCoresRequired": 1, "MinMemoryRequiredInMb": 512},
        },
    )
    return pipeline("v3-inference-component", InferenceComponentStep("Deploy", step_args=arguments), parameters=())


def _emr_serverless() -> Pipeline:
    """Return a pipeline that runs Spark in an application of EMR Serverless."""
    job = EMRServerlessJobConfig({"sparkSubmit": {"entryPoint": f"{SCRIPTS}/spark.py"}}, execution_role_arn=ROLE)
    step = EMRServerlessStep("Spark", "Spark", "without a cluster", job, application_id="00f1abcdefghij09")
    return pipeline("v3-emr-serverless", step, parameters=())


def _run_condition() -> Pipeline:
    """Return a pipeline whose last step runs if another has failed."""
    prepared = prepare()
    trained = train(prepared, "1.7-1")
    last = choose("Last", "--depths", "1", depends_on=[StepDependency(trained, TriggerCondition.FAILED)])
    return pipeline("v3-run-condition", prepared, trained, last)


class _FineTuning:
    """What makes a job of the operation CreateJob, as the SDK's trainers of agents do."""

    _pipeline_caller_name = "create_job"
    sagemaker_session = SESSION

    @runnable_by_pipeline
    def train(self) -> None:
        """Have the request captured."""
        capture_create_job_request(
            SESSION,
            job_name="harvest",
            role_arn=ROLE,
            job_category="AgentRFT",
            schema_version="1.0.0",
            job_config={"OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"}},
        )


def _job() -> Pipeline:
    """Return a pipeline that tunes an agent."""
    return pipeline("v3-job", JobStep(name="Tune", step_args=_FineTuning().train()), parameters=())


def _mlflow() -> Pipeline:
    """Return a pipeline whose runs are tracked by a server of MLflow."""
    app = "arn:aws:sagemaker:us-east-1:123456789012:mlflow-app/app-ABCDEFGHIJKL"
    made = pipeline("v3-mlflow", choose("Choose", "--depths", "2"), parameters=())
    made.mlflow_config = MlflowConfig(mlflow_resource_arn=app, mlflow_experiment_name="harvest")
    return made


def pipelines() -> Iterator[Pipeline]:
    """Return the pipelines."""
    yield from (_for_each(), _cleanup(), _inference_component(), _emr_serverless())
    yield from (_run_condition(), _job(), _mlflow())
