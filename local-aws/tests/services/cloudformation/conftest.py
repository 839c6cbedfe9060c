"""A server whose stacks hold buckets and log groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from local_aws.services import s3
from local_aws.services.cloudformation import records as stack_records
from local_aws.services.cloudformation.operations import build_with
from local_aws.services.cloudformation.resource_type import ResourceType
from tests.conftest import RunningServer, running
from tests.services.cloudformation.small_types import Bucket, Group
from tests.waiting import wait_until


class StackServer:
    """A running server with a CloudFormation client and the types that it makes."""

    def __init__(self, server: RunningServer, bucket: Bucket, group: Group) -> None:
        self.server = server
        self.bucket, self.group = bucket, group
        self.cloudformation = server.client("cloudformation")
        self.s3 = server.client("s3")
        self.logs = server.client("logs")

    def buckets(self) -> set[str]:
        return {bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]}

    def tags(self, bucket: str) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self.s3.get_bucket_tagging(Bucket=bucket)["TagSet"]}

    def groups(self) -> set[str]:
        return {group["logGroupName"] for group in self.logs.describe_log_groups()["logGroups"]}

    def stack(self, name: str) -> dict[str, Any]:
        return self.cloudformation.describe_stacks(StackName=name)["Stacks"][0]

    def wait(self, what: str, name: str) -> None:
        waiter = self.cloudformation.get_waiter(what)
        waiter.wait(StackName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 200})

    def create(self, name: str, template: str, **members: Any) -> dict[str, Any]:
        self.cloudformation.create_stack(StackName=name, TemplateBody=template, **members)
        self.wait("stack_create_complete", name)
        return self.stack(name)

    def update(self, name: str, template: str, **members: Any) -> dict[str, Any]:
        self.cloudformation.update_stack(StackName=name, TemplateBody=template, **members)
        self.wait("stack_update_complete", name)
        return self.stack(name)

    def settled(self, name: str) -> dict[str, Any]:
        wait_until(lambda: not self.stack(name)["StackStatus"].endswith("_IN_PROGRESS"))
        return self.stack(name)

    def clear(self) -> None:
        """Forget every stack, and what the tests' stacks have made."""
        self.group.gate.set()
        records = self.server.context.records
        for stack in records.list(stack_records.KIND):
            if stack["StackStatus"] not in ("DELETE_COMPLETE", "REVIEW_IN_PROGRESS"):
                self.settled(stack["StackId"])
            records.delete(stack_records.KIND, stack["StackId"])
        for bucket in self.buckets():
            for item in self.s3.list_objects_v2(Bucket=bucket).get("Contents", []):
                self.s3.delete_object(Bucket=bucket, Key=item["Key"])
            self.s3.delete_bucket(Bucket=bucket)
        for group in self.groups():
            self.logs.delete_log_group(logGroupName=group)
        self.bucket.principals.clear()
        self.group.seen.clear()

    def statuses(self, name: str, logical_id: str) -> list[str]:
        events = self.cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        return [event["ResourceStatus"] for event in reversed(events) if event["LogicalResourceId"] == logical_id]


@contextmanager
def stack_server(folder: Path) -> Iterator[StackServer]:
    """Run a server for the time of the block."""
    bucket, group = Bucket(), Group()
    types: dict[str, ResourceType] = {each.name: each for each in (bucket, group)}
    builders: list[Callable[..., Any]] = [s3.build, partial(build_with, types=types)]
    with running(folder, builders) as server:
        yield StackServer(server, bucket, group)


@pytest.fixture(scope="module")
def module_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackServer]:
    with stack_server(tmp_path_factory.mktemp("data")) as server:
        yield server


@pytest.fixture
def stacks(module_server: StackServer) -> Iterator[StackServer]:
    """Return a server without stacks; starting one for every test would take most of the time."""
    yield module_server
    module_server.clear()


@pytest.fixture
def serve() -> Callable[[Path], Any]:
    """Return `stack_server`, for tests that run several servers on one folder."""
    return stack_server
