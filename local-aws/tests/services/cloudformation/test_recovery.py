"""A server that is killed in the middle of an operation, and what the next one makes of it."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

from local_aws.kernel.work import SERVER_STOPPED
from tests.clients import client_of
from tests.services.cloudformation.conftest import StackServer, stack_server
from tests.waiting import wait_until

TEMPLATE = """
Resources:
  Data: {Type: AWS::S3::Bucket}
  Group: {Type: AWS::Logs::LogGroup, DependsOn: Data, Properties: {%s}}
"""


def serve_at_a_closed_gate(folder: Path) -> None:
    """Run a server whose log groups are made, and never said to be."""
    with stack_server(folder) as server:
        server.group.gate.clear()
        (folder / "environment").write_text(json.dumps(server.server.environment))
        time.sleep(60)


class Killed:
    """A server in a process of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        announced = folder / "environment"
        announced.unlink(missing_ok=True)
        self._process = multiprocessing.get_context("spawn").Process(
            target=serve_at_a_closed_gate, args=(folder,), daemon=True
        )
        self._process.start()
        self._environment = json.loads(wait_until(lambda: announced.exists() and announced.read_text()))

    def client(self, service: str) -> Any:
        return client_of(self._environment, service)

    def kill_when_there_are_groups(self, count: int) -> None:
        logs = self.client("logs")
        wait_until(lambda: len(logs.describe_log_groups()["logGroups"]) >= count)
        os.kill(self._process.pid or 0, signal.SIGKILL)
        self._process.join(10)


def remove_if_there(server: StackServer, group: str) -> None:
    """Do what a person would do; the kill may have come just before the group was durable."""
    if group in server.groups():
        server.logs.delete_log_group(logGroupName=group)


def test_interrupted_creation_has_failed_and_can_be_finished(tmp_path: Path) -> None:
    killed = Killed(tmp_path / "data")
    templates = {"named": TEMPLATE % "LogGroupName: mine", "unnamed": TEMPLATE % "RetentionInDays: 7"}
    for name, template in templates.items():
        killed.client("cloudformation").create_stack(StackName=name, TemplateBody=template)
    killed.kill_when_there_are_groups(2)
    with stack_server(tmp_path / "data") as server:
        for name, template in templates.items():
            stack = server.stack(name)
            assert (stack["StackStatus"], stack["StackStatusReason"]) == ("CREATE_FAILED", SERVER_STOPPED)
            detail = server.cloudformation.describe_stack_resource(StackName=name, LogicalResourceId="Group")
            resource = detail["StackResourceDetail"]
            assert resource["ResourceStatus"] == "CREATE_FAILED"
            if name == "named":
                # The name is the template's: whose group it is cannot be told, so nobody deletes it.
                assert "whether the resource was created is not known" in resource["ResourceStatusReason"]
                remove_if_there(server, "mine")
            server.update(name, template)
        assert len(server.groups()) == 2
        for name in templates:
            server.cloudformation.delete_stack(StackName=name)
            server.wait("stack_delete_complete", name)
        assert (server.buckets(), server.groups()) == (set(), set())


def test_interrupted_update_has_failed_and_can_be_finished(tmp_path: Path) -> None:
    with stack_server(tmp_path / "data") as server:
        server.create("named", TEMPLATE % "LogGroupName: old")
        server.create("unnamed", TEMPLATE % "LogGroupName: older")
    killed = Killed(tmp_path / "data")
    client = killed.client("cloudformation")
    templates = {"named": TEMPLATE % "LogGroupName: new", "unnamed": TEMPLATE % "RetentionInDays: 7"}
    made = {}
    for name, template in templates.items():
        made[name] = client.create_change_set(StackName=name, ChangeSetName="set", TemplateBody=template)["Id"]
        client.execute_change_set(ChangeSetName=made[name])
    killed.kill_when_there_are_groups(4)
    with stack_server(tmp_path / "data") as server:
        for name, template in templates.items():
            assert server.stack(name)["StackStatus"] == "UPDATE_FAILED"
            change_set = server.cloudformation.describe_change_set(ChangeSetName=made[name])
            assert change_set["ExecutionStatus"] == "EXECUTE_FAILED"
            if name == "named":
                remove_if_there(server, "new")
            server.update(name, template)
        # What was made under a name that only the killed server knew is gone, too.
        assert len(server.groups()) == 2
        assert "new" in server.groups()


def test_stopping_server_finishes_the_resource_and_starts_no_other(tmp_path: Path) -> None:
    text = TEMPLATE % "LogGroupName: mine" + "  Last: {Type: AWS::S3::Bucket, DependsOn: Group}\n"
    with stack_server(tmp_path / "data") as server:
        server.group.gate.clear()
        server.cloudformation.create_stack(StackName="it", TemplateBody=text)
        wait_until(lambda: "mine" in server.groups())
        threading.Timer(0.3, server.group.gate.set).start()
    with stack_server(tmp_path / "data") as server:
        assert server.stack("it")["StackStatusReason"] == SERVER_STOPPED
        found = server.cloudformation.describe_stack_resources(StackName="it")["StackResources"]
        assert {each["LogicalResourceId"]: each["ResourceStatus"] for each in found} == {
            "Data": "CREATE_COMPLETE",
            "Group": "CREATE_COMPLETE",
        }
