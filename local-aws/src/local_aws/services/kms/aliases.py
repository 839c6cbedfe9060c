"""Aliases of KMS keys."""

from __future__ import annotations

from local_aws.contracts.paging import page
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now
from local_aws.services.kms.keys import Keys

KIND = "kms-alias"


class Aliases:
    """The aliases of the account."""

    def __init__(self, context: Context, keys: Keys) -> None:
        self._records = context.records
        self._arn = context.settings.arn
        self._keys = keys

    def create(self, request: Request) -> Answer:
        """Serve CreateAlias."""
        name = request["AliasName"]
        if not name.startswith("alias/") or name.startswith("alias/aws/"):
            raise AwsError("InvalidAliasNameException", f"{name!r} must begin with 'alias/', and not with 'alias/aws/'")
        moment = now()
        alias = {
            "AliasName": name,
            "AliasArn": self._arn("kms", name),
            "TargetKeyId": self._keys.find(request["TargetKeyId"])["KeyId"],
            "CreationDate": moment,
            "LastUpdatedDate": moment,
        }
        try:
            self._records.insert(KIND, name, alias)
        except KeyError:
            raise AwsError("AlreadyExistsException", f"An alias with the name {alias['AliasArn']} exists") from None
        return {}

    def update(self, request: Request) -> Answer:
        """Serve UpdateAlias."""
        target = self._keys.find(request["TargetKeyId"])["KeyId"]
        alias = self._find(request["AliasName"])
        self._records.put(KIND, request["AliasName"], {**alias, "TargetKeyId": target, "LastUpdatedDate": now()})
        return {}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteAlias."""
        self._find(request["AliasName"])
        self._records.delete(KIND, request["AliasName"])
        return {}

    def list(self, request: Request) -> Answer:
        """Serve ListAliases."""
        found = self._records.list(KIND)
        if "KeyId" in request:
            key_id = self._keys.find(request["KeyId"])["KeyId"]
            found = [alias for alias in found if alias["TargetKeyId"] == key_id]
        items, token = page(found, request, token_key="Marker", size_key="Limit", default=50)  # noqa: S106 (the name of a member)
        return {"Aliases": items, "Truncated": token is not None, **({"NextMarker": token} if token else {})}

    def resolved(self, request: Request) -> Request:
        """Return a request whose ``KeyId`` is a key's where it was an alias's."""
        name = request["KeyId"].removeprefix(self._arn("kms", ""))
        return {**request, "KeyId": self._find(name)["TargetKeyId"]} if name.startswith("alias/") else request

    def _find(self, name: str) -> Record:
        alias = self._records.get(KIND, name)
        if alias is None:
            raise AwsError("NotFoundException", f"Alias {self._arn('kms', name)} is not found.")
        return alias
