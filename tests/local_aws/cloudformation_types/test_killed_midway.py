"""What a killed server was making is removed by its generated name, also where the stack's id would be another."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from local_aws import cloudformation
from local_aws.cloudformation.resource_type import Call, Declared, Made, Properties, ResourceType
from local_aws.cloudformation.types import TYPES
from local_aws.services import BUILDERS
from tests.local_aws.cloudformation_types.documents import allow
from tests.local_aws.conftest import RunningServer, running
from tests.waiting import wait_until


class CutOff(ResourceType):
    """A type whose resources are made, and never said to be: the thread ends there, as that of a killed server."""

    def __init__(self, real: ResourceType) -> None:
        self.name = real.name
        self._real = real
        self.has_made = False

    def create(self, call: Call, declared: Declared) -> Made:
        self._real.create(call, declared)
        self.has_made = True
        raise SystemExit

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        raise NotImplementedError

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        raise NotImplementedError


def listed(server: RunningServer, service: str, operation: str, member: str) -> list[object]:
    request = {"Scope": "Local"} if operation == "ListPolicies" else {}
    return server.context.call(service, operation, request).get(member, [])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize(
    ("type_name", "properties", "listing"),
    [
        ("AWS::Events::Rule", {"EventPattern": {"source": ["mine"]}}, ("events", "ListRules", "Rules")),
        (
            "AWS::Glue::Database",
            {"CatalogId": "123456789012", "DatabaseInput": {}},
            ("glue", "GetDatabases", "DatabaseList"),
        ),
        (
            "AWS::IAM::ManagedPolicy",
            {"PolicyDocument": allow("s3:GetObject"), "Path": "/lab/"},
            ("iam", "ListPolicies", "Policies"),
        ),
        ("AWS::S3::Bucket", {}, ("s3", "ListBuckets", "Buckets")),
        ("AWS::SNS::Topic", {}, ("sns", "ListTopics", "Topics")),
        ("AWS::SQS::Queue", {}, ("sqs", "ListQueues", "QueueUrls")),
    ],
)
def test_a_stack_removes_what_it_did_not_come_to_record(
    tmp_path: Path, type_name: str, properties: Properties, listing: tuple[str, str, str]
) -> None:
    cut = CutOff(TYPES[type_name])
    builders = [each for each in BUILDERS if each is not cloudformation.build]
    assert len(builders) < len(BUILDERS)
    builders.append(partial(cloudformation.build_with, types={**TYPES, type_name: cut}))
    template = json.dumps({"Resources": {"Cut": {"Type": type_name, "Properties": properties}}})
    with running(tmp_path, builders) as server:
        server.client("cloudformation").create_stack(
            StackName="cut", TemplateBody=template, Capabilities=["CAPABILITY_IAM"]
        )
        wait_until(lambda: cut.has_made)
        assert len(listed(server, *listing)) == 1
    with running(tmp_path, BUILDERS) as server:
        client = server.client("cloudformation")
        (stack,) = client.describe_stacks(StackName="cut")["Stacks"]
        assert stack["StackStatus"] == "CREATE_FAILED"
        client.delete_stack(StackName="cut")
        client.get_waiter("stack_delete_complete").wait(
            StackName=stack["StackId"], WaiterConfig={"Delay": 0.05, "MaxAttempts": 200}
        )
        assert listed(server, *listing) == []
