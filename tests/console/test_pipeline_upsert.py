"""What a deployment keeps of the one before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from console.pipeline_upsert import pipeline_kwargs
from infrastructure.names import Names
from local_aws.services import BUILDERS
from tests.local_aws.conftest import running

NAMES = Names("blue-", "123456789012", "us-east-1")
ROLE = "arn:aws:iam::123456789012:role/playgrounds-sagemaker"
CHOSEN = {"traffic_routing": "LINEAR", "endpoint_instance_count": 4, "bake_seconds": 7}


@pytest.fixture(scope="module")
def sagemaker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with running(tmp_path_factory.mktemp("server"), BUILDERS) as server:
        yield server.client("sagemaker")


def test_a_first_deployment_takes_the_defaults(sagemaker):
    assert not CHOSEN.keys() & pipeline_kwargs(sagemaker, NAMES, {}).keys()


def test_what_was_chosen_before_stays_and_what_is_asked_for_comes(sagemaker, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", NAMES.region)  # the SageMaker SDK asks for one when it is imported
    from pipelines.accessibility.deploy_pipeline import get_pipeline

    definition = get_pipeline(**pipeline_kwargs(sagemaker, NAMES, CHOSEN), role=ROLE).definition()
    sagemaker.create_pipeline(PipelineName=NAMES.deploy_pipeline, PipelineDefinition=definition, RoleArn=ROLE)

    assert pipeline_kwargs(sagemaker, NAMES, {}).items() >= CHOSEN.items()
    asked = {"traffic_routing": "ALL_AT_ONCE"}
    assert pipeline_kwargs(sagemaker, NAMES, asked).items() >= (CHOSEN | asked).items()
