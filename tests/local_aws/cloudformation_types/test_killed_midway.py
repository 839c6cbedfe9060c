"""What a killed server was making is removed by its generated name, where the stack's id would be another."""

from __future__ import annotations

import pytest

from local_aws.cloudformation.types import TYPES
from tests.local_aws.cloudformation_types.documents import allow


@pytest.mark.parametrize(
    ("type_name", "properties", "listing"),
    [
        ("AWS::SNS::Topic", {}, ("sns", "ListTopics", "Topics")),
        ("AWS::SQS::Queue", {}, ("sqs", "ListQueues", "QueueUrls")),
        (
            "AWS::IAM::ManagedPolicy",
            {"PolicyDocument": allow("s3:GetObject"), "Path": "/lab/"},
            ("iam", "ListPolicies", "Policies"),
        ),
    ],
)
def test_a_name_is_enough_to_delete(server, resource, type_name: str, properties: dict, listing: tuple) -> None:
    service, operation, member = listing
    request = {"Scope": "Local"} if service == "iam" else {}

    def listed() -> list:
        return server.context.call(service, operation, request).get(member, [])

    made = resource(type_name).create(**properties)
    assert len(listed()) == 1
    name = made.physical_id.replace("/", ":").rpartition(":")[2]
    TYPES[type_name].delete(server.context.call, name, properties)
    assert listed() == []
