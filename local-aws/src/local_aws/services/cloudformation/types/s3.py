"""Resources of S3."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_aws.kernel.errors import AwsError
from local_aws.services.cloudformation.resource_type import Call, Declared, Made, Properties, ResourceType
from local_aws.services.cloudformation.types.fitting import fitted, only
from local_aws.services.cloudformation.types.lifecycle_rules import api_lifecycle
from local_aws.services.cloudformation.types.steps import begin, missing_is_fine, own_arn, refuse_existing, undone_by


@dataclass(frozen=True)
class _Setting:
    """A property that an operation of its own sets.

    Parameters
    ----------
    put, delete
        The operations; a setting without `delete` cannot be put here at all, and is refused by `put`.
    """

    put: str
    delete: str | None
    member: str
    form: Callable[[Any], Any] = lambda value: value


def _encryption(value: dict[str, Any]) -> dict[str, Any]:
    renamed = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
    return {
        "Rules": [
            {renamed.get(name, name): item for name, item in rule.items()}
            for rule in value["ServerSideEncryptionConfiguration"]
        ]
    }


_SETTINGS = {
    "Tags": _Setting("PutBucketTagging", "DeleteBucketTagging", "Tagging", lambda tags: {"TagSet": tags}),
    "BucketEncryption": _Setting(
        "PutBucketEncryption", "DeleteBucketEncryption", "ServerSideEncryptionConfiguration", _encryption
    ),
    "PublicAccessBlockConfiguration": _Setting(
        "PutPublicAccessBlock", "DeletePublicAccessBlock", "PublicAccessBlockConfiguration"
    ),
    "OwnershipControls": _Setting("PutBucketOwnershipControls", "DeleteBucketOwnershipControls", "OwnershipControls"),
    "LifecycleConfiguration": _Setting(
        "PutBucketLifecycleConfiguration", "DeleteBucketLifecycle", "LifecycleConfiguration", api_lifecycle
    ),
    "VersioningConfiguration": _Setting("PutBucketVersioning", None, "VersioningConfiguration"),
}


class Bucket(ResourceType):
    """``AWS::S3::Bucket``; one that holds objects is not deleted, as on AWS."""

    name = "AWS::S3::Bucket"

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the bucket, then its settings."""
        properties = declared.properties
        only(properties, {"BucketName", *_SETTINGS}, self.name)
        bucket = properties.get("BucketName") or declared.generated_name(63)
        begin(call, declared, bucket, ("s3", "HeadBucket", {"Bucket": bucket}), "404", "NoSuchBucket")
        _create(call, bucket)
        with undone_by(lambda: self.delete(call, bucket, properties)):
            for name in _SETTINGS.keys() & properties.keys():
                self._put(call, bucket, name, properties[name])
            return _made(call, bucket)

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Put or remove the settings that differ."""
        properties = declared.properties
        only(properties, {"BucketName", *_SETTINGS}, self.name)
        for name, setting in _SETTINGS.items():
            if properties.get(name) == before.get(name):
                continue
            if name in properties:
                self._put(call, physical_id, name, properties[name])
            elif setting.delete is not None:
                call("s3", setting.delete, {"Bucket": physical_id})
        return _made(call, physical_id)

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Delete the bucket."""
        with missing_is_fine("NoSuchBucket"):
            call("s3", "DeleteBucket", {"Bucket": physical_id})

    def _put(self, call: Call, bucket: str, name: str, value: Any) -> None:
        setting = _SETTINGS[name]
        members = {"Bucket": bucket, setting.member: setting.form(value)}
        call("s3", setting.put, fitted("s3", setting.put, members, self.name))


class BucketPolicy(ResourceType):
    """``AWS::S3::BucketPolicy``."""

    name = "AWS::S3::BucketPolicy"

    def create(self, call: Call, declared: Declared) -> Made:
        """Put the policy."""
        bucket = {"Bucket": declared.properties["Bucket"]}
        refuse_existing(call, "s3", "GetBucketPolicy", bucket, ("NoSuchBucketPolicy", "NoSuchBucket"))
        return self._put(call, declared.properties)

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Put the new policy in place of the old one."""
        return self._put(call, declared.properties)

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Remove the policy."""
        with missing_is_fine("NoSuchBucket"):
            call("s3", "DeleteBucketPolicy", {"Bucket": physical_id})

    def _put(self, call: Call, properties: Properties) -> Made:
        members = {"Bucket": properties["Bucket"], "Policy": properties["PolicyDocument"]}
        call("s3", "PutBucketPolicy", fitted("s3", "PutBucketPolicy", members, self.name))
        return Made(properties["Bucket"])


def _create(call: Call, bucket: str) -> None:
    try:
        call("s3", "CreateBucket", {"Bucket": bucket})
    except AwsError as error:
        if error.code != "IllegalLocationConstraintException":
            raise
        region = own_arn(call, "s3", bucket).split(":")[3]
        constraint = {"CreateBucketConfiguration": {"LocationConstraint": region}}
        call("s3", "CreateBucket", {"Bucket": bucket, **constraint})


def _made(call: Call, bucket: str) -> Made:
    region = call("s3", "GetBucketLocation", {"Bucket": bucket}).get("LocationConstraint") or "us-east-1"
    return Made(
        bucket,
        {
            "Arn": f"arn:aws:s3:::{bucket}",
            "DomainName": f"{bucket}.s3.amazonaws.com",
            "RegionalDomainName": f"{bucket}.s3.{region}.amazonaws.com",
            "DualStackDomainName": f"{bucket}.s3.dualstack.{region}.amazonaws.com",
        },
    )
