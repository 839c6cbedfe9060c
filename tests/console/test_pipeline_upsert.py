"""What a deployment keeps of the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import pytest

from console.errors import CommandError
from console.instance_choice import JOB_TYPES, SPOT
from console.pipeline_upsert import AUTOML, PipelineUpsert, pipeline_kwargs
from infrastructure.names import Names
from pipelines.endpoint_settings import SETTINGS, EndpointSettings
from tests.servers import RunningServer, running

NAMES = Names("blue-", "123456789012", "us-east-1")
ROLE = "arn:aws:iam::123456789012:role/playgrounds-sagemaker"
DEFAULTS = asdict(EndpointSettings())


def _other_value(name: str) -> Any:
    """Return a value that a setting may have; numbers grow with the settings' order, so that instances may scale."""
    setting = SETTINGS[name]
    if isinstance(DEFAULTS[name], bool):
        return not DEFAULTS[name]
    if setting.minimum is not None:
        return setting.minimum + list(SETTINGS).index(name)
    return setting.choices[-1] if setting.choices else "ml.c5.large"


CHOSEN = {name: _other_value(name) for name in SETTINGS}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="module")
def sagemaker(server: RunningServer) -> Any:
    return server.client("sagemaker")


@pytest.fixture
def deployed(sagemaker: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Deploy a pipeline with these arguments."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", NAMES.region)  # the SageMaker SDK asks for one when it is imported
    from pipelines.accessibility.deploy_pipeline import get_pipeline

    def deploy(**asked: Any) -> None:
        definition = get_pipeline(**pipeline_kwargs(sagemaker, NAMES, asked), role=ROLE).definition()
        sagemaker.create_pipeline(PipelineName=NAMES.deploy_pipeline, PipelineDefinition=definition, RoleArn=ROLE)

    yield deploy
    sagemaker.delete_pipeline(PipelineName=NAMES.deploy_pipeline)


def test_every_setting_is_chosen_other_than_by_default():
    assert CHOSEN.keys() == DEFAULTS.keys()
    assert [name for name, default in DEFAULTS.items() if CHOSEN[name] == default] == []


def test_a_first_deployment_takes_the_defaults(sagemaker):
    assert not CHOSEN.keys() & pipeline_kwargs(sagemaker, NAMES, {}).keys()


def test_what_was_chosen_before_stays_and_what_is_asked_for_comes(sagemaker, deployed):
    deployed(**CHOSEN)

    assert pipeline_kwargs(sagemaker, NAMES, {}).items() >= CHOSEN.items()
    asked = {"traffic_routing": "ALL_AT_ONCE"}
    assert pipeline_kwargs(sagemaker, NAMES, asked).items() >= (CHOSEN | asked).items()


def test_automl_and_spot_instances_stay_as_they_were_chosen(sagemaker, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", NAMES.region)
    from pipelines.accessibility.pipeline import get_pipeline

    assert AUTOML not in pipeline_kwargs(sagemaker, NAMES, {})
    assert pipeline_kwargs(sagemaker, NAMES, {})[SPOT] is False
    chosen = {AUTOML: False, SPOT: True, JOB_TYPES: {"training": "ml.c5.xlarge"}}
    definition = get_pipeline(**pipeline_kwargs(sagemaker, NAMES, chosen), role=ROLE).definition()
    sagemaker.create_pipeline(PipelineName=NAMES.pipeline, PipelineDefinition=definition, RoleArn=ROLE)

    kept = pipeline_kwargs(sagemaker, NAMES, {JOB_TYPES: {"processing": "ml.t3.large"}})
    assert kept[AUTOML] is False
    assert kept[SPOT] is True
    assert kept[JOB_TYPES] == {"processing": "ml.t3.large", "training": "ml.c5.xlarge", "transform": "ml.m5.large"}
    assert pipeline_kwargs(sagemaker, NAMES, {AUTOML: True})[AUTOML] is True
    sagemaker.delete_pipeline(PipelineName=NAMES.pipeline)


def test_without_scaling_the_most_instances_are_those_of_the_next_deployment(sagemaker, deployed):
    deployed(endpoint_instance_count=2)

    kwargs = pipeline_kwargs(sagemaker, NAMES, {"endpoint_instance_count": 3})
    assert (kwargs["endpoint_instance_count"], "endpoint_max_instance_count" in kwargs) == (3, False)


def test_one_process_started_ahead_upserts_both_pipelines(server, sagemaker, monkeypatch):
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    server.client("s3").create_bucket(Bucket=NAMES.code_bucket)
    kwargs = pipeline_kwargs(sagemaker, NAMES, {})
    with PipelineUpsert(NAMES) as upsert:
        lines = upsert.upsert(ROLE, kwargs)

    assert [line.partition(" ")[0] for line in lines] == ["created", "created"]
    for line, name in zip(lines, (NAMES.pipeline, NAMES.deploy_pipeline), strict=True):
        assert line.endswith(f"/{name}")
        assert sagemaker.describe_pipeline(PipelineName=name)["RoleArn"] == ROLE
        sagemaker.delete_pipeline(PipelineName=name)

    with PipelineUpsert(NAMES) as upsert, pytest.raises(CommandError, match="unexpected keyword argument 'colour'"):
        upsert.upsert(ROLE, {**kwargs, "colour": "red"})


def test_process_that_is_not_needed_ends_with_the_deployment():
    with PipelineUpsert(NAMES) as upsert:
        assert upsert._process.poll() is None
    assert upsert._process.poll() is not None
