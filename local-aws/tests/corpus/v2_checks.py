"""Pipelines that check data and models, as SDK 2 writes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sagemaker.clarify import BiasConfig, DataConfig, ModelConfig
from sagemaker.drift_check_baselines import DriftCheckBaselines
from sagemaker.model_metrics import MetricsSource
from sagemaker.model_monitor import DatasetFormat
from sagemaker.workflow.check_job_config import CheckJobConfig
from sagemaker.workflow.clarify_check_step import (
    ClarifyCheckStep,
    DataBiasCheckConfig,
    ModelBiasCheckConfig,
    ModelExplainabilityCheckConfig,
    ModelPredictedLabelConfig,
    SHAPConfig,
)
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.functions import Join
from sagemaker.workflow.monitor_batch_transform_step import MonitorBatchTransformStep
from sagemaker.workflow.parameters import ParameterBoolean
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.quality_check_step import (
    DataQualityCheckConfig,
    ModelQualityCheckConfig,
    QualityCheckStep,
)
from sagemaker.workflow.step_collections import RegisterModel
from sagemaker.workflow.steps import TransformStep

from tests.corpus.places import BUCKET
from tests.corpus.v2_parts import (
    HARVEST,
    ROLE,
    SESSION,
    artifacts,
    create,
    estimator,
    output_of,
    pipeline,
    prepare,
    score,
    train,
)

_JOB = CheckJobConfig(role=ROLE, instance_type="ml.c5.xlarge", instance_count=1, sagemaker_session=SESSION)
_ROWS = DatasetFormat.csv(header=False)
_FIRST = {"skip_check": True, "register_new_baseline": True}
_HEADERS = ["exported", "altitude", "moisture", "north", "south", "west"]


def _place(step: str) -> Join:
    return Join("/", [f"s3://{BUCKET}/runs", ExecutionVariables.PIPELINE_EXECUTION_ID, step])


def _dataset(step: str, data: Any, **members: Any) -> DataConfig:
    """Return what Clarify is told about the dataset; the SDK uploads it."""
    return DataConfig(
        s3_data_input_path=data,
        s3_output_path=_place(step),
        s3_analysis_config_output_path=f"s3://{BUCKET}/clarify/{step}",
        dataset_type="text/csv",
        **members,
    )


def _source(uri: Any) -> MetricsSource:
    return MetricsSource(s3_uri=uri, content_type="application/json")


def _data_quality() -> Pipeline:
    """Return a pipeline that checks its data, and registers a model with the baseline of the check."""
    skip, renew = ParameterBoolean("SkipCheck", default_value=True), ParameterBoolean("NewBaseline", default_value=True)
    prepared = prepare()
    check = QualityCheckStep(
        name="CheckData",
        quality_check_config=DataQualityCheckConfig(output_of(prepared, "train"), _ROWS, output_s3_uri=_place("data")),
        check_job_config=_JOB,
        skip_check=skip,
        register_new_baseline=renew,
        model_package_group_name="harvest-checked",
    )
    trainer = estimator("1.7-1")
    trained = train(prepared, trainer)
    used = check.properties
    register = RegisterModel(
        name="Register",
        estimator=trainer,
        model_data=artifacts(trained),
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.large"],
        approval_status="Approved",
        model_package_group_name="harvest-checked",
        drift_check_baselines=DriftCheckBaselines(
            model_data_statistics=_source(used.BaselineUsedForDriftCheckStatistics),
            model_data_constraints=_source(used.BaselineUsedForDriftCheckConstraints),
        ),
    )
    return pipeline("data-quality", prepared, check, trained, register, parameters=(HARVEST, skip, renew))


def _data_bias() -> Pipeline:
    """Return a pipeline that checks the bias of its labels."""
    prepared = prepare(label="exported")
    config = DataBiasCheckConfig(
        _dataset("bias", output_of(prepared, "train"), label="exported", headers=_HEADERS),
        BiasConfig(label_values_or_threshold=[1], facet_name="altitude", facet_values_or_threshold=[0.5]),
    )
    return pipeline("data-bias", prepared, ClarifyCheckStep("CheckBias", config, _JOB, **_FIRST))


def _model_checks() -> Pipeline:
    """Return a pipeline that checks a model's quality, bias and attributions."""
    prepared = prepare(label="exported", extra=("batch",))
    trained = train(prepared, estimator("1.7-1", "binary:logistic"))
    created = create(trained)
    arguments = score(
        created,
        output_of(prepared, "test"),
        "checks",
        "text/csv",
        assemble_with="Line",
        join_source="Input",
        output_filter="$[0,-1]",
    )
    scored = TransformStep("Score", step_args=arguments)
    quality = ModelQualityCheckConfig(
        baseline_dataset=scored.properties.TransformOutput.S3OutputPath,
        dataset_format=_ROWS,
        output_s3_uri=_place("quality"),
        problem_type="BinaryClassification",
        probability_attribute="_c1",
        ground_truth_attribute="_c0",
        probability_threshold_attribute=0.5,
    )
    asked = ModelConfig(
        model_name=created.properties.ModelName, instance_count=1, instance_type="ml.m5.large", accept_type="text/csv"
    )
    data = output_of(prepared, "validation")
    bias = ModelBiasCheckConfig(
        data_config=_dataset("model-bias", data, label="exported", headers=_HEADERS),
        data_bias_config=BiasConfig([1], facet_name="altitude", facet_values_or_threshold=[0.5]),
        model_config=asked,
        model_predicted_label_config=ModelPredictedLabelConfig(probability_threshold=0.5),
    )
    # Without headers, as AWS's example has it.
    explained = ModelExplainabilityCheckConfig(
        data_config=_dataset("explained", data, label=0),
        model_config=asked,
        explainability_config=SHAPConfig(num_samples=12, seed=1),
    )
    checks = (
        QualityCheckStep("CheckQuality", quality_check_config=quality, check_job_config=_JOB, **_FIRST),
        ClarifyCheckStep("CheckModelBias", bias, _JOB, **_FIRST),
        ClarifyCheckStep("Explain", explained, _JOB, **_FIRST),
    )
    return pipeline("model-checks", prepared, trained, created, scored, *checks)


def _monitored_transform() -> Pipeline:
    """Return a pipeline that compares a batch with a baseline before it is scored: the batch has other columns."""
    prepared = prepare(extra=("batch",))
    trained = train(prepared, estimator("1.7-1"))
    check = QualityCheckStep(
        name="Baseline",
        quality_check_config=DataQualityCheckConfig(output_of(prepared, "train"), _ROWS, output_s3_uri=_place("base")),
        check_job_config=_JOB,
        **_FIRST,
    )
    created = create(trained)
    monitored = MonitorBatchTransformStep(
        name="Score",
        transform_step_args=score(created, output_of(prepared, "batch"), "monitored"),
        monitor_configuration=DataQualityCheckConfig(
            output_of(prepared, "batch"), _ROWS, output_s3_uri=_place("monitored")
        ),
        check_job_configuration=_JOB,
        monitor_before_transform=True,
        fail_on_violation=False,
        supplied_baseline_statistics=check.properties.CalculatedBaselineStatistics,
        supplied_baseline_constraints=check.properties.CalculatedBaselineConstraints,
    )
    return pipeline("monitored-transform", prepared, trained, check, created, monitored)


def pipelines() -> Iterator[Pipeline]:
    """Return the pipelines."""
    yield from (_data_quality(), _data_bias(), _model_checks(), _monitored_transform())
