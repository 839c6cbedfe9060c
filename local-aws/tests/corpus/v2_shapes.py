"""Pipelines of shapes that are rarer: repacked models, AutoML, several algorithms, notebooks, as SDK 2 writes them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sagemaker import AutoML, AutoMLInput
from sagemaker.lambda_helper import Lambda
from sagemaker.model import Model
from sagemaker.multidatamodel import MultiDataModel
from sagemaker.tuner import HyperparameterTuner, IntegerParameter, WarmStartConfig, WarmStartTypes
from sagemaker.workflow.automl_step import AutoMLStep
from sagemaker.workflow.functions import JsonGet
from sagemaker.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.notebook_job_step import NotebookJobStep
from sagemaker.workflow.parameters import ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.steps import CreateModelStep, TrainingStep, TransformStep, TuningStep

from tests.corpus.places import BUCKET, FUNCTION, REGION
from tests.corpus.v2_control import CHOSEN, choose
from tests.corpus.v2_parts import (
    COMPUTE,
    FOREST_METRICS,
    HARVEST,
    SESSION,
    artifacts,
    channels,
    estimator,
    forest,
    image,
    output_of,
    pipeline,
    prepare,
    score,
    train,
)

_OWN = Path(__file__).parent / "scripts"
_SERVING = tempfile.TemporaryDirectory()
"""A copy of the serving script, for the SDK puts scripts of its own beside it."""
shutil.copy(_OWN / "repack/inference.py", _SERVING.name)


def _repacked() -> Pipeline:
    """Return a pipeline that puts a serving script into the model that it has trained, and scores by it."""
    prepared = prepare(extra=("batch",))
    trainer = forest(metric_definitions=FOREST_METRICS)
    trained = TrainingStep(name="Train", step_args=trainer.fit({"train": channels(prepared)["train"]}))
    model = Model(
        image_uri=image("sklearn", "1.2-1"),
        model_data=artifacts(trained),
        entry_point="inference.py",
        source_dir=_SERVING.name,
        role=COMPUTE["role"],
        sagemaker_session=SESSION,
    )
    made = ModelStep(name="Serve", step_args=model.create(instance_type="ml.m5.large"))
    arguments = score(made, output_of(prepared, "batch"), "repacked", "text/csv", assemble_with="Line")
    return pipeline("repacked", prepared, trained, made, TransformStep(name="Score", step_args=arguments))


def _libsvm() -> Pipeline:
    """Return a pipeline whose channels are of libsvm's text format."""
    prepared = prepare(extra=("libsvm",))
    trainer = estimator("1.5-1")
    rows = channels(prepared, "text/libsvm")["train"]
    rows.config["DataSource"]["S3DataSource"]["S3Uri"] = output_of(prepared, "libsvm")
    return pipeline("libsvm", prepared, TrainingStep(name="Train", step_args=trainer.fit({"train": rows})))


def _several_algorithms() -> Pipeline:
    """Return a pipeline that tunes two algorithms in one job, each by its own metric."""
    prepared = prepare()
    tuner = HyperparameterTuner.create(
        estimator_dict={"boosted": estimator("1.7-1"), "forest": forest(metric_definitions=FOREST_METRICS)},
        objective_metric_name_dict={"boosted": "validation:mae", "forest": "train:r2"},
        hyperparameter_ranges_dict={
            "boosted": {"max_depth": IntegerParameter(2, 4)},
            "forest": {"trees": IntegerParameter(3, 6)},
        },
        metric_definitions_dict={"forest": FOREST_METRICS},
        objective_type="Minimize",
        strategy="Random",
        max_jobs=4,
        max_parallel_jobs=2,
    )
    rows = channels(prepared)
    inputs = {"boosted": rows, "forest": {"train": rows["train"]}}
    return pipeline(
        "several-algorithms",
        prepared,
        TuningStep(name="Tune", step_args=tuner.fit(inputs, include_cls_metadata=dict.fromkeys(inputs, False))),
    )


def _warm_start() -> Pipeline:
    """Return a pipeline whose second search goes on from the first, which the same execution has run."""
    prepared = prepare()
    ranges = {"max_depth": IntegerParameter(2, 6)}
    first = HyperparameterTuner(estimator("1.7-1"), "validation:rmse", ranges, max_jobs=2, objective_type="Minimize")
    tuned = TuningStep(name="Tune", step_args=first.fit(channels(prepared)))
    warm = WarmStartConfig(
        WarmStartTypes.IDENTICAL_DATA_AND_ALGORITHM, parents={tuned.properties.HyperParameterTuningJobName}
    )
    second = HyperparameterTuner(
        estimator("1.7-1"),
        "validation:rmse",
        ranges,
        max_jobs=1,
        objective_type="Minimize",
        warm_start_config=warm,
    )
    again = TuningStep(name="TuneOn", step_args=second.fit(channels(prepared)))
    return pipeline("warm-start", prepared, tuned, again)


def _automl() -> Pipeline:
    """Return a pipeline that lets AutoML find a model, and creates it."""
    rows = ParameterString("Rows", f"s3://{BUCKET}/data/large/harvest.csv")
    search = AutoML(
        role=COMPUTE["role"],
        target_attribute_name="exported",
        problem_type="BinaryClassification",
        job_objective={"MetricName": "Accuracy"},
        mode="ENSEMBLING",
        max_runtime_per_training_job_in_seconds=60,
        total_job_runtime_in_seconds=120,
        output_path=f"s3://{BUCKET}/models",
        sagemaker_session=SESSION,
    )
    inputs = AutoMLInput(rows, target_attribute_name="exported", content_type="text/csv;header=present")
    found = AutoMLStep(name="Search", step_args=search.fit(inputs=[inputs]))
    best = found.get_best_auto_ml_model(COMPUTE["role"], sagemaker_session=SESSION)
    create = ModelStep(name="Create", step_args=best.create(instance_type="ml.m5.large"))
    return pipeline("automl", found, create, parameters=(rows,))


def _multi_model() -> Pipeline:
    """Return a pipeline that makes a model of many models."""
    prepared = prepare()
    trained = train(prepared, estimator("1.7-1"))
    many = MultiDataModel(
        name="many",
        model_data_prefix=f"s3://{BUCKET}/models/many/",
        image_uri=image("xgboost", "1.7-1"),
        role=COMPUTE["role"],
        sagemaker_session=SESSION,
    )
    return pipeline("multi-model", prepared, trained, CreateModelStep(name="Create", model=many, depends_on=[trained]))


def _notebook() -> Pipeline:
    """Return a pipeline that runs a notebook as a job."""
    step = NotebookJobStep(
        name="Count",
        input_notebook=str(_OWN / "count.ipynb"),
        image_uri=f"885854791233.dkr.ecr.{REGION}.amazonaws.com/sagemaker-distribution-prod:1.2.3-cpu",
        kernel_name="python3",
        role=COMPUTE["role"],
        s3_root_uri=f"s3://{BUCKET}/notebooks",
    )
    return pipeline("notebook-job", step, parameters=())


def _fetched_for_a_function() -> Pipeline:
    """Return a pipeline that hands a value of a step's file to a function, and the answer to a later step."""
    first = choose("--depths", "2,4")
    ask = LambdaStep(
        "Ask",
        lambda_func=Lambda(function_arn=FUNCTION),
        inputs={
            "harvest": HARVEST,
            "season": 2,
            "depth": JsonGet(step_name="Choose", property_file=CHOSEN, json_path="depth"),
        },
        outputs=[LambdaOutput("depth", LambdaOutputTypeEnum.String)],
    )
    again = choose("--depths", ask.properties.Outputs["depth"], name="Again")
    return pipeline("lambda-fetched", first, ask, again)


def pipelines() -> Iterator[Pipeline]:
    """Return the pipelines."""
    yield from (_repacked(), _libsvm(), _several_algorithms(), _warm_start(), _automl())
    yield from (_multi_model(), _notebook(), _fetched_for_a_function())
