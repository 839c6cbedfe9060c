"""What pipelines of SDK 3 have in common: a session, and the steps of most model building pipelines."""

from __future__ import annotations

from typing import Any

import boto3
from sagemaker.core import image_uris
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.shapes import (
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
)
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.core.workflow.parameters import ParameterString
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import CacheConfig, ProcessingStep, TrainingStep
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, OutputDataConfig

from tests.corpus.places import BUCKET, REGION, ROLE, SCRIPTS

SESSION = PipelineSession(boto_session=boto3.Session(region_name=REGION), default_bucket=BUCKET)
HARVEST = ParameterString("Harvest", f"s3://{BUCKET}/data/harvest.csv")
DEPTH = ParameterString(name="Depth", default_value="3")
REPORT = PropertyFile("Report", output_name="evaluation", path="evaluation.json")
CHOSEN = PropertyFile("Chosen", output_name="chosen", path="parameters.json")
_WORK = "/opt/ml/processing"


def image(framework: str, version: str) -> str:
    """Return the URI of an image of AWS's."""
    return image_uris.retrieve(framework, REGION, version=version, instance_type="ml.m5.large")


def run_script(
    name: str, script: str, image_uri: str, inputs: dict[str, Any], outputs: tuple[str, ...], *words: Any, **step: Any
) -> ProcessingStep:
    """Return a step that runs a script of the corpus."""
    processor = ScriptProcessor(
        image_uri=image_uri,
        command=["python3"],
        instance_type="ml.m5.large",
        instance_count=1,
        role=ROLE,
        sagemaker_session=SESSION,
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


def prepare(label: str = "score", extra: tuple[str, ...] = (), **step: Any) -> ProcessingStep:
    """Return the step that splits the harvest."""
    inputs = {"input/data": HARVEST}
    parts = ("train", "validation", "test", *extra)
    words = ("--label", label) if label != "score" else ()
    return run_script("Prepare", "prepare.py", image("sklearn", "1.2-1"), inputs, parts, *words, **step)


def choose(name: str, *words: Any, **step: Any) -> ProcessingStep:
    """Return a step that writes parameters for other steps."""
    return run_script(name, "choose.py", image("sklearn", "1.2-1"), {}, ("chosen",), *words, **step)


def output_of(step: ProcessingStep, name: str) -> Any:
    """Refer to the place of an output."""
    return step.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri


def trainer(prepared: ProcessingStep, version: str, **hyperparameters: Any) -> ModelTrainer:
    """Return a trainer of the built-in XGBoost."""
    return ModelTrainer(
        training_image=image("xgboost", version),
        compute=Compute(instance_type="ml.m5.large", instance_count=1),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{BUCKET}/models"),
        sagemaker_session=SESSION,
        role=ROLE,
        hyperparameters={"objective": "reg:squarederror", "num_round": 10, "max_depth": DEPTH, **hyperparameters},
        input_data_config=[
            InputData(channel_name=channel, data_source=output_of(prepared, channel), content_type="text/csv")
            for channel in ("train", "validation")
        ],
    )


def train(prepared: ProcessingStep, version: str, name: str = "Train", **hyperparameters: Any) -> TrainingStep:
    """Return the step that trains by the built-in XGBoost."""
    arguments = trainer(prepared, version, **hyperparameters).train()
    return TrainingStep(name=name, step_args=arguments, cache_config=CacheConfig(True, "P1D"))


def artifacts(trained: TrainingStep) -> Any:
    """Refer to the model of a training step."""
    return trained.properties.ModelArtifacts.S3ModelArtifacts


def evaluate(prepared: ProcessingStep, trained: TrainingStep, version: str, name: str = "Evaluate") -> ProcessingStep:
    """Return the step that measures a model, with the property file `REPORT`."""
    inputs = {"model": artifacts(trained), "test": output_of(prepared, "test")}
    uri = image("xgboost", version)
    return run_script(name, "evaluate.py", uri, inputs, ("evaluation",), property_files=[REPORT])


def pipeline(name: str, *steps: Any, parameters: tuple[Any, ...] = (HARVEST, DEPTH)) -> Pipeline:
    """Return a pipeline."""
    return Pipeline(name=name, parameters=list(parameters), steps=list(steps), sagemaker_session=SESSION)
