"""Resources of S3."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_aws.kernel.context import Context
from local_aws.kernel.records import selected
from local_aws.services.cloudformation.resource_type import Properties
from local_aws.services.cloudformation.types.service_type import ServiceType

_EXPIRATION = {
    "ExpirationInDays": "Days",
    "ExpirationDate": "Date",
    "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
}
_TRANSITION = {"TransitionInDays": "Days", "TransitionDate": "Date"}
_OLDER = {"Transition": "Transitions", "NoncurrentVersionTransition": "NoncurrentVersionTransitions"}
"""Properties for a single action, and the lists that took their place."""


def _encryption(value: Properties) -> Properties:
    renamed = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
    return {"Rules": [_renamed(rule, renamed) for rule in value["ServerSideEncryptionConfiguration"]]}


def _lifecycle(configuration: Properties) -> Properties:
    return {**configuration, "Rules": [_lifecycle_rule(rule) for rule in configuration["Rules"]]}


def _lifecycle_rule(declared: Properties) -> Properties:
    rule: Properties = {"Status": declared["Status"], "Filter": _lifecycle_filter(declared)}
    if "Id" in declared:
        rule["ID"] = declared["Id"]
    expiration = {_EXPIRATION[name]: declared[name] for name in _EXPIRATION if name in declared}
    if expiration:
        rule["Expiration"] = expiration
    for name in ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration"):
        if name in declared:
            rule[name] = declared[name]
    if "NoncurrentVersionExpirationInDays" in declared:
        rule["NoncurrentVersionExpiration"] = {"NoncurrentDays": declared["NoncurrentVersionExpirationInDays"]}
    for single, many in _OLDER.items():
        transitions = [*declared.get(many, []), *([declared[single]] if single in declared else [])]
        if transitions:
            rule[many] = [_renamed(transition, _TRANSITION) for transition in transitions]
    return rule


def _lifecycle_filter(declared: Properties) -> Properties:
    names = ("Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan")
    conditions = selected(declared, names)
    tags = declared.get("TagFilters", [])
    if len(tags) + len(conditions) > 1:
        return {"And": {**conditions, **({"Tags": tags} if tags else {})}}
    return {"Tag": tags[0]} if tags else conditions


def _renamed(structure: Properties, names: dict[str, str]) -> Properties:
    return {names.get(name, name): value for name, value in structure.items()}


@dataclass(frozen=True)
class _Setting:
    """A property that an operation of its own sets."""

    put: str
    delete: str | None
    """The operations; a setting without `delete` cannot be put here at all, and is refused by `put`."""
    member: str
    form: Callable[[Any], Any] = lambda value: value


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
        "PutBucketLifecycleConfiguration", "DeleteBucketLifecycle", "LifecycleConfiguration", _lifecycle
    ),
    "VersioningConfiguration": _Setting("PutBucketVersioning", None, "VersioningConfiguration"),
}


class Bucket(ServiceType):
    """``AWS::S3::Bucket``; one that holds objects is not deleted, as on AWS."""

    name, service = "AWS::S3::Bucket", "s3"
    creates, reads, deletes = "CreateBucket", "HeadBucket", "DeleteBucket"
    key, name_property, max_name = "Bucket", "BucketName", 63
    missing = ("404", "NoSuchBucket")
    honoured = ("BucketName", *_SETTINGS)

    def creation(self, context: Context, properties: Properties, name: str) -> Properties:
        region = context.settings.region
        constraint = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != "us-east-1" else {}
        return {"Bucket": name, **constraint}

    def settle(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        for name, setting in _SETTINGS.items():
            if after.get(name) == before.get(name):
                continue
            if name in after:
                members = {"Bucket": physical_id, setting.member: setting.form(after[name])}
                self.send(context, setting.put, members)
            elif setting.delete is not None:
                self.send(context, setting.delete, {"Bucket": physical_id})

    def attributes(self, context: Context, physical_id: str) -> dict[str, Any]:
        location = self.send(context, "GetBucketLocation", {"Bucket": physical_id})
        region = location.get("LocationConstraint") or "us-east-1"
        return {
            "Arn": f"arn:aws:s3:::{physical_id}",
            "DomainName": f"{physical_id}.s3.amazonaws.com",
            "RegionalDomainName": f"{physical_id}.s3.{region}.amazonaws.com",
            "DualStackDomainName": f"{physical_id}.s3.dualstack.{region}.amazonaws.com",
        }


class BucketPolicy(ServiceType):
    """``AWS::S3::BucketPolicy``."""

    name, service = "AWS::S3::BucketPolicy", "s3"
    creates, reads, updates = "PutBucketPolicy", "GetBucketPolicy", "PutBucketPolicy"
    deletes = "DeleteBucketPolicy"
    key = name_property = "Bucket"
    missing = ("NoSuchBucketPolicy", "NoSuchBucket")

    def creation(self, context: Context, properties: Properties, name: str) -> Properties:
        return {"Bucket": name, "Policy": properties["PolicyDocument"]}

    def modification(self, context: Context, physical_id: str, after: Properties, before: Properties) -> Properties:
        return self.creation(context, after, physical_id)
