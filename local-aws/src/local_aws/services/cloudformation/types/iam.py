"""Resources of IAM."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from local_aws.contracts.tags import TagForm
from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.context import Context, Request
from local_aws.kernel.records import without
from local_aws.services.cloudformation.resource_type import Declaration, PhysicalResource, Properties
from local_aws.services.cloudformation.types.service_type import ServiceType, undone_by

_MAX_VERSIONS = 5


class _IamType(ServiceType):
    service = "iam"
    missing = ("NoSuchEntity",)

    def attach(self, context: Context, policy: str, roles: Iterable[str]) -> None:
        for role in roles:
            self.send(context, "AttachRolePolicy", {"RoleName": role, "PolicyArn": policy})

    def detach(self, context: Context, policy: str, roles: Iterable[str]) -> None:
        for role in roles:
            with self.missing_is_fine():
                self.send(context, "DetachRolePolicy", {"RoleName": role, "PolicyArn": policy})

    def remove_embedded(self, context: Context, role: str, policy: str) -> None:
        with self.missing_is_fine():
            self.send(context, "DeleteRolePolicy", {"RoleName": role, "PolicyName": policy})


class Role(_IamType):
    """``AWS::IAM::Role`` with the policies that are attached to it or embedded in it."""

    name = "AWS::IAM::Role"
    creates, reads, deletes = "CreateRole", "GetRole", "DeleteRole"
    key = name_property = "RoleName"
    max_name = 64
    tag_form, tag_operations = TagForm("RoleName"), ("TagRole", "UntagRole")

    def creation(self, context: Context, properties: Properties, name: str) -> Properties:
        return without(super().creation(context, properties, name), "Policies", "ManagedPolicyArns")

    def change(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        named = {"RoleName": physical_id}
        if after["AssumeRolePolicyDocument"] != before["AssumeRolePolicyDocument"]:
            document = {"PolicyDocument": after["AssumeRolePolicyDocument"]}
            self.send(context, "UpdateAssumeRolePolicy", {**named, **document})
        if _settings(after) != _settings(before):
            self.send(context, "UpdateRole", {**named, **_settings(after)})
        boundary = after.get("PermissionsBoundary")
        if boundary is None and "PermissionsBoundary" in before:
            with self.missing_is_fine():
                self.send(context, "DeleteRolePermissionsBoundary", named)
        elif boundary != before.get("PermissionsBoundary"):
            self.send(context, "PutRolePermissionsBoundary", {**named, "PermissionsBoundary": boundary})

    def settle(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        attached, embedded = after.get("ManagedPolicyArns", []), after.get("Policies", [])
        for arn in attached:
            self.attach(context, arn, [physical_id])
        for policy in embedded:
            self.send(context, "PutRolePolicy", {"RoleName": physical_id, **policy})
        names = {policy["PolicyName"] for policy in embedded}
        self._remove(
            context,
            physical_id,
            [arn for arn in before.get("ManagedPolicyArns", []) if arn not in attached],
            [policy for policy in before.get("Policies", []) if policy["PolicyName"] not in names],
        )

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Remove the policies from the role, and delete it."""
        self._remove(context, physical_id, properties.get("ManagedPolicyArns", []), properties.get("Policies", []))
        super().delete(context, physical_id, properties)

    def attributes(self, context: Context, physical_id: str) -> dict[str, Any]:
        role = self.send(context, "GetRole", {"RoleName": physical_id})["Role"]
        return {"Arn": role["Arn"], "RoleId": role["RoleId"]}

    def _remove(self, context: Context, role: str, arns: Iterable[str], policies: Iterable[Properties]) -> None:
        for arn in arns:
            self.detach(context, arn, [role])
        for policy in policies:
            self.remove_embedded(context, role, policy["PolicyName"])


class ManagedPolicy(_IamType):
    """``AWS::IAM::ManagedPolicy``, attached to roles."""

    name = "AWS::IAM::ManagedPolicy"
    creates, reads, deletes = "CreatePolicy", "GetPolicy", "DeletePolicy"
    name_property, max_name, id_path = "ManagedPolicyName", 128, "Policy.Arn"
    honoured = ("Description", "ManagedPolicyName", "Path", "PolicyDocument", "Roles")

    def reference(self, context: Context, name: str, properties: Properties) -> Request:
        # Of a policy that a killed server was creating, the stack has the name alone.
        path = properties.get("Path", "/")
        return {"PolicyArn": name if name.startswith("arn:") else f"arn:aws:iam::{ACCOUNT_ID}:policy{path}{name}"}

    def creation(self, context: Context, properties: Properties, name: str) -> Properties:
        return {**without(properties, "ManagedPolicyName", "Roles"), "PolicyName": name}

    def change(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        """Make a changed document the policy's new default version."""
        if after["PolicyDocument"] == before["PolicyDocument"]:
            return
        named = {"PolicyArn": physical_id}
        versions = self.send(context, "ListPolicyVersions", named)["Versions"]
        if len(versions) == _MAX_VERSIONS:
            oldest = min(
                (version for version in versions if not version["IsDefaultVersion"]),
                key=lambda version: int(version["VersionId"].removeprefix("v")),
            )
            self.send(context, "DeletePolicyVersion", {**named, "VersionId": oldest["VersionId"]})
        document = {"PolicyDocument": after["PolicyDocument"], "SetAsDefault": True}
        self.send(context, "CreatePolicyVersion", {**named, **document})

    def settle(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        roles = after.get("Roles", [])
        self.attach(context, physical_id, roles)
        self.detach(context, physical_id, [role for role in before.get("Roles", []) if role not in roles])

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Detach the policy, and delete it with all its versions."""
        named = self.reference(context, physical_id, properties)
        self.detach(context, named["PolicyArn"], properties.get("Roles", []))
        with self.missing_is_fine():
            if self.send(context, "GetPolicy", named)["Policy"]["DefaultVersionId"] != "v1":
                for version in self.send(context, "ListPolicyVersions", named)["Versions"]:
                    if not version["IsDefaultVersion"]:
                        self.send(context, "DeletePolicyVersion", {**named, "VersionId": version["VersionId"]})
            self.send(context, "DeletePolicy", named)

    def attributes(self, context: Context, physical_id: str) -> dict[str, Any]:
        policy = self.send(context, "GetPolicy", {"PolicyArn": physical_id})["Policy"]
        members = ("AttachmentCount", "DefaultVersionId", "IsAttachable", "PolicyId")
        return {"PolicyArn": physical_id, **{name: policy[name] for name in members}}


class Policy(_IamType):
    """``AWS::IAM::Policy``, embedded in roles."""

    name = "AWS::IAM::Policy"
    honoured = ("PolicyDocument", "PolicyName", "Roles")

    def create(self, context: Context, declaration: Declaration) -> PhysicalResource:
        """Embed the policy in each of its roles."""
        identifier = declaration.generated_name(128)
        declaration.record_start(identifier, None)
        with undone_by(lambda: self.delete(context, identifier, declaration.properties)):
            return self.update(context, identifier, declaration, {})

    def change(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        """Embed the new policy, and remove the old one from the roles that do not have it any more."""
        policy = {name: after[name] for name in ("PolicyName", "PolicyDocument")}
        for role in after.get("Roles", []):
            self.send(context, "PutRolePolicy", {"RoleName": role, **policy})
        kept = {(role, after["PolicyName"]) for role in after.get("Roles", [])}
        for role in before.get("Roles", []):
            if (role, before["PolicyName"]) not in kept:
                self.remove_embedded(context, role, before["PolicyName"])

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Remove the policy from its roles."""
        for role in properties.get("Roles", []):
            self.remove_embedded(context, role, properties["PolicyName"])


def _settings(properties: Properties) -> Properties:
    return {
        "Description": properties.get("Description", ""),
        "MaxSessionDuration": int(properties.get("MaxSessionDuration", 3600)),
    }
