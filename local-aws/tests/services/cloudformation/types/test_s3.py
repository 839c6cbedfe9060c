"""Buckets and their policies."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from local_aws.kernel.errors import AwsError

BLOCKED = {"BlockPublicAcls": True, "BlockPublicPolicy": True}
ENCRYPTED = {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
OWNED = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
RULE = {
    "Id": "old",
    "Status": "Enabled",
    "Prefix": "tmp/",
    "TagFilters": [{"Key": "a", "Value": "b"}],
    "ExpirationInDays": "7",
    "NoncurrentVersionExpirationInDays": 1,
}


def test_bucket_has_the_settings_of_its_template(server, resource) -> None:
    s3, bucket = server.client("s3"), resource("AWS::S3::Bucket")
    made = bucket.create(
        BucketName="templated",
        Tags=[{"Key": "Stack", "Value": "lab"}],
        BucketEncryption=ENCRYPTED,
        PublicAccessBlockConfiguration=BLOCKED,
        OwnershipControls=OWNED,
        LifecycleConfiguration={"Rules": [RULE]},
    )
    assert (made.physical_id, made.attributes["Arn"]) == ("templated", "arn:aws:s3:::templated")
    assert made.attributes["RegionalDomainName"] == "templated.s3.us-east-1.amazonaws.com"
    assert s3.get_bucket_tagging(Bucket="templated")["TagSet"] == [{"Key": "Stack", "Value": "lab"}]
    assert s3.get_bucket_encryption(Bucket="templated")["ServerSideEncryptionConfiguration"]["Rules"] == [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    ]
    assert s3.get_public_access_block(Bucket="templated")["PublicAccessBlockConfiguration"] == BLOCKED
    assert s3.get_bucket_ownership_controls(Bucket="templated")["OwnershipControls"] == OWNED
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket="templated")["Rules"]
    assert rule == {
        "ID": "old",
        "Status": "Enabled",
        "Filter": {"And": {"Prefix": "tmp/", "Tags": [{"Key": "a", "Value": "b"}]}},
        "Expiration": {"Days": 7},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
    }

    bucket.update(BucketName="templated", PublicAccessBlockConfiguration={"BlockPublicAcls": False})
    blocks = s3.get_public_access_block(Bucket="templated")["PublicAccessBlockConfiguration"]
    assert blocks == {"BlockPublicAcls": False}
    for get in ("get_bucket_tagging", "get_bucket_encryption", "get_bucket_lifecycle_configuration"):
        with pytest.raises(ClientError, match=r"NoSuch|NotFound"):
            getattr(s3, get)(Bucket="templated")

    s3.put_object(Bucket="templated", Key="k", Body=b"1")
    with pytest.raises(AwsError, match="BucketNotEmpty"):
        bucket.delete()
    s3.delete_object(Bucket="templated", Key="k")
    bucket.delete()
    assert "templated" not in [found["Name"] for found in s3.list_buckets()["Buckets"]]


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"LoggingConfiguration": {}}, "LoggingConfiguration"),
        ({"VersioningConfiguration": {"Status": "Enabled"}}, "PutBucketVersioning"),
        (
            {
                "LifecycleConfiguration": {
                    "Rules": [
                        {"Status": "Enabled", "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 1}]}
                    ]
                }
            },
            "Transitions",
        ),
    ],
)
def test_bucket_with_unsupported_property_is_not_left_behind(server, resource, asked: dict, named: str) -> None:
    with pytest.raises(AwsError, match=named):
        resource("AWS::S3::Bucket").create(BucketName="refused", **asked)
    assert "refused" not in [found["Name"] for found in server.client("s3").list_buckets()["Buckets"]]


def test_bucket_policy_is_created_updated_and_deleted(server, resource) -> None:
    s3, bucket, policy = server.client("s3"), resource("AWS::S3::Bucket"), resource("AWS::S3::BucketPolicy")
    bucket.create()

    def document(action: str) -> dict:
        statement = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": f"arn:aws:s3:::{bucket.id}/*"}
        return {"Version": "2012-10-17", "Statement": [statement]}

    policy.create(Bucket=bucket.id, PolicyDocument=document("s3:Put*"))
    policy.update(Bucket=bucket.id, PolicyDocument=document("s3:Get*"))
    assert json.loads(s3.get_bucket_policy(Bucket=bucket.id)["Policy"]) == document("s3:Get*")
    policy.delete()
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket=bucket.id)
    bucket.delete()
