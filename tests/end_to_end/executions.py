"""Executions of SageMaker pipelines in the tests: found, and waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.end_to_end.conftest import Server
from tests.waiting import wait_until

PIPELINE = "playground-accessibility"
DEPLOY_PIPELINE = f"{PIPELINE}-deploy"


def start(server: Server, pipeline: str, **parameters: str) -> str:
    """Start an execution; give its ARN."""
    answer = server.client("sagemaker").start_pipeline_execution(
        PipelineName=pipeline,
        PipelineParameters=[{"Name": name, "Value": value} for name, value in parameters.items()],
    )
    return answer["PipelineExecutionArn"]


def ended(server: Server, arn: str) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Wait for the end of an execution; give it and its steps by name."""
    client = server.client("sagemaker")
    execution = wait_until(
        lambda: (
            (found := client.describe_pipeline_execution(PipelineExecutionArn=arn))["PipelineExecutionStatus"]
            not in ("Executing", "Stopping")
            and found
        ),
        f"the end of {arn}",
    )
    pages = client.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=arn)
    return execution, {step["StepName"]: step for page in pages for step in page["PipelineExecutionSteps"]}


def execute(
    server: Server, pipeline: str = PIPELINE, **parameters: str
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Run an execution to its end; give it and its steps by name."""
    return ended(server, start(server, pipeline, **parameters))


def executions(server: Server, pipeline: str = PIPELINE) -> list[str]:
    """List the executions of a pipeline, the oldest first."""
    pages = server.client("sagemaker").get_paginator("list_pipeline_executions")
    found = pages.paginate(PipelineName=pipeline, SortBy="CreationTime", SortOrder="Ascending")
    return [summary["PipelineExecutionArn"] for page in found for summary in page["PipelineExecutionSummaries"]]


def parameters(server: Server, arn: str) -> dict[str, str]:
    """Return the parameters that an execution was started with."""
    found = server.client("sagemaker").list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)
    return {parameter["Name"]: parameter["Value"] for parameter in found["PipelineParameters"]}


def started_since(server: Server, before: list[str], pipeline: str) -> Callable[[], list[str]]:
    """Return a look at the executions that were not there before."""
    return lambda: [arn for arn in executions(server, pipeline) if arn not in before]


def cached(steps: dict[str, dict[str, Any]]) -> set[str]:
    """Name the steps that a former execution's results were taken for."""
    return {name for name, step in steps.items() if "CacheHitResult" in step}


def outputs(step: dict[str, Any]) -> dict[str, str]:
    """Return the outputs of a Lambda or Callback step."""
    (metadata,) = step["Metadata"].values()
    return {output["Name"]: output["Value"] for output in metadata["OutputParameters"]}


def pages_of(client: Any, operation: str, member: str, **arguments: Any) -> Iterator[Any]:
    """Return everything that a listing lists."""
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page.get(member, [])
