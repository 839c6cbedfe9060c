"""Two deployments on one server: made, made again, and one of them removed without harm to the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from infrastructure.names import Names
from tests.end_to_end.belongings import belongings
from tests.end_to_end.conftest import ACCOUNT, Server, server_on_copy
from tests.end_to_end.executions import executions, start
from tests.waiting import wait_until

EVERY_KIND = {
    *("bucket", "endpoint", "endpoint config", "model", "package group", "package", "pipeline"),
    *("job", "crawler", "trigger", "workflow", "database", "work group", "role", "policy"),
    *("rule", "function", "event source mapping", "log group", "alarm", "topic", "queue", "budget", "stack"),
}


@dataclass(frozen=True)
class Deployment(Server):
    """A deployment behind a prefix, without AutoML.

    Parameters
    ----------
    names
        Its names.
    deployed, ran
        What ``playgrounds deploy`` and ``playgrounds run`` have said.
    """

    names: Names
    deployed: str = field(repr=False)
    ran: str = field(repr=False)

    def run(self, *arguments: str) -> str:
        """Run a command on the deployment that succeeds."""
        return super().run(*arguments, "--prefix", self.names.prefix)

    def fail(self, *arguments: str) -> str:
        """Run a command on the deployment that fails."""
        return super().fail(*arguments, "--prefix", self.names.prefix)


@pytest.fixture(scope="module")
def blue_folder(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a deployment beside the demo's left that has run: ``data``, whose server is down, and what it printed."""
    folder = tmp_path_factory.mktemp("blue")
    prefix = ("--prefix", "blue-")
    with server_on_copy(demo_folder / "data", folder) as server:
        options = ("--source", str(demo_folder / "feeds"), "--bake-seconds", "1", "--no-automl")
        (folder / "deployed.txt").write_text(server.run("deploy", *options, *prefix))
        (folder / "ran.txt").write_text(server.run("run", *prefix))
    return folder


@pytest.fixture(scope="module")
def new_blue(blue_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Deployment]]:
    """How tests get the deployment: made once, and again only after a test has removed it."""
    deployed, ran = ((blue_folder / name).read_text() for name in ("deployed.txt", "ran.txt"))
    with ExitStack() as servers:
        made: list[Deployment] = []

        def get() -> Deployment:
            if not made or not _is_deployed(made[-1]):
                servers.close()
                server = servers.enter_context(server_on_copy(blue_folder / "data", tmp_path_factory.mktemp("blue")))
                names = Names("blue-", ACCOUNT, server.environment["AWS_REGION"])
                made.append(Deployment(server.data_dir, server.environment, names, deployed, ran))
            return made[-1]

        yield get


def _is_deployed(deployment: Deployment) -> bool:
    stacks = deployment.client("cloudformation").describe_stacks()["Stacks"]
    return deployment.names.stack in {stack["StackName"] for stack in stacks}


@pytest.fixture
def blue(new_blue: Callable[[], Deployment]) -> Deployment:
    """A deployment beside the demo's that has run."""
    return new_blue()


@pytest.fixture
def beside(blue: Deployment) -> Server:
    """The server of that deployment: what has no prefix there is the demo's."""
    return Server(blue.data_dir, blue.environment)


def without(blue: Deployment) -> dict[str, list[str]]:
    """Everything that is not of a deployment."""
    parts = (blue.names.prefix, blue.names.database)
    found = {
        kind: [name for name in items if not any(part in name for part in parts)]
        for kind, items in belongings(blue, "").items()
    }
    return {kind: items for kind, items in found.items() if items}


def test_deploy_and_run_end_with_a_registered_package(blue: Deployment) -> None:
    arn = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model-package/blue-playground-accessibility/1"
    assert f"registered version 1: {arn}" in blue.ran
    assert blue.ran.rstrip().endswith("It waits for approval: playgrounds approve 1 --prefix blue-")
    package = blue.client("sagemaker").describe_model_package(ModelPackageName=arn)
    assert package["CustomerMetadataProperties"]["PipelineExecutionArn"] == executions(blue, blue.names.pipeline)[0]


def test_what_would_change_is_shown_before_it_does(blue: Deployment) -> None:
    (workflow,) = re.finditer(r"Add +AWS::Glue::Workflow +Workflow\n", blue.deployed)
    deployed = blue.deployed.index("blue-playgrounds  ", workflow.end())
    assert blue.deployed[deployed:].splitlines()[0].endswith(" deployed")
    outcomes = [line for line in blue.deployed.splitlines() if re.match(r" +[0-9.]+ s  ", line)]
    assert len(outcomes) == 8
    assert {line[48] for line in outcomes} == {" "}
    assert " " not in {line[49] for line in outcomes}


def test_deploying_again_changes_nothing(blue: Deployment) -> None:
    before = state(blue)
    again = blue.run("deploy", "--bake-seconds", "1")
    outcomes = dict(re.findall(r"^ +[0-9.]+ s  ([\w-]+) +(.+)$", again, re.M))
    assert outcomes == {
        "code": f"0 new objects in s3://{blue.names.code_bucket}/code/",
        "blue-playgrounds": "unchanged",
        "blue-playground-accessibility": "unchanged",
        "blue-playground-accessibility-deploy": "unchanged",
    }
    assert state(blue) == before


def test_bootstrap_stack_of_another_version_is_updated_first(blue: Deployment) -> None:
    stacks, name = blue.client("cloudformation"), blue.names.bootstrap_stack
    body = stacks.get_template(StackName=name)["TemplateBody"]
    older = body.replace("sagemaker:StartPipelineExecution", "sagemaker:RetryPipelineExecution")
    keep = [{"ParameterKey": "Prefix", "UsePreviousValue": True}]
    stacks.update_stack(StackName=name, TemplateBody=older, Parameters=keep, Capabilities=["CAPABILITY_NAMED_IAM"])
    stacks.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    before = state(blue)
    assert "playgrounds deploy --update-bootstrap --prefix blue-" in blue.fail("deploy")
    assert state(blue) == before
    blue.run("deploy", "--update-bootstrap", "--bake-seconds", "1")
    blue.run("deploy", "--bake-seconds", "1")


def state(blue: Deployment) -> Mapping[str, Any]:
    """What a deployment that changes something would leave other than it was."""
    stacks, sagemaker = blue.client("cloudformation"), blue.client("sagemaker")
    found: dict[str, Any] = {}
    for name in (blue.names.stack, blue.names.bootstrap_stack):
        (stack,) = stacks.describe_stacks(StackName=name)["Stacks"]
        found[name] = (stack["StackStatus"], stack.get("LastUpdatedTime"))
        found[f"{name} events"] = len(stacks.describe_stack_events(StackName=name)["StackEvents"])
        found[f"{name} change sets"] = [
            change["ChangeSetId"] for change in stacks.list_change_sets(StackName=name)["Summaries"]
        ]
    for name in (blue.names.pipeline, blue.names.deploy_pipeline):
        found[name] = sagemaker.describe_pipeline(PipelineName=name)["LastModifiedTime"]
    pages = blue.client("s3").get_paginator("list_objects_v2").paginate(Bucket=blue.names.code_bucket)
    found["code"] = {item["Key"]: item["LastModified"] for page in pages for item in page["Contents"]}
    return found


def test_nobody_is_asked_where_nobody_is(blue: Deployment) -> None:
    before = belongings(blue, "")
    assert "pass --yes" in blue.fail("destroy")
    assert belongings(blue, "") == before


def test_one_deployment_is_removed_and_the_other_stays_whole(blue: Deployment, beside: Server) -> None:
    names = blue.names
    blue.run("approve", "latest")
    assert "score" in blue.run("query", "--limit", "3")
    assert belongings(blue, names.prefix).keys() >= EVERY_KIND - {"database"}
    assert belongings(blue, names.database).keys() == {"database"}
    rest = without(blue)
    running = start(blue, names.pipeline, DataVersion="another")

    said = blue.run("destroy", "--yes")

    assert re.search(rf"running execution +{running}", said)
    assert belongings(beside, names.prefix) == belongings(beside, names.database) == {}
    # The stopped execution's event may reach a function that still was there: its log group comes back, and goes.
    wait_until(lambda: "nothing belongs to blue-playgrounds" in blue.run("destroy", "--yes"), "a removal without rest")
    assert without(blue) == rest
    for stack in ("playgrounds", "playgrounds-bootstrap"):
        (found,) = beside.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        assert found["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    assert "score" in beside.run("query", "--limit", "3")


def test_what_is_left_of_a_failed_deployment_is_removed(beside: Server) -> None:
    foreign = Names("half-", ACCOUNT, "us-east-1").models_bucket
    beside.client("s3").create_bucket(Bucket=foreign)
    said = beside.fail("deploy", "--prefix", "half-", "--source", "live")
    assert "failed: stack half-playgrounds" in said
    assert "ModelsBucket" in said
    beside.run("destroy", "--prefix", "half-", "--yes")
    # Somebody else's, though it has our name.
    assert belongings(beside, "half-") == {"bucket": [foreign]}
    beside.client("s3").delete_bucket(Bucket=foreign)


def test_a_deployment_whose_workflow_runs_is_removed(beside: Server, feeds: Path) -> None:
    beside.run("deploy", "--prefix", "busy-", "--source", str(feeds), "--no-pipelines")
    beside.client("glue").start_workflow_run(Name="busy-playgrounds_workflow_for_ml")
    said = beside.run("destroy", "--prefix", "busy-", "--yes")
    assert "running workflow run" in said
    assert belongings(beside, "busy-") == belongings(beside, "busy_") == {}
