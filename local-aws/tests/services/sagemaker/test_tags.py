"""Tags of SageMaker resources."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningServer
from tests.services.sagemaker.examples import ended, processing_request


def _tags(server: RunningServer, arn: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in server.client("sagemaker").list_tags(ResourceArn=arn)["Tags"]}


def test_tags_are_added_changed_and_removed(server: RunningServer) -> None:
    client = server.client("sagemaker")
    request = processing_request(server, "tagged", "pass", Tags=[{"Key": "stack", "Value": "one"}])
    arn = client.create_processing_job(**request)["ProcessingJobArn"]
    ended(server, "processing_job", "tagged")

    client.add_tags(ResourceArn=arn, Tags=[{"Key": "stack", "Value": "two"}, {"Key": "owner", "Value": "me"}])
    assert _tags(server, arn) == {"stack": "two", "owner": "me"}
    client.delete_tags(ResourceArn=arn, TagKeys=["stack", "not there"])
    assert _tags(server, arn) == {"owner": "me"}


def test_missing_resource_has_no_tags(server: RunningServer) -> None:
    client = server.client("sagemaker")
    with pytest.raises(client.exceptions.ResourceNotFound):
        client.list_tags(ResourceArn="arn:aws:sagemaker:us-east-1:123456789012:model/nobody")
    with pytest.raises(ClientError, match=r"tags are kept here for .*training-job"):
        client.list_tags(ResourceArn="arn:aws:sagemaker:us-east-1:123456789012:notebook-instance/x")


def test_number_of_tags_is_limited(server: RunningServer) -> None:
    client = server.client("sagemaker")
    arn = client.create_processing_job(**processing_request(server, "many-tags", "pass"))["ProcessingJobArn"]
    client.add_tags(ResourceArn=arn, Tags=[{"Key": f"k{number}", "Value": ""} for number in range(50)])

    with pytest.raises(client.exceptions.ResourceLimitExceeded):
        client.add_tags(ResourceArn=arn, Tags=[{"Key": "one more", "Value": ""}])
    assert len(_tags(server, arn)) == 50
