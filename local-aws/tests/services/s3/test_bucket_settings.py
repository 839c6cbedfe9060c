"""Settings of buckets are kept, given back and gone with the bucket; what has no effect here is refused."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

ENCRYPTION = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}]}
BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
OWNED = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def policy(bucket: str, **changes: object) -> str:
    statement: dict[str, object] = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    statement = {key: value for key, value in (statement | changes).items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_policy_is_kept_and_refuses_nobody(server) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="policed")
    s3.put_bucket_policy(Bucket="policed", Policy=policy("policed"))
    assert s3.get_bucket_policy(Bucket="policed")["Policy"] == policy("policed")
    s3.put_object(Bucket="policed", Key="k", Body=b"1")
    s3.delete_bucket_policy(Bucket="policed")
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket="policed")


@pytest.mark.parametrize(
    "changes",
    [
        {"Resource": "arn:aws:s3:::other/*"},
        {"Resource": None},
        {"Principal": None},
        {"Principal": ["*"]},
        {"Effect": "Maybe"},
        {"Action": "GetObject"},
        {"NotAction": "s3:PutObject"},
        {"Extra": "x"},
        {"Condition": {"StringIs": {"aws:SourceVpc": "vpc-1"}}},
    ],
)
def test_a_malformed_policy_is_refused(server, changes: dict) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="malformed")
    with pytest.raises(ClientError, match="MalformedPolicy") as caught:
        s3.put_bucket_policy(Bucket="malformed", Policy=policy("malformed", **changes))
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket="malformed")


def test_settings_are_gone_with_the_bucket(server) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="configured")
    s3.put_bucket_encryption(Bucket="configured", ServerSideEncryptionConfiguration=ENCRYPTION)
    assert s3.get_bucket_encryption(Bucket="configured")["ServerSideEncryptionConfiguration"] == ENCRYPTION
    s3.put_public_access_block(Bucket="configured", PublicAccessBlockConfiguration=BLOCKED)
    assert s3.get_public_access_block(Bucket="configured")["PublicAccessBlockConfiguration"] == BLOCKED
    s3.put_bucket_ownership_controls(Bucket="configured", OwnershipControls=OWNED)
    assert s3.get_bucket_ownership_controls(Bucket="configured")["OwnershipControls"] == OWNED
    s3.delete_public_access_block(Bucket="configured")
    with pytest.raises(ClientError, match="NoSuchPublicAccessBlockConfiguration"):
        s3.get_public_access_block(Bucket="configured")
    s3.delete_bucket_ownership_controls(Bucket="configured")
    s3.delete_bucket(Bucket="configured")
    s3.create_bucket(Bucket="configured")
    with pytest.raises(ClientError, match="ServerSideEncryptionConfigurationNotFoundError"):
        s3.get_bucket_encryption(Bucket="configured")
    s3.put_bucket_encryption(Bucket="configured", ServerSideEncryptionConfiguration=ENCRYPTION)
    s3.delete_bucket_encryption(Bucket="configured")
    with pytest.raises(ClientError, match="ServerSideEncryptionConfigurationNotFoundError"):
        s3.get_bucket_encryption(Bucket="configured")


def test_a_blocked_bucket_takes_no_public_policy(server) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="blocked")
    s3.put_public_access_block(Bucket="blocked", PublicAccessBlockConfiguration=BLOCKED)
    with pytest.raises(ClientError, match="BlockPublicPolicy"):
        s3.put_bucket_policy(Bucket="blocked", Policy=policy("blocked", Effect="Allow", Condition=None))
    with pytest.raises(ClientError, match="BlockPublicPolicy"):
        s3.put_bucket_policy(Bucket="blocked", Policy=policy("blocked", Effect="Allow"))
    s3.put_bucket_policy(Bucket="blocked", Policy=policy("blocked"))


def test_acls_and_versions_are_refused_by_name(server) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="refusing")
    with pytest.raises(ClientError, match="ObjectWriter"):
        s3.put_bucket_ownership_controls(
            Bucket="refusing", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        )
    with pytest.raises(ClientError, match="PutBucketVersioning"):
        s3.put_bucket_versioning(Bucket="refusing", VersioningConfiguration={"Status": "Enabled"})


def test_another_accounts_or_no_bucket_is_refused(server) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="ours")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.get_bucket_policy(Bucket="ours", ExpectedBucketOwner="210987654321")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        s3.put_bucket_policy(Bucket="nowhere", Policy=policy("nowhere"))
