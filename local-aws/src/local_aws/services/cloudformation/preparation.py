"""From a request to what a stack shall become: template, parameters, tags and capabilities, all checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.context import Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.cloudformation import parameters
from local_aws.services.cloudformation.blueprint import Blueprint, Output, check_types
from local_aws.services.cloudformation.changes import Preview
from local_aws.services.cloudformation.errors import invalid
from local_aws.services.cloudformation.exports import check_exports, exported
from local_aws.services.cloudformation.records import Stacks
from local_aws.services.cloudformation.resource_type import ResourceType
from local_aws.services.cloudformation.template import Template
from local_aws.services.cloudformation.template_source import template_text

_NAMES_OF_IAM = {
    "AWS::IAM::AccessKey": None,
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": None,
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserToGroupAddition": None,
}
"""The types that need a capability, with the property that makes it the one for named resources."""


@dataclass(frozen=True)
class Prepared:
    """What a request makes of a stack.

    Parameters
    ----------
    changes
        What would change, in ``ResourceChange``'s form.
    """

    blueprint: Blueprint
    members: Record
    changes: list[Record]
    has_changes: bool


class Preparation:
    """Prepares operations on stacks."""

    def __init__(self, context: Context, stacks: Stacks, types: Mapping[str, ResourceType]) -> None:
        self._context = context
        self._stacks = stacks
        self._types = types

    def of(self, request: Request, stack: Record) -> Prepared:
        """Prepare what a request asks for.

        Parameters
        ----------
        stack
            The stack's record; for a new one its id and name.
        """
        template = self.template(request, stack)
        values = parameters.values(template.parameters, request.get("Parameters", []), stack.get("_Values", {}))
        capabilities = request.get("Capabilities", [])
        _check_capabilities(template, capabilities)
        tags: list[dict[str, str]] = request["Tags"] if "Tags" in request else stack.get("Tags", [])
        return self._prepared(template, values, tags, capabilities, stack)

    def of_members(self, members: Record, stack: Record) -> Prepared:
        """Prepare what was prepared before, for a stack as it is now."""
        template = Template.of(members["_Template"])
        return self._prepared(template, members["_Values"], members["Tags"], members["Capabilities"], stack)

    def template(self, request: Request, stack: Record) -> Template:
        """Return the template that a request has, points at, or leaves as it is."""
        text = template_text(self._context, request)
        if text is None and request.get("UsePreviousTemplate"):
            text = stack.get("_Template")
        if text is None:
            raise invalid("Either Template URL or Template Body must be specified.")
        return Template.of(text)

    def check_types(self, template: Template) -> None:
        """Check that every resource's type exists and is supported here."""
        check_types(template, self._types, self._context.settings.region)

    def _prepared(
        self,
        template: Template,
        values: Mapping[str, str],
        tags: Sequence[Mapping[str, str]],
        capabilities: Sequence[str],
        stack: Record,
    ) -> Prepared:
        imports: dict[str, None] = {}

        def import_value(name: str) -> str:
            imports[name] = None
            return exported(self._stacks, name)

        blueprint = Blueprint(template, values, self._pseudo(stack), tags, self._types, import_value)
        preview = Preview(blueprint, self._stacks.resources(stack["StackId"]), stack.get("_Values", {}))
        changes = preview.changes()
        outputs = list(blueprint.outputs(preview.physical_resource))
        check_exports(self._stacks, stack, outputs)
        declarations = template.parameters
        members = {
            "_Template": template.text,
            "_Values": dict(values),
            "_Imports": list(imports),
            "_Secrets": [value for name, value in values.items() if value and parameters.is_secret(declarations[name])],
            "Parameters": parameters.shown(declarations, values),
            "Tags": [dict(tag) for tag in tags],
            "Capabilities": list(capabilities),
            "Description": template.document.get("Description"),
        }
        is_unfinished = stack.get("StackStatus") in ("CREATE_FAILED", "UPDATE_FAILED")
        has_changes = bool(changes) or is_unfinished or _differ(stack, outputs, tags)
        return Prepared(blueprint, members, changes, has_changes)

    def _pseudo(self, stack: Record) -> dict[str, Any]:
        return {
            "AWS::AccountId": ACCOUNT_ID,
            "AWS::NotificationARNs": [],
            "AWS::Partition": "aws",
            "AWS::Region": self._context.settings.region,
            "AWS::StackId": stack["StackId"],
            "AWS::StackName": stack["StackName"],
            "AWS::URLSuffix": "amazonaws.com",
        }


def needed_capability(template: Template) -> tuple[str | None, list[str]]:
    """Return the capability that a template needs, if any, and the types that need it."""
    resources = [resource for resource in template.resources.values() if resource["Type"] in _NAMES_OF_IAM]
    is_named = any(_NAMES_OF_IAM[resource["Type"]] in (resource.get("Properties") or {}) for resource in resources)
    capability = "CAPABILITY_NAMED_IAM" if is_named else "CAPABILITY_IAM" if resources else None
    return capability, sorted({resource["Type"] for resource in resources})


def _check_capabilities(template: Template, acknowledged: Sequence[str]) -> None:
    """Check that the caller acknowledges IAM resources."""
    needed, _ = needed_capability(template)
    if needed and needed not in acknowledged and "CAPABILITY_NAMED_IAM" not in acknowledged:
        raise AwsError("InsufficientCapabilitiesException", f"Requires capabilities : [{needed}]")


def _differ(stack: Record, outputs: Sequence[Output], tags: Sequence[Mapping[str, str]]) -> bool:
    """Return whether outputs or tags differ from those that a stack has."""
    return [output.described() for output in outputs] != stack.get("Outputs", []) or list(tags) != stack.get("Tags", [])
