"""``run-pipeline``: upload a pipeline's code, create or update the pipeline, and start it on request."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from pipelines._utils import CommandError, get_pipeline_driver, read_json, read_object
from pipelines.code_assets import UnknownCodeError, project_assets, referenced_assets
from pipelines.code_uploads import upload_missing

POLL_SECONDS = 5.0

_RUNNING = frozenset({"Executing", "Stopping"})


@dataclass(frozen=True)
class ExecutionOutcome:
    """An execution's final status, and the failed steps with their reasons; the reason is empty after success."""

    status: str
    reason: str


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code, 1 after a message on standard error."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if not arguments.start and (arguments.wait or arguments.parameters_json):
        parser.error("--wait and --parameters-json need --start")
    try:
        _run(arguments)
    except (CommandError, UnknownCodeError, PermissionError, BotoCoreError, ClientError) as error:
        print(f"run-pipeline: {error}", file=sys.stderr)
        return 1
    return 0


def upsert_pipeline(
    client: Any, *, name: str, definition: str, role_arn: str, description: str, tags: Sequence[Mapping[str, str]]
) -> tuple[str, Literal["created", "updated", "unchanged"]]:
    """Create a pipeline, or update an existing one that differs; return its ARN and what was done.

    `Pipeline.upsert` of the SDK would call IAM and send telemetry. Tags are set; an update keeps the others.
    """
    request = {
        "PipelineName": name,
        "PipelineDefinition": definition,
        "RoleArn": role_arn,
        "PipelineDescription": description,
    }
    if name not in _pipeline_names(client, name):
        return client.create_pipeline(**request, Tags=list(tags))["PipelineArn"], "created"
    existing = client.describe_pipeline(PipelineName=name)
    arn = existing["PipelineArn"]
    unchanged = all(existing.get(member) == value for member, value in request.items())
    if not unchanged:
        client.update_pipeline(**request)
    if tags:
        client.add_tags(ResourceArn=arn, Tags=list(tags))
    return arn, "unchanged" if unchanged else "updated"


def wait_for_execution(
    client: Any, execution_arn: str, *, report: Callable[[str], None] = print, poll_seconds: float = POLL_SECONDS
) -> ExecutionOutcome:
    """Wait for an execution to end; `report` takes a line whenever a step's status changes."""
    reported: dict[str, str] = {}
    while True:
        # The execution first: a step that ends between the two calls is then still seen.
        execution = client.describe_pipeline_execution(PipelineExecutionArn=execution_arn)
        steps = list(_steps(client, execution_arn))
        for step in steps:
            if reported.get(step["StepName"]) != step["StepStatus"]:
                reported[step["StepName"]] = step["StepStatus"]
                report(_step_line(step))
        status = execution["PipelineExecutionStatus"]
        if status not in _RUNNING:
            return ExecutionOutcome(status, "" if status == "Succeeded" else _reason(execution, steps))
        time.sleep(poll_seconds)


def _run(arguments: argparse.Namespace) -> None:
    """Upload, upsert, start and wait, as requested."""
    kwargs = {"role": arguments.role_arn, **read_object(arguments.kwargs_json, "--kwargs-json")}
    tags = _read_tags(arguments.tags)
    parameters = read_object(arguments.parameters_json, "--parameters-json")

    pipeline = get_pipeline_driver(arguments.module_name, kwargs)
    definition = pipeline.definition()
    session = boto3.Session(region_name=pipeline.sagemaker_session.boto_region_name)
    s3_client = session.client("s3")
    for bucket, assets in referenced_assets(definition, project_assets()).items():
        uploaded = upload_missing(s3_client, bucket, assets)
        print(f"code: {len(uploaded)} new objects in s3://{bucket}/code/")

    client = session.client("sagemaker")
    arn, change = upsert_pipeline(
        client,
        name=pipeline.name,
        definition=definition,
        role_arn=arguments.role_arn,
        description=arguments.description or arguments.module_name,
        tags=tags,
    )
    print(f"{change} {arn}")
    if not arguments.start:
        return

    execution = client.start_pipeline_execution(
        PipelineName=pipeline.name,
        PipelineParameters=[{"Name": name, "Value": str(value)} for name, value in parameters.items()],
    )
    print(f"started {execution['PipelineExecutionArn']}")
    if not arguments.wait:
        return
    outcome = wait_for_execution(client, execution["PipelineExecutionArn"])
    if outcome.status != "Succeeded":
        raise CommandError(f"{execution['PipelineExecutionArn']} {outcome.status}: {outcome.reason}")
    print("succeeded")


def _pipeline_names(client: Any, prefix: str) -> set[str]:
    """Return the names of the pipelines that start with a prefix."""
    pages = client.get_paginator("list_pipelines").paginate(PipelineNamePrefix=prefix)
    return {summary["PipelineName"] for page in pages for summary in page["PipelineSummaries"]}


def _steps(client: Any, execution_arn: str) -> Iterator[dict[str, Any]]:
    """Yield the steps of an execution so far, in the order in which they started."""
    paginator = client.get_paginator("list_pipeline_execution_steps")
    for page in paginator.paginate(PipelineExecutionArn=execution_arn, SortOrder="Ascending"):
        yield from page["PipelineExecutionSteps"]


def _step_line(step: Mapping[str, Any]) -> str:
    """Describe a step: its status, and its duration once it has ended."""
    line = f"{step['StepName']:<24} {step['StepStatus']}"
    if "StartTime" in step and "EndTime" in step:
        line += f" {(step['EndTime'] - step['StartTime']).total_seconds():.0f} s"
    return f"{line} (cached)" if step.get("CacheHitResult", {}).get("SourcePipelineExecutionArn") else line


def _reason(execution: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> str:
    """Return the failed steps with their reasons, or else the execution's own reason."""
    failed = [f"step {step['StepName']}: {step['FailureReason']}" for step in steps if step.get("FailureReason")]
    return "; ".join(failed) or execution.get("FailureReason", "no reason was reported")


def _read_tags(argument: str | None) -> list[dict[str, str]]:
    """Read ``--tags``, a JSON list as the AWS APIs take it."""
    tags = read_json(argument, "--tags") if argument else []
    if not isinstance(tags, list) or not all(isinstance(tag, dict) and tag.keys() == {"Key", "Value"} for tag in tags):
        raise CommandError(f'--tags: expected a list such as [{{"Key": "team", "Value": "parks"}}], got {tags!r}')
    return tags


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run-pipeline", description=__doc__)
    parser.add_argument(
        "--module-name", required=True, help="module with get_pipeline, such as pipelines.accessibility.pipeline"
    )
    parser.add_argument("--role-arn", required=True, help="role of the pipeline, and of its jobs unless kwargs say")
    parser.add_argument("--kwargs-json", metavar="FILE|JSON", help="arguments of get_pipeline: a file or the JSON")
    parser.add_argument("--description", help="description of the pipeline; the module's name if left out")
    parser.add_argument("--tags", metavar="FILE|JSON", help='tags of the pipeline: [{"Key": "…", "Value": "…"}]')
    parser.add_argument("--start", action="store_true", help="start an execution")
    parser.add_argument("--parameters-json", metavar="FILE|JSON", help="parameters of the execution, by name")
    parser.add_argument("--wait", action="store_true", help="wait for the execution; fail if it does")
    return parser


if __name__ == "__main__":
    sys.exit(main())
