"""A principal's policies and tags, as the records have them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.principals import USER_ARN
from local_aws.kernel.records import now
from local_aws.services.iam.documents import Document, MalformedPolicyError, parse_document

_ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/"
_EVERYTHING = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


@dataclass(frozen=True)
class Identity:
    """A principal."""

    arn: str
    policies: tuple[Document, ...]
    boundary: Document | None
    """The permissions boundary, None for none."""
    tags: dict[str, str]
    unique_id: str
    """As ``aws:userid`` begins; empty for one that is not a record."""

    def context(self, arn: str | None = None) -> dict[str, list[str]]:
        """Return the global context keys that the principal itself determines, and the time.

        Parameters
        ----------
        arn
            Who calls with its policies, None for the principal itself.
        """
        caller, time = arn or self.arn, now()
        name = caller.rpartition("/")[2]
        return {
            "aws:principalarn": [caller],
            "aws:principalaccount": [caller.split(":")[4]],
            "aws:currenttime": [time.isoformat()],
            "aws:epochtime": [str(int(time.timestamp()))],
            **({"aws:username": [name], "aws:principaltype": ["User"]} if ":user/" in caller else {}),
            **({"aws:principaltype": ["AssumedRole"]} if ":role/" in caller else {}),
            **({"aws:userid": [self.unique_id]} if self.unique_id else {}),
            **{f"aws:principaltag/{key.lower()}": [value] for key, value in self.tags.items()},
        }


class Identities:
    """Finds principals."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def find(self, arn: str) -> Identity:
        """Return a role with its policies, or the local user, who may do everything here."""
        if arn == USER_ARN:
            return Identity(arn, (parse_document(_EVERYTHING, "AdministratorAccess", "aws-managed"),), None, {}, "")
        if not arn.startswith(_ROLE):
            raise AwsError(
                "InvalidInput", f"Invalid Entity Arn: {arn} is neither a role of this account nor {USER_ARN}"
            )
        name = arn.rpartition("/")[2]
        role = self._call("GetRole", RoleName=name)["Role"]
        if role["Arn"] != arn:
            raise AwsError("NoSuchEntity", f"The role {arn} cannot be found; there is {role['Arn']}", 404)
        policies = [
            self._inline(name, policy) for policy in self._pages("ListRolePolicies", "PolicyNames", RoleName=name)
        ]
        attached = self._pages("ListAttachedRolePolicies", "AttachedPolicies", RoleName=name)
        policies += [self._managed(policy["PolicyArn"]) for policy in attached]
        boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        tags = {tag["Key"]: tag["Value"] for tag in role.get("Tags", ())}
        return Identity(arn, tuple(policies), self._managed(boundary) if boundary else None, tags, role["RoleId"])

    def _inline(self, role: str, name: str) -> Document:
        return self._document(
            self._call("GetRolePolicy", RoleName=role, PolicyName=name)["PolicyDocument"], name, "role"
        )

    def _managed(self, arn: str) -> Document:
        policy = self._call("GetPolicy", PolicyArn=arn)["Policy"]
        version = self._call("GetPolicyVersion", PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
        kind = "aws-managed" if arn.startswith("arn:aws:iam::aws:") else "user-managed"
        return self._document(version["Document"], policy["PolicyName"], kind)

    def _document(self, content: Any, name: str, kind: str) -> Document:
        text = unquote(content) if isinstance(content, str) else json.dumps(content, indent=4)
        try:
            return parse_document(text, name, kind)
        except MalformedPolicyError as error:
            raise AwsError("PolicyEvaluation", str(error), 500) from error

    def _pages(self, operation: str, member: str, **request: Any) -> list[Any]:
        items: list[Any] = []
        while True:
            answer = self._call(operation, **request)
            items += answer[member]
            if not answer.get("IsTruncated"):
                return items
            request["Marker"] = answer["Marker"]

    def _call(self, operation: str, **request: Any) -> Any:
        return self._context.call("iam", operation, request)
