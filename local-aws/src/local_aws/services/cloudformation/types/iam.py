"""Resources of IAM."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from local_aws.kernel.context import ACCOUNT_ID
from local_aws.services.cloudformation.resource_type import Call, Declared, Made, Properties, ResourceType
from local_aws.services.cloudformation.types.fitting import but, fitted, only, text_of
from local_aws.services.cloudformation.types.steps import TagChange, begin, missing_is_fine, tag_list, undone_by

_MISSING = "NoSuchEntity"
_MOST_VERSIONS = 5


class Role(ResourceType):
    """``AWS::IAM::Role``."""

    name = "AWS::IAM::Role"

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the role, then attach and embed its policies."""
        properties = declared.properties
        role = properties.get("RoleName") or declared.generated_name(64)
        members = {**but(properties, "Policies", "ManagedPolicyArns"), "RoleName": role}
        begin(call, declared, role, ("iam", "GetRole", {"RoleName": role}), _MISSING)
        made = call("iam", "CreateRole", fitted("iam", "CreateRole", members, self.name))
        with undone_by(lambda: self.delete(call, role, properties)):
            self._attach(call, role, properties.get("ManagedPolicyArns", []))
            self._embed(call, role, properties.get("Policies", []))
        return _role(made["Role"])

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Change what differs; policies that the template has no more are taken from the role."""
        after, named = declared.properties, {"RoleName": physical_id}
        if after["AssumeRolePolicyDocument"] != before["AssumeRolePolicyDocument"]:
            document = {"PolicyDocument": text_of(after["AssumeRolePolicyDocument"])}
            call("iam", "UpdateAssumeRolePolicy", {**named, **document})
        described = {"Description": after.get("Description", ""), "MaxSessionDuration": _duration(after)}
        if described != {"Description": before.get("Description", ""), "MaxSessionDuration": _duration(before)}:
            call("iam", "UpdateRole", {**named, **described})
        self._bound(call, named, after.get("PermissionsBoundary"), before.get("PermissionsBoundary"))
        self._attach(call, physical_id, after.get("ManagedPolicyArns", []))
        self._embed(call, physical_id, after.get("Policies", []))
        kept = {policy["PolicyName"] for policy in after.get("Policies", [])}
        dropped = [policy for policy in before.get("Policies", []) if policy["PolicyName"] not in kept]
        attached = after.get("ManagedPolicyArns", [])
        self._remove(call, physical_id, set(before.get("ManagedPolicyArns", [])) - set(attached), dropped)
        tags = TagChange.of(before, after)
        if tags.put:
            call("iam", "TagRole", {**named, "Tags": tag_list(tags.put)})
        if tags.removed:
            call("iam", "UntagRole", {**named, "TagKeys": tags.removed})
        return _role(call("iam", "GetRole", named)["Role"])

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Take the policies from the role, and delete it."""
        self._remove(call, physical_id, properties.get("ManagedPolicyArns", []), properties.get("Policies", []))
        with missing_is_fine(_MISSING):
            call("iam", "DeleteRole", {"RoleName": physical_id})

    def _attach(self, call: Call, role: str, arns: Iterable[str]) -> None:
        for arn in arns:
            call("iam", "AttachRolePolicy", {"RoleName": role, "PolicyArn": arn})

    def _embed(self, call: Call, role: str, policies: Iterable[dict[str, Any]]) -> None:
        for policy in policies:
            call("iam", "PutRolePolicy", fitted("iam", "PutRolePolicy", {"RoleName": role, **policy}, self.name))

    def _remove(self, call: Call, role: str, arns: Iterable[str], policies: Iterable[dict[str, Any]]) -> None:
        for arn in arns:
            with missing_is_fine(_MISSING):
                call("iam", "DetachRolePolicy", {"RoleName": role, "PolicyArn": arn})
        for policy in policies:
            with missing_is_fine(_MISSING):
                call("iam", "DeleteRolePolicy", {"RoleName": role, "PolicyName": policy["PolicyName"]})

    def _bound(self, call: Call, named: dict[str, str], after: str | None, before: str | None) -> None:
        if after == before:
            return
        if after is None:
            with missing_is_fine(_MISSING):
                call("iam", "DeleteRolePermissionsBoundary", named)
        else:
            call("iam", "PutRolePermissionsBoundary", {**named, "PermissionsBoundary": after})


class ManagedPolicy(ResourceType):
    """``AWS::IAM::ManagedPolicy``, attached to roles."""

    name = "AWS::IAM::ManagedPolicy"
    _honoured = frozenset({"Description", "ManagedPolicyName", "Path", "PolicyDocument", "Roles"})

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the policy and attach it."""
        properties = declared.properties
        only(properties, self._honoured, self.name)
        name = properties.get("ManagedPolicyName") or declared.generated_name(128)
        members = {**but(properties, "ManagedPolicyName", "Roles"), "PolicyName": name}
        begin(call, declared, name, ("iam", "GetPolicy", {"PolicyArn": _policy_arn(name, properties)}), _MISSING)
        arn = call("iam", "CreatePolicy", fitted("iam", "CreatePolicy", members, self.name))["Policy"]["Arn"]
        with undone_by(lambda: self.delete(call, arn, properties)):
            self._attach(call, arn, properties)
            return self._made(call, arn)

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Make a changed document the policy's new default version, and attach it to the roles of the template."""
        after, named = declared.properties, {"PolicyArn": physical_id}
        only(after, self._honoured, self.name)
        if after["PolicyDocument"] != before["PolicyDocument"]:
            versions = call("iam", "ListPolicyVersions", named)["Versions"]
            if len(versions) == _MOST_VERSIONS:
                oldest = min(
                    (version for version in versions if not version["IsDefaultVersion"]),
                    key=lambda version: int(version["VersionId"].removeprefix("v")),
                )
                call("iam", "DeletePolicyVersion", {**named, "VersionId": oldest["VersionId"]})
            document = {"PolicyDocument": text_of(after["PolicyDocument"])}
            call("iam", "CreatePolicyVersion", {**named, **document, "SetAsDefault": True})
        self._attach(call, physical_id, after)
        self._detach(call, physical_id, set(before.get("Roles", [])) - set(after.get("Roles", [])))
        return self._made(call, physical_id)

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Detach the policy, and delete it with all its versions."""
        # Of a policy that a killed server was making, the stack knows the name alone.
        arn = physical_id if physical_id.startswith("arn:") else _policy_arn(physical_id, properties)
        named = {"PolicyArn": arn}
        self._detach(call, arn, properties.get("Roles", []))
        with missing_is_fine(_MISSING):
            if call("iam", "GetPolicy", named)["Policy"]["DefaultVersionId"] != "v1":
                for version in call("iam", "ListPolicyVersions", named)["Versions"]:
                    if not version["IsDefaultVersion"]:
                        call("iam", "DeletePolicyVersion", {**named, "VersionId": version["VersionId"]})
            call("iam", "DeletePolicy", named)

    def _attach(self, call: Call, arn: str, properties: Properties) -> None:
        for role in properties.get("Roles", []):
            call("iam", "AttachRolePolicy", {"RoleName": role, "PolicyArn": arn})

    def _detach(self, call: Call, arn: str, roles: Iterable[str]) -> None:
        for role in roles:
            with missing_is_fine(_MISSING):
                call("iam", "DetachRolePolicy", {"RoleName": role, "PolicyArn": arn})

    def _made(self, call: Call, arn: str) -> Made:
        policy = call("iam", "GetPolicy", {"PolicyArn": arn})["Policy"]
        told = ("AttachmentCount", "DefaultVersionId", "IsAttachable", "PolicyId")
        return Made(arn, {"PolicyArn": arn, **{name: policy[name] for name in told}})


class Policy(ResourceType):
    """``AWS::IAM::Policy``, embedded in roles."""

    name = "AWS::IAM::Policy"

    def create(self, call: Call, declared: Declared) -> Made:
        """Embed the policy in each of its roles."""
        made = Made(declared.generated_name(128))
        declared.begins(made.physical_id, None)
        with undone_by(lambda: self.delete(call, made.physical_id, declared.properties)):
            self._embed(call, declared.properties)
        return made

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Embed the new policy, and remove the old one from the roles that do not have it any more."""
        after = declared.properties
        self._embed(call, after)
        kept = {(role, after["PolicyName"]) for role in after.get("Roles", [])}
        for role in before.get("Roles", []):
            if (role, before["PolicyName"]) not in kept:
                self._remove(call, role, before["PolicyName"])
        return Made(physical_id)

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Remove the policy from its roles."""
        for role in properties.get("Roles", []):
            self._remove(call, role, properties["PolicyName"])

    def _embed(self, call: Call, properties: Properties) -> None:
        only(properties, {"PolicyDocument", "PolicyName", "Roles"}, self.name)
        document = text_of(properties["PolicyDocument"])
        for role in properties.get("Roles", []):
            request = {"RoleName": role, "PolicyName": properties["PolicyName"], "PolicyDocument": document}
            call("iam", "PutRolePolicy", request)

    def _remove(self, call: Call, role: str, policy: str) -> None:
        with missing_is_fine(_MISSING):
            call("iam", "DeleteRolePolicy", {"RoleName": role, "PolicyName": policy})


def _policy_arn(name: str, properties: Properties) -> str:
    return f"arn:aws:iam::{ACCOUNT_ID}:policy{properties.get('Path', '/')}{name}"


def _duration(properties: Properties) -> int:
    return int(properties.get("MaxSessionDuration", 3600))


def _role(role: dict[str, Any]) -> Made:
    return Made(role["RoleName"], {"Arn": role["Arn"], "RoleId": role["RoleId"]})
