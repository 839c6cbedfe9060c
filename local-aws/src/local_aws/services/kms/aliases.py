"""Aliases of KMS keys."""

from __future__ import annotations

from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import now
from local_aws.services.kms.keys import Keys, listed


class Aliases:
    """The aliases of the account."""

    def __init__(self, context: Context, keys: Keys) -> None:
        self._arn = context.settings.arn
        self._keys = keys
        self._aliases = Collection(
            context.records,
            "kms-alias",
            missing=lambda name: AwsError("NotFoundException", f"Alias {self._arn('kms', name)} is not found."),
            taken=lambda name: AwsError(
                "AlreadyExistsException", f"An alias with the name {self._arn('kms', name)} already exists"
            ),
        )

    def create(self, request: Request) -> Answer:
        """Serve CreateAlias."""
        name = request["AliasName"]
        if not name.startswith("alias/"):
            raise AwsError(
                "ValidationException",
                'Alias must start with the prefix "alias/". Please see '
                "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
            )
        if name.startswith("alias/aws/"):
            raise AwsError("InvalidAliasNameException", f"{name!r} must not begin with 'alias/aws/'")
        created = now()
        alias = {
            "AliasName": name,
            "AliasArn": self._arn("kms", name),
            "TargetKeyId": self._keys.get(request["TargetKeyId"])["KeyId"],
            "CreationDate": created,
            "LastUpdatedDate": created,
        }
        self._aliases.add(name, alias)
        return {}

    def update(self, request: Request) -> Answer:
        """Serve UpdateAlias."""
        target = self._keys.get(request["TargetKeyId"])["KeyId"]
        self._aliases.change(
            request["AliasName"], lambda alias: alias.update(TargetKeyId=target, LastUpdatedDate=now())
        )
        return {}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteAlias."""
        self._aliases.remove(request["AliasName"])
        return {}

    def list(self, request: Request) -> Answer:
        """Serve ListAliases."""
        where = {"TargetKeyId": self._keys.get(request["KeyId"])["KeyId"]} if "KeyId" in request else None
        return listed("Aliases", self._aliases.each(where), request, 50)

    def resolved(self, request: Request) -> Request:
        """Return a request with the key's id where ``KeyId`` is an alias's name or ARN."""
        name = request["KeyId"].removeprefix(self._arn("kms", ""))
        return {**request, "KeyId": self._aliases.get(name)["TargetKeyId"]} if name.startswith("alias/") else request
