"""buildspec.yml's commands, in order, with the build's role, on a local_aws where a person has bootstrapped."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from infrastructure.names import Names
from infrastructure.stacks import Stack, Stacks
from tests.end_to_end.codebuild import ROOT, RUNS, Container, commands
from tests.infrastructure.demand import Place
from tests.infrastructure.simulated import Lines, calls_of_roles, demanded, logged, refused
from tests.infrastructure.templates import BUILD
from tests.servers import RunningServer, running

NAMES = Names("ci-", "123456789012", "us-east-1")
ROLE = f"arn:aws:iam::{NAMES.account}:role/{NAMES.stack}-"
NOT_THERE = "-p no:local_aws"
"""The build has no local_aws; its plugin is known here because the packages are this environment's."""
SMALL = f"{NOT_THERE} -p no:cacheprovider tests/lambda_functions"
"""The tests that the build runs here: all of them would run this one, and so on."""
PIPELINES = {NAMES.pipeline, f"{NAMES.pipeline}-deploy"}


@dataclass(frozen=True)
class Story:
    """What was to be seen after each thing that was done.

    Parameters
    ----------
    server
        The server.
    red, first, second
        Builds: one whose tests fail, and two of the same code.
    stacks_after_red
        The stacks that there were then.
    stack, pipelines
        Stack and pipelines after the first build.
    executions
        Number of the pipelines' executions after both.
    bootstrap
        The bootstrap stack's events before and after the builds.
    calls
        What each role has called, by its ARN.
    """

    server: RunningServer
    red: subprocess.CompletedProcess[str]
    stacks_after_red: list[str]
    first: subprocess.CompletedProcess[str]
    stack: dict[str, Any]
    pipelines: list[dict[str, Any]]
    second: subprocess.CompletedProcess[str]
    executions: int
    bootstrap: tuple[list[str], list[str]]
    calls: dict[str, Lines]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Bootstrap, build three times, and destroy the stack."""
    folder = tmp_path_factory.mktemp("codebuild")
    with running(folder / "data") as server:
        _bootstrap(server)
        before = _events(server, NAMES.bootstrap_stack)
        container = Container.make(folder, _environment(server, folder))
        red = container.build(PYTEST_ADDOPTS=f"{NOT_THERE} tests/that_are_not_there")
        stacks_after_red = [stack["StackName"] for stack in server.client("cloudformation").describe_stacks()["Stacks"]]
        first = container.build()
        (stack,) = server.client("cloudformation").describe_stacks(StackName=NAMES.stack)["Stacks"]
        pipelines = [server.client("sagemaker").describe_pipeline(PipelineName=name) for name in sorted(PIPELINES)]
        second = container.build()
        executions = _executions(server)
        bootstrap = (before, _events(server, NAMES.bootstrap_stack))
        _destroy(server)
        calls = calls_of_roles(logged(folder / "data"))
        yield Story(server, red, stacks_after_red, first, stack, pipelines, second, executions, bootstrap, calls)


def _bootstrap(server: RunningServer) -> None:
    stacks = Stacks(server.client("cloudformation"), server.client("s3"))
    change_set = stacks.plan(
        Stack(
            NAMES.bootstrap_stack,
            ROOT / "infrastructure" / "bootstrap.yaml",
            {"Prefix": NAMES.prefix, **BUILD},
            {"Stack": NAMES.stack},
        )
    )
    assert change_set is not None
    stacks.execute(change_set)


def _environment(server: RunningServer, folder: Path) -> dict[str, str]:
    """Return what the project, as it was made, and CodeBuild set; where the endpoint is, the build does not see."""
    (project,) = server.client("codebuild").batch_get_projects(names=[NAMES.stack])["projects"]
    keys = server.client("sts").assume_role(RoleArn=project["serviceRole"], RoleSessionName="AWSCodeBuild-0f0f")
    configuration = folder / "aws-config"
    configuration.write_text(f"[default]\nendpoint_url = {server.environment['AWS_ENDPOINT_URL']}\n")
    return {
        **{entry["name"]: entry["value"] for entry in project["environment"]["environmentVariables"]},
        "AWS_REGION": NAMES.region,
        "AWS_DEFAULT_REGION": NAMES.region,
        "AWS_ACCESS_KEY_ID": keys["Credentials"]["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["Credentials"]["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["Credentials"]["SessionToken"],
        "AWS_CONFIG_FILE": str(configuration),
        "PYTEST_ADDOPTS": SMALL,
    }


def _events(server: RunningServer, stack: str) -> list[str]:
    pages = server.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=stack)
    return [event["EventId"] for page in pages for event in page["StackEvents"]]


def _executions(server: RunningServer) -> int:
    client = server.client("sagemaker")
    return sum(
        len(client.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]) for name in PIPELINES
    )


def _destroy(server: RunningServer) -> None:
    """Take the stack away as a person does: CloudFormation's role deletes what it has made."""
    done = subprocess.run(
        [sys.executable, "-m", "console.main", "destroy", "--prefix", NAMES.prefix, "--keep-bootstrap", "--yes"],
        env={**os.environ, **server.environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _ran(build: subprocess.CompletedProcess[str]) -> int:
    return sum(line.startswith(RUNS) for line in build.stdout.splitlines())


def _operations(lines: Lines) -> set[str]:
    return {line["operation"] for line in lines}


def test_the_build_runs_to_its_end(story: Story) -> None:
    written = commands(yaml.safe_load((ROOT / "buildspec.yml").read_text()))
    for build in (story.first, story.second):
        assert build.returncode == 0, build.stdout + build.stderr
        assert _ran(build) == len(written)


def test_nothing_is_deployed_when_a_test_fails(story: Story) -> None:
    assert story.red.returncode != 0
    assert _ran(story.red) == 2
    assert story.stacks_after_red == [NAMES.bootstrap_stack]


def test_the_stack_is_deployed_by_a_change_set_through_the_service_role(story: Story) -> None:
    assert story.stack["StackStatus"] == "CREATE_COMPLETE"
    assert story.stack["RoleARN"] == f"{ROLE}cloudformation"
    assert story.stack["ChangeSetId"]
    operations = _operations(story.calls[f"{ROLE}codebuild"])
    assert {"CreateChangeSet", "ExecuteChangeSet"} <= operations
    assert not {"CreateStack", "UpdateStack", "CreateRole", "CreateBucket"} & operations


def test_a_second_build_changes_nothing(story: Story) -> None:
    assert "unchanged" in story.second.stdout
    assert "0 new objects" in story.second.stdout


def test_both_pipelines_are_upserted_with_role_and_tag(story: Story) -> None:
    assert {pipeline["PipelineName"] for pipeline in story.pipelines} == PIPELINES
    assert {pipeline["RoleArn"] for pipeline in story.pipelines} == {f"{ROLE}sagemaker"}
    tagged = [
        line["request"].get("Tags") for line in story.calls[f"{ROLE}codebuild"] if line["operation"] == "CreatePipeline"
    ]
    assert tagged == [{"Stack": NAMES.stack}] * 2


def test_the_build_starts_no_execution(story: Story) -> None:
    assert story.executions == 0


def test_the_build_does_not_touch_the_bootstrap_stack(story: Story) -> None:
    before, after = story.bootstrap
    assert after == before
    asked = [line["request"].get("StackName") for line in story.calls[f"{ROLE}codebuild"]]
    assert NAMES.bootstrap_stack not in asked


@pytest.mark.parametrize("name", ["cloudformation", "codebuild"])
def test_the_roles_policies_allow_what_they_did(story: Story, name: str) -> None:
    asked = demanded(story.calls[f"{ROLE}{name}"], Place(prefix=NAMES.prefix))
    denied = refused(story.server.client("iam"), f"{ROLE}{name}", asked)
    assert not denied, "\n".join(denied)


def test_cloudformations_role_has_deleted_what_it_made(story: Story) -> None:
    operations = _operations(story.calls[f"{ROLE}cloudformation"])
    assert {
        "CreateBucket",
        "DeleteBucket",
        "CreateRole",
        "DeleteRole",
        "CreateFunction",
        "DeleteFunction",
    } <= operations
