"""A server that is killed in the middle of an endpoint's update comes back with one model or the other."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from tests.end_to_end.conftest import Demo, playgrounds
from tests.end_to_end.executions import DEPLOY_PIPELINE, ended, executions, started_since
from tests.end_to_end.serving import (
    ENDPOINT,
    answer_of,
    approve,
    baking,
    constant_model,
    register,
    serving,
    set_status,
)
from tests.waiting import wait_until


def status(server: Demo) -> str:
    return server.client("sagemaker").describe_endpoint(EndpointName=ENDPOINT)["EndpointStatus"]


MOMENTS: dict[str, Callable[[Demo], bool]] = {
    "the new model starts": lambda server: status(server) == "Updating",
    "the new model bakes": lambda server: answer_of(server) == 0.75,
}


@pytest.fixture(scope="module", autouse=True)
def _quick_updates(demo: Demo) -> Iterator[None]:
    with baking(demo, 1):
        yield


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_server_comes_back_with_the_old_model_or_the_new(demo: Demo, moment: str) -> None:
    low = register(demo, constant_model(0.25), "low")
    high = register(demo, constant_model(0.75), "high")
    approve(demo, low)
    assert serving(demo) == low
    with baking(demo, 60):
        look = started_since(demo, executions(demo, DEPLOY_PIPELINE), DEPLOY_PIPELINE)
        set_status(demo, high, "Approved")
        wait_until(lambda: MOMENTS[moment](demo), moment)
        killed_and_started(demo)
    (run,) = look()
    wait_until(lambda: status(demo) == "InService", "an endpoint that serves")
    assert answer_of(demo) == {low: 0.25, high: 0.75}[serving(demo)]
    # The message comes back: the update is tried again, or has been rolled back.
    outcome = ended(demo, run)[0]["PipelineExecutionStatus"]
    assert (outcome, serving(demo)) in (("Failed", low), ("Succeeded", high))
    # Nothing is left that would be in the way.
    execution, _ = approve(demo, high)
    assert execution["PipelineExecutionStatus"] == "Succeeded"
    assert serving(demo) == high
    assert answer_of(demo) == 0.75


def killed_and_started(server: Demo) -> None:
    """Kill a server, and start one on its data folder and port."""
    os.kill(int((server.data_dir / "server.pid").read_text()), signal.SIGKILL)
    port = urlsplit(server.environment["AWS_ENDPOINT_URL"]).port
    done = playgrounds("up", "--port", str(port), data_dir=server.data_dir)
    assert done.returncode == 0, done.stdout + done.stderr
