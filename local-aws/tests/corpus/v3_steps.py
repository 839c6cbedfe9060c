"""Pipelines of the other steps that SDK 3 writes: scripts, tuning, transforms, checks, endpoints and lineage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sagemaker.core.clarify import BiasConfig, DataConfig
from sagemaker.core.lineage.artifact import Artifact
from sagemaker.core.lineage.context import Context
from sagemaker.core.model_monitor import DatasetFormat
from sagemaker.core.parameter import CategoricalParameter, IntegerParameter
from sagemaker.core.processing import FrameworkProcessor, ScriptProcessor
from sagemaker.core.shapes import ProcessingInput, ProcessingOutput, ProcessingS3Input, ProcessingS3Output
from sagemaker.core.transformer import Transformer
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.core.workflow.parameters import ParameterInteger, ParameterString
from sagemaker.core.workflow.pipeline_definition_config import PipelineDefinitionConfig
from sagemaker.mlops.workflow.check_job_config import CheckJobConfig
from sagemaker.mlops.workflow.clarify_check_step import ClarifyCheckStep, DataBiasCheckConfig
from sagemaker.mlops.workflow.endpoint_step import EndpointConfigStep, EndpointStep
from sagemaker.mlops.workflow.lineage_step import LineageAssociation, LineageEntityReference, LineageStep
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.quality_check_step import DataQualityCheckConfig, QualityCheckStep
from sagemaker.mlops.workflow.retry import (
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)
from sagemaker.mlops.workflow.steps import CacheConfig, ProcessingStep, TrainingStep, TransformStep, TuningStep
from sagemaker.serve.model_builder import ModelBuilder
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, OutputDataConfig, SourceCode
from sagemaker.train.tuner import HyperparameterTuner

from tests.corpus.places import BUCKET, ROLE, SCRIPTS
from tests.corpus.v3_parts import (
    DEPTH,
    HARVEST,
    SESSION,
    artifacts,
    image,
    output_of,
    pipeline,
    prepare,
    train,
    trainer,
)

_JOB: dict[str, Any] = {"instance_type": "ml.m5.large", "instance_count": 1, "role": ROLE, "sagemaker_session": SESSION}


def _place(step: str) -> Join:
    return Join("/", [f"s3://{BUCKET}/runs", ExecutionVariables.PIPELINE_EXECUTION_ID, step])


def _builder(trained: Any) -> ModelBuilder:
    return ModelBuilder(
        s3_model_data_url=trained,
        image_uri=image("xgboost", "1.7-1"),
        sagemaker_session=SESSION,
        role_arn=ROLE,
    )


def _create(trained: Any) -> ModelStep:
    return ModelStep(name="Create", step_args=_builder(trained).build())


def _forest(prepared: ProcessingStep, hyperparameters: dict[str, int]) -> ModelTrainer:
    """Return a trainer of a script that brings its requirements."""
    return ModelTrainer(
        training_image=image("sklearn", "1.2-1"),
        base_job_name="v3-source-code",
        source_code=SourceCode(
            source_dir=f"{SCRIPTS}/forest/sourcedir.tar.gz", entry_script="train.py", requirements="requirements.txt"
        ),
        compute=Compute(instance_type="ml.m5.large", instance_count=1),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{BUCKET}/models"),
        input_data_config=[
            InputData(channel_name="train", data_source=output_of(prepared, "train"), content_type="text/csv")
        ],
        hyperparameters=hyperparameters,
        environment={"SEASON": "2"},
        sagemaker_session=SESSION,
        role=ROLE,
    )


def _source_code() -> Pipeline:
    """Return a pipeline that trains by a script, which scripts of the SDK unpack and start in the job."""
    prepared = prepare()
    trained = TrainingStep(name="Train", step_args=_forest(prepared, {"trees": 3}).train())
    return pipeline("v3-source-code", prepared, trained, parameters=(HARVEST,))


def _tuning_a_script() -> Pipeline:
    """Return a pipeline that tries a grid of a script's hyperparameters."""
    prepared = prepare()
    forest = _forest(prepared, {"trees": 3})
    forest.base_job_name = "v3-tuning-script"
    tuner = HyperparameterTuner(
        model_trainer=forest,
        objective_metric_name="train:r2",
        hyperparameter_ranges={"trees": CategoricalParameter([3, 6])},
        metric_definitions=[{"Name": "train:r2", "Regex": "train-r2=([0-9.]+);"}],
        strategy="Grid",
        max_parallel_jobs=2,
        max_jobs=2,
    )
    rows = [InputData(channel_name="train", data_source=output_of(prepared, "train"), content_type="text/csv")]
    return pipeline(
        "v3-tuning-script", prepared, TuningStep(name="Tune", step_args=tuner.tune(rows)), parameters=(HARVEST,)
    )


def _tuning() -> Pipeline:
    """Return a pipeline that tunes the built-in XGBoost, and scores rows by the best model."""
    prepared = prepare(extra=("batch",))
    tuner = HyperparameterTuner(
        model_trainer=trainer(prepared, "1.7-1", eval_metric="rmse"),
        objective_metric_name="validation:rmse",
        hyperparameter_ranges={"max_depth": IntegerParameter(2, 4)},
        objective_type="Minimize",
        strategy="Random",
        max_jobs=2,
        max_parallel_jobs=2,
    )
    rows = [
        InputData(channel_name=channel, data_source=output_of(prepared, channel), content_type="text/csv")
        for channel in ("train", "validation")
    ]
    tuned = TuningStep(name="Tune", step_args=tuner.tune(rows), cache_config=CacheConfig(True, "P1D"))
    created = _create(tuned.get_top_model_s3_uri(0, BUCKET, "models"))
    transformer = Transformer(
        model_name=created.properties.ModelName,
        instance_type="ml.m5.large",
        instance_count=1,
        assemble_with="Line",
        accept="text/csv",
        output_path=f"s3://{BUCKET}/scores/v3",
        sagemaker_session=SESSION,
    )
    arguments = transformer.transform(
        output_of(prepared, "batch"),
        content_type="text/csv",
        split_type="Line",
        input_filter="$[1:]",
        join_source="Input",
        output_filter="$[0,-1]",
    )
    score = TransformStep(name="Score", step_args=arguments, cache_config=CacheConfig(True, "P1D"))
    return pipeline("v3-tuning", prepared, tuned, created, score, parameters=(HARVEST, DEPTH))


def _folder() -> Pipeline:
    """Return a pipeline that runs an entry point of a source folder, by a framework's processor."""
    processor = FrameworkProcessor(
        image_uri=image("sklearn", "1.2-1"), command=["python3"], base_job_name="v3-source-folder", **_JOB
    )
    harvest = ProcessingS3Input(
        s3_uri=HARVEST, local_path="/opt/ml/processing/input/data", s3_data_type="S3Prefix", s3_input_mode="File"
    )
    summary = ProcessingS3Output(
        s3_uri=Join("/", [_place("Summarise"), "summary"]),
        local_path="/opt/ml/processing/summary",
        s3_upload_mode="EndOfJob",
    )
    arguments = processor.run(
        code="summary.py",
        source_dir=f"{SCRIPTS}/summary/sourcedir.tar.gz",
        arguments=["--title", "Harvest of the year"],
        inputs=[ProcessingInput(input_name="harvest", s3_input=harvest)],
        outputs=[ProcessingOutput(output_name="summary", s3_output=summary)],
    )
    step = ProcessingStep(name="Summarise", step_args=arguments)
    return pipeline("v3-source-folder", step, parameters=(HARVEST,))


def _checks() -> Pipeline:
    """Return a pipeline that checks the bias of its labels, and fails since a batch has ids where labels were."""
    prepared = prepare(label="exported", extra=("batch",))
    job = CheckJobConfig(role=ROLE, instance_type="ml.c5.xlarge", instance_count=1, sagemaker_session=SESSION)
    first = {"skip_check": True, "register_new_baseline": True}
    data = DataConfig(
        s3_data_input_path=output_of(prepared, "train"),
        s3_output_path=_place("bias"),
        s3_analysis_config_output_path=f"s3://{BUCKET}/clarify/v3-bias",
        dataset_type="text/csv",
        label="exported",
        headers=["exported", "altitude", "moisture", "north", "south", "west"],
    )
    bias = BiasConfig(label_values_or_threshold=[1], facet_name="altitude", facet_values_or_threshold=[0.5])
    checked = ClarifyCheckStep("CheckBias", DataBiasCheckConfig(data, bias), job, **first)
    rows = DatasetFormat.csv(header=False)
    base = QualityCheckStep(
        "Baseline",
        DataQualityCheckConfig(output_of(prepared, "train"), rows, output_s3_uri=_place("base")),
        job,
        **first,
    )
    batch = QualityCheckStep(
        "CheckBatch",
        DataQualityCheckConfig(output_of(prepared, "batch"), rows, output_s3_uri=_place("batch")),
        job,
        supplied_baseline_statistics=base.properties.CalculatedBaselineStatistics,
        supplied_baseline_constraints=base.properties.CalculatedBaselineConstraints,
        depends_on=[checked],
    )
    return pipeline("v3-checks", prepared, checked, base, batch, parameters=(HARVEST,))


def _endpoint() -> Pipeline:
    """Return a pipeline that deploys the model that it has trained."""
    prepared = prepare()
    trained = train(prepared, "1.7-1")
    created = _create(artifacts(trained))
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": created.properties.ModelName,
        "InstanceType": ParameterString("Instance", "ml.t2.medium"),
        "InitialInstanceCount": 1,
    }
    config = EndpointConfigStep(
        "Configure", step_args=SESSION.create_endpoint_config(name="harvest", production_variants=[variant])
    )
    deploy = EndpointStep(
        "Deploy",
        step_args=SESSION.create_endpoint(endpoint_name="harvest", config_name=config.properties.EndpointConfigName),
    )
    parameters = (HARVEST, DEPTH, variant["InstanceType"])
    return pipeline("v3-endpoint", prepared, trained, created, config, deploy, parameters=parameters)


def _named() -> Pipeline:
    """Return a pipeline whose jobs have names of its own, steps that are tried again, and a cache that is off."""
    processor = ScriptProcessor(
        image_uri=image("sklearn", "1.2-1"), command=["python3"], base_job_name="harvest-choice", **_JOB
    )
    place = ProcessingS3Output(
        s3_uri=Join("/", [_place("Choose"), "chosen"]),
        local_path="/opt/ml/processing/chosen",
        s3_upload_mode="EndOfJob",
    )
    arguments = processor.run(
        code=f"{SCRIPTS}/choose.py",
        arguments=["--depths", ParameterInteger("Deepest", 3).to_string()],
        outputs=[ProcessingOutput(output_name="chosen", s3_output=place)],
    )
    policies = [
        StepRetryPolicy([StepExceptionTypeEnum.SERVICE_FAULT], interval_seconds=1, max_attempts=2),
        SageMakerJobStepRetryPolicy([SageMakerJobExceptionTypeEnum.CAPACITY_ERROR], expire_after_mins=5),
    ]
    step = ProcessingStep(
        name="Choose",
        step_args=arguments,
        display_name="Choose a depth",
        description="Of one",
        cache_config=CacheConfig(enable_caching=False),
        retry_policies=policies,
    )
    made = pipeline("v3-named", step, parameters=(ParameterInteger("Deepest", 3),))
    made.pipeline_definition_config = PipelineDefinitionConfig(use_custom_job_prefix=True)
    made.pipeline_experiment_config = None
    return made


def _lineage() -> Pipeline:
    """Return a pipeline that records whence its data are."""
    harvest = Artifact.create(
        artifact_name="harvest", source_uri=HARVEST, artifact_type="DataSet", sagemaker_session=SESSION
    )
    season = Context.create(
        context_name="season", source_uri=f"s3://{BUCKET}/data", context_type="Season", sagemaker_session=SESSION
    )
    association = LineageAssociation(
        LineageEntityReference("harvest", "Artifact"), LineageEntityReference("season", "Context"), "AssociatedWith"
    )
    step = LineageStep("Record", artifacts=[harvest], contexts=[season], associations=[association])
    return pipeline("v3-lineage", step, parameters=(HARVEST,))


def pipelines() -> Iterator[Pipeline]:
    """Return the pipelines."""
    yield from (_source_code(), _tuning(), _tuning_a_script(), _folder(), _checks(), _endpoint(), _named(), _lineage())
