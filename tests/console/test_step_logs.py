"""``playgrounds logs``, and conditions' outcomes, on a server with an execution."""

from __future__ import annotations

import io
from collections.abc import Iterator

import boto3
import pytest

from console.executions import describe_execution, follow, job_log, step_outcome
from console.main import main
from console.progress import Progress
from tests.definitions import BUCKET, ROLE, definition, processing
from tests.servers import RunningServer, running
from tests.waiting import wait_until

PIPELINE = "playground-accessibility"
SPEAK = processing(
    "MeasureFeatures", "import time; print('one', flush=True); time.sleep(1.5); print('two', flush=True)"
)
CONDITION = {
    "Name": "GoodEnough",
    "Type": "Condition",
    "Arguments": {
        "Conditions": [{"Type": "Equals", "LeftValue": {"Get": "Parameters.Word"}, "RightValue": "yes"}],
        "IfSteps": [],
        "ElseSteps": [],
    },
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("server")) as server:
        server.client("s3").create_bucket(Bucket=BUCKET)
        text = definition(SPEAK, CONDITION, Word="no")
        server.client("sagemaker").create_pipeline(PipelineName=PIPELINE, PipelineDefinition=text, RoleArn=ROLE)
        yield server


@pytest.fixture
def execution(aws: RunningServer) -> str:
    """Start an execution; return its ARN."""
    arn: str = aws.client("sagemaker").start_pipeline_execution(PipelineName=PIPELINE)["PipelineExecutionArn"]
    return arn


def test_a_log_is_followed_to_the_end_of_its_step_and_shown_again(execution, capsys):
    session = boto3.session.Session()
    shown = io.StringIO()
    wait_until(lambda: job_log(session, describe_execution(session, execution), "MeasureFeatures"))
    assert main(["logs", "MeasureFeatures", "-f", "--execution", execution.rpartition("/")[2]]) == 0
    followed = capsys.readouterr().out.splitlines()
    assert [line for line in followed if line in ("one", "two")] == ["one", "two"]
    follow(session, execution, Progress(shown))
    assert main(["logs", "MeasureFeatures"]) == 0
    assert capsys.readouterr().out.splitlines() == followed
    assert "Succeeded: False" in shown.getvalue()


def test_a_step_that_is_not_there_or_has_no_log(execution, capsys):
    follow(boto3.session.Session(), execution, Progress(io.StringIO()))
    for arguments, answer in (
        (["measurefeature"], "did you mean MeasureFeatures?"),
        (["GoodEnough"], "runs no job with a log; it is Succeeded"),
        (["MeasureFeatures", "--execution", "abcdefghijkl"], "has an execution abcdefghijkl: 'playgrounds status'"),
    ):
        assert main(["logs", *arguments]) == 1
        assert answer in capsys.readouterr().err


@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        ({"StepStatus": "Succeeded"}, "Succeeded"),
        ({"StepStatus": "Succeeded", "Metadata": {"Condition": {"Outcome": "True"}}}, "Succeeded: True"),
        ({"StepStatus": "Succeeded", "CacheHitResult": {"SourcePipelineExecutionArn": "a"}}, "Succeeded (cached)"),
        ({"StepStatus": "Succeeded", "CacheHitResult": {}}, "Succeeded"),
    ],
)
def test_outcomes_of_steps(step, outcome):
    assert step_outcome(step) == outcome
