"""A stack takes nothing over that is there already, where the operation itself would let it."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.kernel.errors import AwsError
from local_aws.services.cloudformation.types import TYPES
from tests.services.cloudformation.types.conftest import Resource

ALARM = {
    "AlarmName": "there",
    "Namespace": "N",
    "MetricName": "M",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 1,
}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::policed/*"}],
}


@pytest.mark.parametrize(
    ("type_name", "properties"),
    [
        ("AWS::S3::Bucket", {"BucketName": "there"}),
        ("AWS::S3::BucketPolicy", {"Bucket": "policed", "PolicyDocument": POLICY}),
        ("AWS::Events::Rule", {"Name": "there", "EventPattern": {"source": ["a"]}}),
        ("AWS::SNS::Topic", {"TopicName": "there"}),
        ("AWS::SQS::Queue", {"QueueName": "there"}),
        ("AWS::CloudWatch::Alarm", ALARM),
    ],
)
def test_existing_resource_is_refused_and_stays(server, resource, type_name: str, properties: dict[str, Any]) -> None:
    if type_name == "AWS::S3::BucketPolicy":
        server.client("s3").create_bucket(Bucket="policed")
    there: Resource = resource(type_name)
    there.create(**properties)
    with pytest.raises(AwsError, match="AlreadyExists"):
        resource(type_name).create(**properties)
    assert TYPES[type_name].update(server.context, there.id, there.declared(), properties).physical_id == there.id
    there.delete()
