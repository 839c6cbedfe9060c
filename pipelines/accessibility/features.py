"""EngineerFeatures: from the checked table to training, test and scoring rows."""

from __future__ import annotations

from typing import Any

from pipelines.accessibility.data_quality import DataQuality
from pipelines.accessibility.parameters import PipelineParameters
from pipelines.accessibility.policies import COMPUTE_CACHE
from pipelines.accessibility.processing_job import INPUT_DIR, OUTPUT_DIR, processing_step
from pipelines.accessibility.settings import PipelineSettings
from pipelines.request_step import RequestStep

OUTPUTS = ("train", "validation", "test", "held_out", "automl", "scoring", "smoke", "report")


def engineer_features(
    settings: PipelineSettings, parameters: PipelineParameters, quality: DataQuality, data_version: Any
) -> RequestStep:
    """Turn the checked table into the rows that the other steps read.

    The outputs are :data:`OUTPUTS`, the sub-folders that ``processing/engineer_features.py`` writes. Its report names
    the `data_version`.
    """
    return processing_step(
        settings,
        "EngineerFeatures",
        module="processing.engineer_features",
        description="Engineer the features, split by site, stage the rows for training, test and scoring",
        inputs={"data": quality.table_url},
        options={
            "input-dir": f"{INPUT_DIR}/data",
            "output-dir": OUTPUT_DIR,
            "feature-set": parameters.feature_set,
            "seed": parameters.hyperparameters["seed"].to_string(),
        },
        environment={"DATA_VERSION": data_version},
        outputs=OUTPUTS,
        instance_type=parameters.deployment.processing_instance_type,
        instance_count=parameters.processing_instance_count,
        cache_config=COMPUTE_CACHE,
        depends_on=[quality.require],
    )
