"""A server with SageMaker on it, and a bench that runs pipelines to their end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.services import sagemaker
from tests.conftest import RunningServer, running
from tests.services.sagemaker.pipelines.definitions import BUCKET, ROLE
from tests.waiting import wait_until


class Bench:
    """Creates pipelines, runs them and reads the results."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.client = server.client("sagemaker")
        self._s3 = server.client("s3")

    def put(self, key: str, content: bytes) -> str:
        """Put an object into the tests' bucket; return its URI."""
        self._s3.put_object(Bucket=BUCKET, Key=key, Body=content)
        return f"s3://{BUCKET}/{key}"

    def read(self, uri: str) -> bytes:
        """Return the content of an object."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    def create(self, name: str, text: str, **members: Any) -> str:
        """Create a pipeline; return its ARN."""
        return self.client.create_pipeline(PipelineName=name, PipelineDefinition=text, RoleArn=ROLE, **members)[
            "PipelineArn"
        ]

    def start(self, name: str, parameters: dict[str, str] | None = None, **members: Any) -> str:
        """Start an execution; return its ARN."""
        given = [{"Name": key, "Value": value} for key, value in (parameters or {}).items()]
        answer = self.client.start_pipeline_execution(PipelineName=name, PipelineParameters=given, **members)
        return answer["PipelineExecutionArn"]

    def status(self, arn: str) -> str:
        """Return the status of an execution."""
        return self.client.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"]

    def finish(self, arn: str) -> str:
        """Wait for the end of an execution; return its status."""
        return wait_until(lambda: (status := self.status(arn)) not in ("Executing", "Stopping") and status)

    def run(self, name: str, text: str, **parameters: str) -> tuple[str, dict[str, dict[str, Any]]]:
        """Create a pipeline and run it; return the execution's status and its steps."""
        self.create(name, text)
        arn = self.start(name, parameters)
        return self.finish(arn), self.steps(arn)

    def transform(self, name: str) -> dict[str, Any]:
        """Wait for the end of a transform job; return its description."""

        def ended() -> dict[str, Any] | None:
            job: dict[str, Any] = self.client.describe_transform_job(TransformJobName=name)
            return None if job["TransformJobStatus"] in ("InProgress", "Stopping") else job

        return wait_until(ended)

    def steps(self, arn: str) -> dict[str, dict[str, Any]]:
        """Return the steps of an execution by name, in the order of their start."""
        answer = self.client.list_pipeline_execution_steps(PipelineExecutionArn=arn, SortOrder="Ascending")
        return {step["StepName"]: step for step in answer["PipelineExecutionSteps"]}


def states_of(steps: Mapping[str, Any]) -> dict[str, str]:
    """Return the status of each step by name, of what `Bench.steps` returns."""
    return {name: step["StepStatus"] for name, step in steps.items()}


def refused(call: Callable[..., Any], **request: Any) -> tuple[str, str]:
    """Make a call that must be refused; return the error's code and message."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Return a bench on a server that the tests of a module share: each takes names of its own."""
    with running(tmp_path_factory.mktemp("data"), (sagemaker.build,)) as server:
        server.client("s3").create_bucket(Bucket=BUCKET)
        yield Bench(server)
