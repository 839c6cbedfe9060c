"""Which instance takes a request, and which fleet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from local_aws.kernel.errors import AwsError
from local_aws.services.sagemaker.hosting.fleet import Fleet
from local_aws.services.sagemaker.hosting.serving import Serving
from local_aws.services.sagemaker.hosting.traffic import Traffic
from local_aws.services.sagemaker.model_containers import ModelContainer
from local_aws.services.sagemaker.served_models import ServedModel
from tests.conftest import RunningServer, running

MODEL = ServedModel((ModelContainer("image", "s3://bucket/model.tar.gz", {}),))
SERVING = Serving("swing", "AllTraffic", MODEL, "blue", 3)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("data")) as server:
        yield server


def test_instances_take_turns(server: RunningServer) -> None:
    fleet = Fleet(server.context, SERVING)

    taken = [fleet.take() for _ in range(6)]

    assert taken[:3] == taken[3:]
    assert len(set(taken)) == 3


def test_instance_with_least_to_do_is_taken(server: RunningServer) -> None:
    fleet = Fleet(server.context, replace(SERVING, least_outstanding=True))
    first, second, third = (fleet.take() for _ in range(3))

    second.leave()

    assert len({first, second, third}) == 3
    assert fleet.take() is second


def test_serverless_variant_takes_so_many(server: RunningServer) -> None:
    fleet = Fleet(server.context, replace(SERVING, instance_count=1, max_concurrency=2))
    instance = fleet.take()
    fleet.take()

    with pytest.raises(AwsError, match="MaxConcurrency of 2"):
        fleet.take()
    instance.leave()
    assert fleet.take() is instance


@pytest.mark.parametrize("share", [0.25, 1 / 3, 0.5, 1.0])
def test_green_takes_its_share_evenly(server: RunningServer, share: float) -> None:
    traffic = Traffic(server.context, lambda name: SERVING)
    traffic.shift("swing", Fleet(server.context, replace(SERVING, generation="green")), share)

    generations = []
    for _ in range(120):
        with traffic.using("swing") as (instance, size):
            generations.append(instance.serving.generation)
            assert size == 3

    assert abs(generations.count("green") - 120 * share) <= 1
    assert abs(generations[:12].count("green") - 12 * share) <= 1
    traffic.shift("swing", Fleet(server.context, SERVING), 0)
    with traffic.using("swing") as (instance, _):
        assert instance.serving.generation == "blue"
