"""KMS keys and aliases are created, changed and deleted."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from local_aws.kernel.records import now
from local_aws.services import kms
from local_aws.services.kms.keys import KIND
from tests.conftest import running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with running(tmp_path_factory.mktemp("data"), (kms.build,)) as server:
        yield server


def test_key_is_created_and_changed(server) -> None:
    client = server.client("kms")
    key = client.create_key(Description="data", Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]
    key_id = key["KeyId"]
    assert key["Arn"] == f"arn:aws:kms:us-east-1:123456789012:key/{key_id}"
    assert key_id in [key["KeyId"] for key in client.list_keys()["Keys"]]
    client.update_key_description(KeyId=key["Arn"], Description="models")
    client.disable_key(KeyId=key_id)
    described = client.describe_key(KeyId=key_id)["KeyMetadata"]
    assert (described["Description"], described["KeyState"], described["Enabled"]) == ("models", "Disabled", False)
    client.enable_key(KeyId=key_id)
    client.enable_key_rotation(KeyId=key_id, RotationPeriodInDays=90)
    assert client.get_key_rotation_status(KeyId=key_id)["RotationPeriodInDays"] == 90
    client.disable_key_rotation(KeyId=key_id)
    assert client.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"] is False
    client.tag_resource(KeyId=key_id, Tags=[{"TagKey": "c", "TagValue": "d"}])
    client.untag_resource(KeyId=key_id, TagKeys=["a"])
    assert client.list_resource_tags(KeyId=key_id)["Tags"] == [{"TagKey": "c", "TagValue": "d"}]


def test_policy_is_stored(server) -> None:
    client = server.client("kms")
    key_id = client.create_key()["KeyMetadata"]["KeyId"]
    policy = json.loads(client.get_key_policy(KeyId=key_id)["Policy"])
    changed = json.dumps(policy | {"Id": "changed"})
    client.put_key_policy(KeyId=key_id, PolicyName="default", Policy=changed)
    assert client.get_key_policy(KeyId=key_id)["Policy"] == changed


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ("{", "valid JSON"),
        ('{"Statement": []}', "has no Statement"),
        ('{"Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}}', "either Principal or NotPrincipal"),
        ('{"Statement": {"Effect": "Grant", "Principal": "*", "Action": "kms:*", "Resource": "*"}}', "Allow or Deny"),
        ('{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "Decrypt"}}', "prefaced by a vendor"),
    ],
)
def test_malformed_policy_is_refused(server, policy: str, reason: str) -> None:
    client = server.client("kms")
    key_id = client.create_key()["KeyMetadata"]["KeyId"]
    before = client.get_key_policy(KeyId=key_id)["Policy"]
    with pytest.raises(client.exceptions.MalformedPolicyDocumentException, match=reason):
        client.put_key_policy(KeyId=key_id, PolicyName="default", Policy=policy)
    with pytest.raises(client.exceptions.MalformedPolicyDocumentException, match=reason):
        client.create_key(Policy=policy)
    assert client.get_key_policy(KeyId=key_id)["Policy"] == before


def test_key_is_deleted_when_its_waiting_period_ends(server) -> None:
    client = server.client("kms")
    key_id = client.create_key()["KeyMetadata"]["KeyId"]
    client.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    with pytest.raises(ClientError, match="KMSInvalidState"):
        client.enable_key(KeyId=key_id)
    client.cancel_key_deletion(KeyId=key_id)
    assert client.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] == "Disabled"
    client.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    server.context.records.update(KIND, key_id, lambda key: key.update(DeletionDate=now() - timedelta(days=1)))
    assert key_id not in [key["KeyId"] for key in client.list_keys()["Keys"]]
    with pytest.raises(ClientError, match="NotFound"):
        client.describe_key(KeyId=key_id)


def test_alias_refers_to_a_key(server) -> None:
    client = server.client("kms")
    first, second = (client.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    client.create_alias(AliasName="alias/data", TargetKeyId=first)
    with pytest.raises(ClientError, match="AlreadyExists"):
        client.create_alias(AliasName="alias/data", TargetKeyId=second)
    assert client.describe_key(KeyId="alias/data")["KeyMetadata"]["KeyId"] == first
    client.update_alias(AliasName="alias/data", TargetKeyId=second)
    assert [alias["AliasName"] for alias in client.list_aliases(KeyId=second)["Aliases"]] == ["alias/data"]
    client.delete_alias(AliasName="alias/data")
    assert client.list_aliases()["Aliases"] == []


@pytest.mark.parametrize("asked", [{"KeyUsage": "SIGN_VERIFY"}, {"MultiRegion": True}, {"Origin": "EXTERNAL"}])
def test_unsupported_key_is_refused_by_name(server, asked: dict) -> None:
    with pytest.raises(ClientError, match=next(iter(asked))):
        server.client("kms").create_key(**asked)
