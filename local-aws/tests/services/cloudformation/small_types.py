"""Two resource types in a few lines: buckets with a tag set, and parameters of a queue that is only a record here."""

from __future__ import annotations

import threading
from typing import Any

from local_aws.kernel.errors import AwsError
from local_aws.kernel.principals import principal
from local_aws.services.cloudformation.resource_type import Call, Declared, Made, Properties, ResourceType


class Bucket(ResourceType):
    """AWS::S3::Bucket, as far as name and tags go."""

    name = "AWS::S3::Bucket"

    def __init__(self) -> None:
        self.principals: list[str] = []

    def create(self, call: Call, declared: Declared) -> Made:
        self.principals.append(principal())
        name = declared.properties.get("BucketName") or declared.generated_name(63)
        self._check(declared.properties)
        call("s3", "CreateBucket", {"Bucket": name})
        self._tag(call, name, declared.properties)
        return _made(name)

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        self.principals.append(principal())
        self._tag(call, physical_id, declared.properties)
        return _made(physical_id)

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        self.principals.append(principal())
        try:
            call("s3", "DeleteBucket", {"Bucket": physical_id})
        except AwsError as error:
            if error.code != "NoSuchBucket":
                raise

    def _check(self, properties: Properties) -> None:
        if any(tag["Value"] == "refused" for tag in properties.get("Tags", [])):
            raise AwsError("InvalidTag", "this value is refused")

    def _tag(self, call: Call, name: str, properties: Properties) -> None:
        self._check(properties)
        tags = properties.get("Tags", [])
        call("s3", "PutBucketTagging", {"Bucket": name, "Tagging": {"TagSet": tags}})


class Group(ResourceType):
    """AWS::Logs::LogGroup: made as a log group, at a gate that a test can close."""

    name = "AWS::Logs::LogGroup"

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.seen: list[Any] = []

    def create(self, call: Call, declared: Declared) -> Made:
        name = declared.properties.get("LogGroupName") or declared.generated_name(512)
        if "LogGroupName" not in declared.properties:
            declared.begins(name, None)
        call("logs", "CreateLogGroup", {"logGroupName": name})
        self.seen.append(declared.properties)
        self.gate.wait(60)
        return Made(name, {"Arn": f"arn:aws:logs:us-east-1:123456789012:log-group:{name}:*"})

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        self.seen.append(declared.properties)
        return Made(physical_id, {"Arn": f"arn:aws:logs:us-east-1:123456789012:log-group:{physical_id}:*"})

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        try:
            call("logs", "DeleteLogGroup", {"logGroupName": physical_id})
        except AwsError as error:
            if error.code != "ResourceNotFoundException":
                raise


def _made(name: str) -> Made:
    return Made(name, {"Arn": f"arn:aws:s3:::{name}"})
