"""A deployment that asks for spot instances trains on them, with checkpoints that any execution may resume."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipelines.code_assets import training_code
from tests.pipelines.conftest import ROLE_ARN
from tests.pipelines.outline import walk


@pytest.fixture(scope="module")
def request_on_spot(get_pipeline) -> dict[str, Any]:
    return training_request(get_pipeline, spot_training=True)


def training_request(get_pipeline, **settings: Any) -> dict[str, Any]:
    definition = json.loads(get_pipeline("us-east-1", ROLE_ARN, **settings).definition())
    (step,) = (step for step in walk(definition["Steps"]) if step["Type"] == "Training")
    return step["Arguments"]


def test_training_on_spot_instances_may_wait_longer_than_it_runs(request_on_spot):
    condition = request_on_spot["StoppingCondition"]
    assert request_on_spot["EnableManagedSpotTraining"] is True
    assert condition["MaxWaitTimeInSeconds"] > condition["MaxRuntimeInSeconds"]


def test_checkpoints_are_written_where_sagemaker_copies_them_from(request_on_spot):
    checkpoints = request_on_spot["CheckpointConfig"]
    assert checkpoints["LocalPath"] == request_on_spot["HyperParameters"]["checkpoint-dir"]


def test_checkpoints_are_no_reason_for_the_step_cache_to_miss(request_on_spot):
    """The cache compares CheckpointConfig: an execution's id in it would make each execution train anew."""
    assert request_on_spot["CheckpointConfig"]["S3Uri"] == (
        "s3://playgrounds-models-123456789012-us-east-1/playground-accessibility/checkpoints/" + training_code().digest
    )


def test_training_is_on_demand_by_default(get_pipeline):
    request = training_request(get_pipeline)
    assert not {"EnableManagedSpotTraining", "CheckpointConfig"} & request.keys()
    assert request["StoppingCondition"].keys() == {"MaxRuntimeInSeconds"}
    assert "checkpoint-dir" not in request["HyperParameters"]
