"""Two resource types in a few lines: buckets with a tag set, and parameters of a queue that is only a record here."""

from __future__ import annotations

import threading
from typing import Any

from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.principals import principal
from local_aws.services.cloudformation.resource_type import (
    Declaration,
    PhysicalResource,
    Properties,
    ResourceType,
)


class Bucket(ResourceType):
    """AWS::S3::Bucket, as far as name and tags go."""

    name = "AWS::S3::Bucket"

    def __init__(self) -> None:
        self.principals: list[str] = []

    def create(self, context: Context, declaration: Declaration) -> PhysicalResource:
        self.principals.append(principal())
        name = declaration.properties.get("BucketName") or declaration.generated_name(63)
        self._check(declaration.properties)
        context.call("s3", "CreateBucket", {"Bucket": name})
        self._tag(context, name, declaration.properties)
        return _made(name)

    def update(
        self, context: Context, physical_id: str, declaration: Declaration, before: Properties
    ) -> PhysicalResource:
        self.principals.append(principal())
        self._tag(context, physical_id, declaration.properties)
        return _made(physical_id)

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        self.principals.append(principal())
        try:
            context.call("s3", "DeleteBucket", {"Bucket": physical_id})
        except AwsError as error:
            if error.code != "NoSuchBucket":
                raise

    def _check(self, properties: Properties) -> None:
        if any(tag["Value"] == "refused" for tag in properties.get("Tags", [])):
            raise AwsError("InvalidTag", "this value is refused")

    def _tag(self, context: Context, name: str, properties: Properties) -> None:
        self._check(properties)
        tags = properties.get("Tags", [])
        context.call("s3", "PutBucketTagging", {"Bucket": name, "Tagging": {"TagSet": tags}})


class Group(ResourceType):
    """AWS::Logs::LogGroup: created as a log group, behind a gate that a test can close."""

    name = "AWS::Logs::LogGroup"

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.seen: list[Any] = []

    def create(self, context: Context, declaration: Declaration) -> PhysicalResource:
        name = declaration.properties.get("LogGroupName") or declaration.generated_name(512)
        if "LogGroupName" not in declaration.properties:
            declaration.record_start(name, None)
        context.call("logs", "CreateLogGroup", {"logGroupName": name})
        self.seen.append(declaration.properties)
        self.gate.wait(60)
        return PhysicalResource(name, {"Arn": f"arn:aws:logs:us-east-1:123456789012:log-group:{name}:*"})

    def update(
        self, context: Context, physical_id: str, declaration: Declaration, before: Properties
    ) -> PhysicalResource:
        self.seen.append(declaration.properties)
        return PhysicalResource(physical_id, {"Arn": f"arn:aws:logs:us-east-1:123456789012:log-group:{physical_id}:*"})

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        try:
            context.call("logs", "DeleteLogGroup", {"logGroupName": physical_id})
        except AwsError as error:
            if error.code != "ResourceNotFoundException":
                raise


def _made(name: str) -> PhysicalResource:
    return PhysicalResource(name, {"Arn": f"arn:aws:s3:::{name}"})
