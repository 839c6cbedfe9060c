"""EngineerFeatures: from the joined table to training, test and scoring rows."""

from __future__ import annotations

from typing import Any

from pipelines.accessibility.parameters import PipelineParameters
from pipelines.accessibility.policies import COMPUTE_CACHE
from pipelines.accessibility.processing_job import INPUT_DIR, OUTPUT_DIR, processing_step
from pipelines.accessibility.settings import PipelineSettings
from pipelines.request_step import RequestStep

OUTPUTS = ("train", "validation", "test", "test_features", "automl", "scoring", "smoke", "report")


def engineer_features(settings: PipelineSettings, parameters: PipelineParameters, data_version: Any) -> RequestStep:
    """Turn the processed table into the rows that the other steps read.

    The step cache does not look at the contents behind a URI: `data_version` changes with them. The outputs are
    :data:`OUTPUTS`, the sub-folders that ``processing/engineer_features.py`` writes.
    """
    return processing_step(
        settings,
        "EngineerFeatures",
        module="processing.engineer_features",
        description="Engineer the features, split by site, stage the rows for training, test and scoring",
        inputs={"data": parameters.input_data_url},
        options={
            "input-dir": f"{INPUT_DIR}/data",
            "output-dir": OUTPUT_DIR,
            "feature-set": parameters.feature_set,
            "seed": parameters.hyperparameters["seed"].to_string(),
        },
        # Part of the cache key, unlike the contents behind InputDataUrl.
        environment={"DATA_VERSION": data_version},
        outputs=OUTPUTS,
        instance_type=parameters.deployment.processing_instance_type,
        instance_count=parameters.processing_instance_count,
        cache_config=COMPUTE_CACHE,
    )
