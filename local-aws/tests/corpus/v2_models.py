"""Pipelines that build models, as SDK 2 writes them."""

from __future__ import annotations

from collections.abc import Iterator

from sagemaker.inputs import CreateModelInput, TransformInput
from sagemaker.model import Model
from sagemaker.model_metrics import MetricsSource, ModelMetrics
from sagemaker.parameter import CategoricalParameter, ContinuousParameter, IntegerParameter
from sagemaker.pipeline import PipelineModel
from sagemaker.pytorch import PyTorch
from sagemaker.sklearn import SKLearn, SKLearnModel
from sagemaker.transformer import Transformer
from sagemaker.tuner import HyperparameterTuner
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.step_collections import RegisterModel
from sagemaker.workflow.steps import (
    CreateModelStep,
    ProcessingStep,
    TrainingStep,
    TransformStep,
    TuningStep,
)
from sagemaker.xgboost import XGBoost

from tests.corpus.places import BUCKET, SCRIPTS
from tests.corpus.v2_parts import (
    COMPUTE,
    FOREST_METRICS,
    HARVEST,
    REPORT,
    SESSION,
    artifacts,
    channels,
    create,
    estimator,
    evaluate,
    forest,
    image,
    output_of,
    pipeline,
    prepare,
    score,
    train,
)

_APPROVAL = ParameterString("Approval", "PendingManualApproval", enum_values=["PendingManualApproval", "Approved"])
_ERROR = "regression_metrics.mse.value"
_INFERENCE = {
    "content_types": ["text/csv"],
    "response_types": ["text/csv"],
    "inference_instances": ["ml.t2.medium", "ml.m5.large"],
    "transform_instances": ["ml.m5.large"],
}


def _if_small(evaluated: ProcessingStep, *then: object, otherwise: tuple[object, ...] = ()) -> ConditionStep:
    error = JsonGet(step_name=evaluated.name, property_file=REPORT, json_path=_ERROR)
    condition = ConditionLessThanOrEqualTo(left=error, right=25.0)
    return ConditionStep(name="IsGood", conditions=[condition], if_steps=list(then), else_steps=list(otherwise))


def _metrics(evaluated: ProcessingStep) -> ModelMetrics:
    uri = Join("/", [output_of(evaluated, "evaluation"), "evaluation.json"])
    return ModelMetrics(model_statistics=MetricsSource(s3_uri=uri, content_type="application/json"))


def _registering(version: str, objective: str, **hyperparameters: object) -> Pipeline:
    """Return the template's pipeline: prepare, train, evaluate, register if good."""
    prepared = prepare("0.23-1")
    trainer = estimator(version, objective, **hyperparameters)
    trained = train(prepared, trainer)
    evaluated = evaluate(prepared, artifacts(trained), version)
    register = RegisterModel(
        name="Register",
        estimator=trainer,
        model_data=artifacts(trained),
        model_package_group_name=f"harvest-{version.replace('.', '-')}",
        approval_status=_APPROVAL,
        model_metrics=_metrics(evaluated),
        **_INFERENCE,
    )
    name = f"register-{version.replace('.', '-')}"
    return pipeline(name, prepared, trained, evaluated, _if_small(evaluated, register), parameters=(HARVEST, _APPROVAL))


def _transforming() -> Pipeline:
    """Return a pipeline that scores a batch by the model that it has just made, ids beside the scores."""
    prepared = prepare(extra=("batch",))
    trained = train(prepared, estimator("1.7-1"))
    evaluated = evaluate(prepared, artifacts(trained), "1.7-1")
    created = create(trained)
    arguments = score(
        created,
        output_of(prepared, "batch"),
        "join",
        "text/csv",
        assemble_with="Line",
        join_source="Input",
        output_filter="$[0,-1]",
    )
    scored = TransformStep(name="Score", step_args=arguments)
    return pipeline("transform-join", prepared, trained, evaluated, _if_small(evaluated, created, scored))


def _old_steps() -> Pipeline:
    """Return a pipeline of steps without `step_args`, as SDK 2 wrote them until 2022, with a pickled model."""
    prepared = prepare("0.23-1", extra=("batch",))
    trained = TrainingStep(name="Train", estimator=estimator("1.2-1"), inputs=channels(prepared))
    model = Model(image("xgboost", "1.2-1"), artifacts(trained), role=COMPUTE["role"], sagemaker_session=SESSION)
    create = CreateModelStep(name="Create", model=model, inputs=CreateModelInput(instance_type="ml.m5.large"))
    transformer = Transformer(
        model_name=create.properties.ModelName,
        instance_type="ml.m5.large",
        instance_count=1,
        output_path=f"s3://{BUCKET}/scores/old",
    )
    batch = TransformInput(
        output_of(prepared, "batch"), content_type="text/csv", input_filter="$[1:]", split_type="Line"
    )
    return pipeline(
        "old-steps", prepared, trained, create, TransformStep("Score", transformer=transformer, inputs=batch)
    )


def _tuning() -> Pipeline:
    """Return a pipeline that tunes a classifier and registers the best model."""
    prepared = prepare(label="exported")
    trainer = estimator("1.0-1", "binary:logistic", eval_metric="auc")
    ranges = {"eta": ContinuousParameter(0.1, 0.9), "max_depth": IntegerParameter(2, 4)}
    tuner = HyperparameterTuner(trainer, "validation:auc", ranges, max_jobs=3, max_parallel_jobs=2, strategy="Random")
    tuned = TuningStep(name="Tune", step_args=tuner.fit(channels(prepared)))
    best = tuned.get_top_model_s3_uri(top_k=0, s3_bucket=BUCKET, prefix="models")
    evaluated = evaluate(prepared, best, "1.0-1")
    second = evaluate(prepared, tuned.get_top_model_s3_uri(1, BUCKET, "models"), "1.0-1", "EvaluateSecond")
    register = RegisterModel(
        name="Register", estimator=trainer, model_data=best, model_package_group_name="harvest-tuned", **_INFERENCE
    )
    return pipeline("tuning", prepared, tuned, evaluated, second, register)


def _tuning_a_script() -> Pipeline:
    """Return a pipeline that tries a grid of a script's hyperparameters."""
    prepared = prepare()
    tuner = HyperparameterTuner(
        forest(),
        "train:r2",
        {"trees": CategoricalParameter([3, 6])},
        metric_definitions=FOREST_METRICS,
        strategy="Grid",
        max_parallel_jobs=2,
        max_jobs=2,
    )
    return pipeline("tuning-script", prepared, TuningStep(name="Tune", step_args=tuner.fit(channels(prepared))))


def _serving_a_script() -> Pipeline:
    """Return a pipeline that trains by a script with requirements, and scores with functions of the user's own."""
    prepared = prepare(extra=("batch",))
    trained = TrainingStep(name="Train", step_args=forest(hyperparameters={"trees": 4}).fit(channels(prepared)))
    model = SKLearnModel(
        model_data=artifacts(trained),
        role=COMPUTE["role"],
        entry_point="inference.py",
        source_dir=f"{SCRIPTS}/forest/sourcedir.tar.gz",
        framework_version="1.2-1",
        sagemaker_session=SESSION,
    )
    created = ModelStep(name="Create", step_args=model.create(instance_type="ml.m5.large"))
    arguments = score(created, output_of(prepared, "batch"), "script", "application/jsonlines")
    return pipeline("serving-script", prepared, trained, created, TransformStep(name="Score", step_args=arguments))


def _framework() -> Pipeline:
    """Return a pipeline that runs the XGBoost image as a framework, on spot instances with checkpoints."""
    prepared = prepare()
    trainer = XGBoost(
        entry_point="train.py",
        source_dir=f"{SCRIPTS}/booster/sourcedir.tar.gz",
        framework_version="1.5-1",
        hyperparameters={"num_round": 5, "objective": "reg:squarederror"},
        output_path=f"s3://{BUCKET}/models",
        use_spot_instances=True,
        max_run=600,
        max_wait=900,
        checkpoint_s3_uri=f"s3://{BUCKET}/checkpoints/spot",
        **COMPUTE,
    )
    trained = TrainingStep(name="Train", step_args=trainer.fit(channels(prepared)))
    return pipeline("spot", prepared, trained, evaluate(prepared, artifacts(trained), "1.5-1"))


def _parquet() -> Pipeline:
    """Return a pipeline whose channel is parquet."""
    prepared = prepare(extra=("parquet",))
    trainer = estimator("1.5-1")
    inputs = channels(prepared, "application/x-parquet")
    inputs["train"].config["DataSource"]["S3DataSource"]["S3Uri"] = output_of(prepared, "parquet")
    del inputs["validation"]
    return pipeline("parquet", prepared, TrainingStep(name="Train", step_args=trainer.fit(inputs)))


def _two_branches() -> Pipeline:
    """Return a pipeline that trains two models side by side, and registers both in one group."""
    prepared = prepare()
    steps: list[object] = [prepared]
    for name, depth in (("Shallow", 2), ("Deep", 5)):
        trainer = estimator("1.3-1", max_depth=depth)
        trained = train(prepared, trainer, f"Train{name}")
        register = RegisterModel(
            name=f"Register{name}",
            estimator=trainer,
            model_data=artifacts(trained),
            model_package_group_name="harvest-branches",
            customer_metadata_properties={"depth": str(depth)},
            **_INFERENCE,
        )
        steps += [trained, register]
    return pipeline("two-branches", *steps)


def _two_containers() -> Pipeline:
    """Return a pipeline whose model is two containers in a row: what scales features, and what scores them."""
    prepared = prepare(extra=("batch",))
    source = f"{SCRIPTS}/scaler/sourcedir.tar.gz"
    scaler = SKLearn(entry_point="train.py", source_dir=source, framework_version="1.2-1", **COMPUTE)
    fitted = TrainingStep(name="Fit", step_args=scaler.fit({"train": channels(prepared)["train"]}))
    trained = train(prepared, estimator("1.7-1"))
    models = [
        SKLearnModel(
            model_data=artifacts(fitted),
            role=COMPUTE["role"],
            entry_point="inference.py",
            source_dir=source,
            framework_version="1.2-1",
            env={"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv"},
            sagemaker_session=SESSION,
        ),
        Model(image("xgboost", "1.7-1"), artifacts(trained), sagemaker_session=SESSION),
    ]
    both = PipelineModel(models, role=COMPUTE["role"], sagemaker_session=SESSION)
    created = ModelStep(name="Create", step_args=both.create("ml.m5.large"))
    scored = score(created, output_of(prepared, "batch"), "series", accept="text/csv", assemble_with="Line")
    return pipeline("two-containers", prepared, fitted, trained, created, TransformStep(name="Score", step_args=scored))


def _pytorch() -> Pipeline:
    """Return a pipeline that trains with the PyTorch image."""
    prepared = prepare()
    trainer = PyTorch(
        entry_point="train.py",
        source_dir=f"{SCRIPTS}/booster/sourcedir.tar.gz",
        framework_version="2.1",
        py_version="py310",
        output_path=f"s3://{BUCKET}/models",
        **COMPUTE,
    )
    return pipeline("pytorch", prepared, TrainingStep(name="Train", step_args=trainer.fit(channels(prepared))))


def pipelines() -> Iterator[Pipeline]:
    """Return the pipelines."""
    yield _registering("1.0-1", "reg:linear", gamma=4, min_child_weight=6, subsample=0.7, silent=0)
    yield _registering("1.7-1", "reg:squarederror")
    yield from (_transforming(), _old_steps(), _tuning(), _tuning_a_script(), _serving_a_script(), _framework())
    yield from (_parquet(), _two_branches(), _two_containers(), _pytorch())
