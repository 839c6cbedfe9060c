"""KMS keys: symmetric ones for encryption, as records."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from local_aws.contracts.paging import page
from local_aws.kernel.context import ACCOUNT_ID, Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, public
from local_aws.services.iam.documents import MalformedPolicyError, parse_document

KIND = "kms-key"
_PENDING = "PendingDeletion"
_ONLY = {
    "KeyUsage": "ENCRYPT_DECRYPT",
    "KeySpec": "SYMMETRIC_DEFAULT",
    "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
    "Origin": "AWS_KMS",
}
_REFUSED = ("CustomKeyStoreId", "MultiRegion", "XksKeyId")


class Keys:
    """The keys of the account."""

    def __init__(self, context: Context) -> None:
        self._records = context.records
        self._arn = context.settings.arn

    def create(self, request: Request) -> Answer:
        """Serve CreateKey."""
        for member, value in _ONLY.items():
            if request.get(member, value) != value:
                raise AwsError(
                    "UnsupportedOperationException", f"{member} {request[member]} is not done by local_aws; use {value}"
                )
        asked_for = [member for member in _REFUSED if request.get(member)]
        if asked_for:
            raise AwsError("UnsupportedOperationException", f"local_aws does not do {', '.join(asked_for)} of keys")
        key_id = str(uuid.uuid4())
        key = {
            "AWSAccountId": ACCOUNT_ID,
            "KeyId": key_id,
            "Arn": self._arn("kms", f"key/{key_id}"),
            "CreationDate": now(),
            "Enabled": True,
            "Description": request.get("Description", ""),
            "KeyState": "Enabled",
            "KeyManager": "CUSTOMER",
            "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
            "MultiRegion": False,
            **_ONLY,
            "_policy": _checked(request.get("Policy") or _default_policy()),
            "_tags": {tag["TagKey"]: tag["TagValue"] for tag in request.get("Tags", [])},
            "_rotation_days": None,
        }
        self._records.insert(KIND, key_id, key)
        return {"KeyMetadata": public(key)}

    def describe(self, request: Request) -> Answer:
        """Serve DescribeKey, of a key's id or ARN."""
        return {"KeyMetadata": public(self.find(request["KeyId"]))}

    def list(self, request: Request) -> Answer:
        """Serve ListKeys."""
        keys = [{"KeyId": key["KeyId"], "KeyArn": key["Arn"]} for key in self._records.list(KIND) if not _is_due(key)]
        items, token = page(keys, request, token_key="Marker", size_key="Limit")  # noqa: S106 (the name of a member)
        return {"Keys": items, "Truncated": token is not None, **({"NextMarker": token} if token else {})}

    def update_description(self, request: Request) -> Answer:
        """Serve UpdateKeyDescription."""
        return self._change(request, lambda key: key.update(Description=request["Description"]))

    def enable(self, request: Request) -> Answer:
        """Serve EnableKey."""
        return self._change(request, lambda key: key.update(Enabled=True, KeyState="Enabled"))

    def disable(self, request: Request) -> Answer:
        """Serve DisableKey."""
        return self._change(request, lambda key: key.update(Enabled=False, KeyState="Disabled"))

    def enable_rotation(self, request: Request) -> Answer:
        """Serve EnableKeyRotation; there is no material that would be rotated."""
        days = request.get("RotationPeriodInDays", 365)
        return self._change(request, lambda key: key.update(_rotation_days=days))

    def disable_rotation(self, request: Request) -> Answer:
        """Serve DisableKeyRotation."""
        return self._change(request, lambda key: key.update(_rotation_days=None))

    def rotation_status(self, request: Request) -> Answer:
        """Serve GetKeyRotationStatus."""
        key = self.find(request["KeyId"])
        days = key["_rotation_days"]
        period = {"RotationPeriodInDays": days} if days else {}
        return {"KeyId": key["KeyId"], "KeyRotationEnabled": days is not None, **period}

    def put_policy(self, request: Request) -> Answer:
        """Serve PutKeyPolicy."""
        policy = _checked(request["Policy"])
        return self._change(request, lambda key: key.update(_policy=policy))

    def get_policy(self, request: Request) -> Answer:
        """Serve GetKeyPolicy."""
        return {"Policy": self.find(request["KeyId"])["_policy"], "PolicyName": "default"}

    def schedule_deletion(self, request: Request) -> Answer:
        """Serve ScheduleKeyDeletion: the key is gone when the days have passed."""
        days = request.get("PendingWindowInDays", 30)
        if not 7 <= days <= 30:
            raise AwsError("ValidationException", f"PendingWindowInDays must be between 7 and 30, not {days}")
        due = now() + timedelta(days=days)
        self._change(request, lambda key: key.update(KeyState=_PENDING, Enabled=False, DeletionDate=due))
        key = self.find(request["KeyId"])
        return {"KeyId": key["Arn"], "DeletionDate": due, "KeyState": _PENDING, "PendingWindowInDays": days}

    def cancel_deletion(self, request: Request) -> Answer:
        """Serve CancelKeyDeletion; the key is disabled then."""
        key = self.find(request["KeyId"])
        if key["KeyState"] != _PENDING:
            raise AwsError("KMSInvalidStateException", f"{key['Arn']} is not pending deletion.")
        changed = {name: value for name, value in key.items() if name != "DeletionDate"} | {"KeyState": "Disabled"}
        self._records.put(KIND, key["KeyId"], changed)
        return {"KeyId": key["Arn"]}

    def tag(self, request: Request) -> Answer:
        """Serve TagResource."""
        added = {tag["TagKey"]: tag["TagValue"] for tag in request["Tags"]}
        return self._change(request, lambda key: key["_tags"].update(added))

    def untag(self, request: Request) -> Answer:
        """Serve UntagResource."""
        return self._change(request, lambda key: [key["_tags"].pop(name, None) for name in request["TagKeys"]])

    def tags(self, request: Request) -> Answer:
        """Serve ListResourceTags."""
        tags = self.find(request["KeyId"])["_tags"]
        return {"Tags": [{"TagKey": name, "TagValue": value} for name, value in tags.items()], "Truncated": False}

    def find(self, key_id: str) -> Record:
        """Return the record of a key by id or ARN."""
        name = key_id.removeprefix(self._arn("kms", "key/"))
        key = self._records.get(KIND, name)
        if key is None or _is_due(key):
            self._records.delete(KIND, name)
            raise AwsError("NotFoundException", f"Key '{self._arn('kms', f'key/{name}')}' does not exist")
        return key

    def _change(self, request: Request, change: Callable[[Record], Any]) -> Answer:
        key = self.find(request["KeyId"])
        if key["KeyState"] == _PENDING:
            raise AwsError("KMSInvalidStateException", f"{key['Arn']} is pending deletion.")
        self._records.update(KIND, key["KeyId"], change)
        return {}


def _is_due(key: Record) -> bool:
    return key["KeyState"] == _PENDING and bool(key["DeletionDate"] <= now())


def _checked(policy: str) -> str:
    try:
        document = parse_document(policy, "Policy", "resource", of_resource=True)
    except MalformedPolicyError as error:
        raise AwsError("MalformedPolicyDocumentException", str(error)) from error
    if not document.statements:
        raise AwsError("MalformedPolicyDocumentException", "the key policy has no Statement")
    return policy


def _default_policy() -> str:
    account = f"arn:aws:iam::{ACCOUNT_ID}:root"
    statement = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": account},
        "Action": "kms:*",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]})
