"""SnapshotData, ResolveDataBaseline, CheckDataQuality and RequireDataQuality: nothing is trained on worse data.

::

    SnapshotData, ResolveDataBaseline → CheckDataQuality → RequireDataQuality

Model Monitor compares the processed table with that of the latest approved model. Its step's failure would name a file
and no figure, so it reports violations, and the function of the last step fails with them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from sagemaker.core.model_monitor.dataset_format import DatasetFormat
from sagemaker.mlops.workflow.check_job_config import CheckJobConfig
from sagemaker.mlops.workflow.lambda_step import LambdaStep
from sagemaker.mlops.workflow.quality_check_step import DataQualityCheckConfig, QualityCheckStep
from sagemaker.mlops.workflow.steps import Step

from pipelines.accessibility.functions import require_data_quality, resolve_data_baseline
from pipelines.accessibility.parameters import PipelineParameters
from pipelines.accessibility.policies import COMPUTE_CACHE
from pipelines.accessibility.processing_job import (
    INPUT_DIR,
    MAX_RUNTIME_SECONDS,
    OUTPUT_DIR,
    VOLUME_GB,
    output_url,
    processing_step,
)
from pipelines.accessibility.settings import PipelineSettings
from pipelines.request_step import RequestStep

# The SDK says of each step that its job's name, which no definition has, is left out.
logging.getLogger("sagemaker.core.workflow.utilities").setLevel(logging.ERROR)

_JSON = "application/json"


@dataclass(frozen=True)
class DataQuality:
    """The steps that check the data."""

    snapshot: RequestStep
    resolve: LambdaStep
    check: QualityCheckStep
    require: LambdaStep

    @property
    def steps(self) -> list[Step]:
        """The steps, in order; the last succeeds if features may be engineered."""
        return [self.snapshot, self.resolve, self.check, self.require]

    @property
    def table_url(self) -> Any:
        """S3 prefix of the checked partition."""
        return output_url(self.snapshot, "table")

    @property
    def metrics(self) -> dict[str, Any]:
        """``ModelDataQuality`` of a package's metrics: this table's statistics and the constraints they suggest."""
        calculated = self.check.properties
        return {
            "Statistics": {"ContentType": _JSON, "S3Uri": calculated.CalculatedBaselineStatistics},
            "Constraints": {"ContentType": _JSON, "S3Uri": calculated.CalculatedBaselineConstraints},
        }

    @property
    def baseline(self) -> dict[str, Any]:
        """``ModelDataQuality`` of the baselines that later tables are compared with, if the package is approved."""
        constraints = self.require.properties.Outputs["ConstraintsUrl"]
        return {**self.metrics, "Constraints": {"ContentType": _JSON, "S3Uri": constraints}}


def data_quality(settings: PipelineSettings, parameters: PipelineParameters, data_version: Any) -> DataQuality:
    """Create the steps. `data_version` changes with the contents behind ``InputDataUrl``, which no cache looks at."""
    snapshot = processing_step(
        settings,
        "SnapshotData",
        module="processing.snapshot_data",
        description="Keep the newest partition of the processed table, and its rows as CSV for Model Monitor",
        inputs={"data": parameters.input_data_url},
        options={"input-dir": f"{INPUT_DIR}/data", "output-dir": OUTPUT_DIR},
        # Part of the cache key, unlike the contents behind InputDataUrl.
        environment={"DATA_VERSION": data_version},
        outputs=("table", "quality"),
        instance_type=parameters.deployment.processing_instance_type,
        cache_config=COMPUTE_CACHE,
    )
    resolve = resolve_data_baseline(settings, parameters)
    check = _check(settings, parameters, output_url(snapshot, "quality"), resolve.properties.Outputs["SkipCheck"])
    require = require_data_quality(
        settings,
        parameters,
        statistics_url=check.properties.CalculatedBaselineStatistics,
        constraints_url=check.properties.CalculatedBaselineConstraints,
        baseline=resolve.properties.Outputs["Baseline"],
    )
    return DataQuality(snapshot, resolve, check, require)


def _check(settings: PipelineSettings, parameters: PipelineParameters, rows_url: Any, skip: Any) -> QualityCheckStep:
    """Compare with the latest approved model's baseline, and register the table as its own model's.

    Not cached: the cache does not see that another model has been approved since.
    """
    security = settings.security
    job = CheckJobConfig(
        role=settings.jobs_role,
        instance_count=1,
        instance_type=parameters.deployment.processing_instance_type,
        volume_size_in_gb=VOLUME_GB,
        volume_kms_key=security.kms_key_arn or None,
        output_kms_key=security.kms_key_arn or None,
        max_runtime_in_seconds=MAX_RUNTIME_SECONDS,
        # As a request has it: the SDK writes into the definition what it is given.
        network_config=security.isolation() | security.network() or None,
        tags=settings.aws_tags,
        sagemaker_session=settings.session,
    )
    return QualityCheckStep(
        "CheckDataQuality",
        DataQualityCheckConfig(
            baseline_dataset=rows_url,
            dataset_format=DatasetFormat.csv(header=True),
            output_s3_uri=settings.result_url("CheckDataQuality"),
        ),
        job,
        skip_check=skip,
        fail_on_violation=False,
        register_new_baseline=True,
        model_package_group_name=parameters.model_package_group_name,
        description="Compare the processed table with that of the latest approved model",
    )
