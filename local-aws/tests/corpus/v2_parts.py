"""What pipelines of SDK 2 have in common: a session, and the steps of most model building pipelines."""

from __future__ import annotations

from typing import Any

import boto3
import sagemaker
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.sklearn import SKLearn
from sagemaker.sklearn.processing import SKLearnProcessor
from sagemaker.transformer import Transformer
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.functions import Join
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.steps import ProcessingStep, TrainingStep

from tests.corpus.places import BUCKET, REGION, ROLE, SCRIPTS

SESSION = PipelineSession(boto_session=boto3.Session(region_name=REGION), default_bucket=BUCKET)
HARVEST = ParameterString("Harvest", f"s3://{BUCKET}/data/harvest.csv")
REPORT = PropertyFile("Report", output_name="evaluation", path="evaluation.json")
COMPUTE: dict[str, Any] = {
    "instance_type": "ml.m5.large",
    "instance_count": 1,
    "role": ROLE,
    "sagemaker_session": SESSION,
}
FOREST_METRICS = [{"Name": "train:r2", "Regex": "train-r2=([0-9.]+);"}]
"""What the script of `forest` prints."""
_WORK = "/opt/ml/processing"


def pipeline(name: str, *steps: Any, parameters: tuple[Any, ...] = (HARVEST,)) -> Pipeline:
    """Return a pipeline."""
    return Pipeline(name=name, parameters=list(parameters), steps=list(steps), sagemaker_session=SESSION)


def image(framework: str, version: str) -> str:
    """Return the URI of an image of AWS's."""
    return sagemaker.image_uris.retrieve(framework, REGION, version=version, instance_type="ml.m5.large")


def outputs(step: str, *names: str) -> list[ProcessingOutput]:
    """Return outputs whose places have the execution's id in them."""
    return [
        ProcessingOutput(
            output_name=name,
            source=f"{_WORK}/{name}",
            destination=Join("/", [f"s3://{BUCKET}/runs", ExecutionVariables.PIPELINE_EXECUTION_ID, step, name]),
        )
        for name in names
    ]


def output_of(step: ProcessingStep, name: str) -> Any:
    """Refer to the place of an output."""
    return step.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri


def prepare(version: str = "1.2-1", label: str = "score", extra: tuple[str, ...] = (), **step: Any) -> ProcessingStep:
    """Return the step that splits the harvest."""
    arguments = SKLearnProcessor(framework_version=version, **COMPUTE).run(
        code=f"{SCRIPTS}/prepare.py",
        arguments=["--label", label],
        inputs=[ProcessingInput(source=HARVEST, destination=f"{_WORK}/input/data", input_name="harvest")],
        outputs=outputs("Prepare", "train", "validation", "test", *extra),
    )
    return ProcessingStep(name="Prepare", step_args=arguments, **step)


def channels(prepared: ProcessingStep, content_type: str = "text/csv") -> dict[str, TrainingInput]:
    """Return the channels of the built-in XGBoost."""
    return {
        name: TrainingInput(output_of(prepared, name), content_type=content_type) for name in ("train", "validation")
    }


def estimator(version: str, objective: str = "reg:squarederror", **hyperparameters: Any) -> Estimator:
    """Return an estimator of the built-in XGBoost."""
    return Estimator(
        image_uri=image("xgboost", version),
        output_path=f"s3://{BUCKET}/models",
        hyperparameters={"objective": objective, "num_round": 10, "max_depth": 3, "eta": 0.4, **hyperparameters},
        **COMPUTE,
    )


def forest(**members: Any) -> SKLearn:
    """Return an estimator of a script that brings its requirements, and is served by functions of its own."""
    return SKLearn(
        entry_point="train.py",
        source_dir=f"{SCRIPTS}/forest/sourcedir.tar.gz",
        framework_version="1.2-1",
        py_version="py3",
        output_path=f"s3://{BUCKET}/models",
        **members,
        **COMPUTE,
    )


def train(prepared: ProcessingStep, trainer: Estimator, name: str = "Train", **step: Any) -> TrainingStep:
    """Return the step that trains by the built-in XGBoost."""
    return TrainingStep(name=name, step_args=trainer.fit(channels(prepared)), **step)


def evaluate(prepared: ProcessingStep, model: Any, version: str, name: str = "Evaluate") -> ProcessingStep:
    """Return the step that measures a model, with the property file `REPORT`."""
    processor = ScriptProcessor(image_uri=image("xgboost", version), command=["python3"], **COMPUTE)
    arguments = processor.run(
        code=f"{SCRIPTS}/evaluate.py",
        inputs=[
            ProcessingInput(source=model, destination=f"{_WORK}/model", input_name="model"),
            ProcessingInput(source=output_of(prepared, "test"), destination=f"{_WORK}/test", input_name="test"),
        ],
        outputs=outputs(name, "evaluation"),
    )
    return ProcessingStep(name=name, step_args=arguments, property_files=[REPORT])


def artifacts(trained: TrainingStep) -> Any:
    """Refer to the model of a training step."""
    return trained.properties.ModelArtifacts.S3ModelArtifacts


def create(trained: TrainingStep) -> ModelStep:
    """Return the step that creates the model of the built-in XGBoost."""
    model = Model(image("xgboost", "1.7-1"), artifacts(trained), role=ROLE, sagemaker_session=SESSION)
    return ModelStep(name="Create", step_args=model.create(instance_type="ml.m5.large"))


def score(created: ModelStep, rows: Any, place: str, accept: str | None = None, **members: Any) -> Any:
    """Return the arguments of a transform of CSV rows, whose first column the model does not get.

    Parameters
    ----------
    members
        ``assemble_with``, ``join_source``, ``output_filter``.
    """
    transformer = Transformer(
        model_name=created.properties.ModelName,
        instance_type="ml.m5.large",
        instance_count=1,
        accept=accept,
        assemble_with=members.pop("assemble_with", None),
        output_path=f"s3://{BUCKET}/scores/{place}",
        sagemaker_session=SESSION,
    )
    return transformer.transform(rows, content_type="text/csv", split_type="Line", input_filter="$[1:]", **members)
