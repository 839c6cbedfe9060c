"""KMS keys: symmetric ones for encryption, as records."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from local_aws.contracts.paging import page
from local_aws.contracts.tags import TAGS, TagErrors, TagForm, TagOperations
from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, public
from local_aws.services.iam.documents import MalformedPolicyError, parse_document

KIND = "kms-key"
_KEY_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}")
_PENDING = "PendingDeletion"
_TAG_FORM = TagForm(resource="KeyId", key="TagKey", value="TagValue")
SUPPORTED = {
    "KeyUsage": "ENCRYPT_DECRYPT",
    "KeySpec": "SYMMETRIC_DEFAULT",
    "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
    "Origin": "AWS_KMS",
}


class Keys:
    """The keys of the account."""

    def __init__(self, context: Context) -> None:
        self._arn = context.settings.arn
        self._keys = Collection(context.records, KIND, missing=self._missing)
        self.tags = TagOperations(
            self._change_usable,
            _TAG_FORM,
            TagErrors(
                too_many=lambda: AwsError("TagException", "Too many tags"),
                duplicate=lambda: AwsError("TagException", "Duplicate tag keys"),
                reserved=lambda: AwsError("TagException", "Tags beginning with aws: are reserved"),
            ),
        )

    def create(self, request: Request) -> Answer:
        """Serve CreateKey."""
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
            **SUPPORTED,
            "_policy": _checked(request.get("Policy") or _default_policy()),
            TAGS: self.tags.read(request),
            "_rotation_days": None,
        }
        self._keys.add(key_id, key)
        return {"KeyMetadata": public(key)}

    def describe(self, request: Request) -> Answer:
        """Serve DescribeKey, of a key's id or ARN."""
        return {"KeyMetadata": public(self.get(request["KeyId"]))}

    def list(self, request: Request) -> Answer:
        """Serve ListKeys."""
        keys = ({"KeyId": key["KeyId"], "KeyArn": key["Arn"]} for key in self._keys.each() if not _is_due(key))
        return listed("Keys", keys, request, 100)

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
        key = self.get(request["KeyId"])
        days = key["_rotation_days"]
        period = {"RotationPeriodInDays": days} if days else {}
        return {"KeyId": key["KeyId"], "KeyRotationEnabled": days is not None, **period}

    def put_policy(self, request: Request) -> Answer:
        """Serve PutKeyPolicy."""
        policy = _checked(request["Policy"])
        return self._change(request, lambda key: key.update(_policy=policy))

    def get_policy(self, request: Request) -> Answer:
        """Serve GetKeyPolicy."""
        return {"Policy": self.get(request["KeyId"])["_policy"], "PolicyName": "default"}

    def schedule_deletion(self, request: Request) -> Answer:
        """Serve ScheduleKeyDeletion: the key is gone when the days have passed."""
        days = request.get("PendingWindowInDays", 30)
        if not 7 <= days <= 30:
            raise AwsError("ValidationException", f"PendingWindowInDays must be between 7 and 30, not {days}")
        due = now() + timedelta(days=days)
        change = {"KeyState": _PENDING, "Enabled": False, "DeletionDate": due}
        key = self._change_usable(request["KeyId"], lambda key: key.update(change))
        return {"KeyId": key["Arn"], "DeletionDate": due, "KeyState": _PENDING, "PendingWindowInDays": days}

    def cancel_deletion(self, request: Request) -> Answer:
        """Serve CancelKeyDeletion; the key is disabled then."""

        def cancel(key: Record) -> None:
            if key["KeyState"] != _PENDING:
                raise AwsError("KMSInvalidStateException", f"{key['Arn']} is not pending deletion.")
            del key["DeletionDate"]
            key["KeyState"] = "Disabled"

        return {"KeyId": self._keys.change(self.get(request["KeyId"])["KeyId"], cancel)["Arn"]}

    def list_tags(self, request: Request) -> Answer:
        """Serve ListResourceTags."""
        return {"Tags": _TAG_FORM.write(self.get(request["KeyId"])[TAGS]), "Truncated": False}

    def get(self, key_id: str) -> Record:
        """Return the record of a key by id or ARN; one whose deletion is due is removed."""
        if key_id.startswith("arn:") and not key_id.startswith(self._arn("kms", "")):
            raise AwsError("NotFoundException", f"Invalid arn {''.join(key_id.split(':')[3:4])}")
        key_id = key_id.removeprefix(self._arn("kms", "key/"))
        if not _KEY_ID.fullmatch(key_id):
            raise AwsError("NotFoundException", f"Invalid keyId '{key_id}'")
        key = self._keys.get(key_id)
        if _is_due(key):
            self._keys.discard(key_id)
        return self._keys.get(key_id)

    def _change(self, request: Request, change: Callable[[Record], Any]) -> Answer:
        self._change_usable(request["KeyId"], change)
        return {}

    def _change_usable(self, key_id: str, change: Callable[[Record], Any]) -> Record:
        key = self.get(key_id)
        if key["KeyState"] == _PENDING:
            raise AwsError("KMSInvalidStateException", f"{key['Arn']} is pending deletion.")
        return self._keys.change(key["KeyId"], change)

    def _missing(self, key_id: str) -> AwsError:
        return AwsError("NotFoundException", f"Key '{self._arn('kms', f'key/{key_id}')}' does not exist")


def listed(member: str, items: Iterable[Record], request: Request, size: int) -> Answer:
    """Return a page of a listing as KMS writes it."""
    page_items, token = page(items, request, token_key="Marker", size_key="Limit", default=size)  # noqa: S106 (the name of a member)
    return {member: page_items, "Truncated": token is not None, **({"NextMarker": token} if token else {})}


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
