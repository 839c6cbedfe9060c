"""From a request to what a stack shall become: template, parameters, tags and capabilities, all checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.context import Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.cloudformation.blueprint import Blueprint, check_types
from local_aws.services.cloudformation.changes import Preview
from local_aws.services.cloudformation.errors import invalid
from local_aws.services.cloudformation.exports import check_exports, exported
from local_aws.services.cloudformation.records import Stacks
from local_aws.services.cloudformation.resource_type import ResourceType
from local_aws.services.cloudformation.templates import parameters
from local_aws.services.cloudformation.templates.template import Template

_MAX_BODY_BYTES = 51_200
_MAX_OBJECT_BYTES = 1_048_576
_AWS_HOST = re.compile(r"(?:(?P<bucket>[a-z0-9][a-z0-9.-]+)\.)?s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com", re.ASCII)
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
"""The types that need a capability, with the property that requires the capability for named resources."""


@dataclass(frozen=True)
class Prepared:
    """What a request turns a stack into."""

    blueprint: Blueprint
    members: Record
    changes: list[Record]
    """What would change, in ``ResourceChange``'s form."""
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
        text = _template_text(self._context, request)
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
        is_same = outputs == stack.get("Outputs", []) and list(tags) == stack.get("Tags", [])
        has_changes = bool(changes) or is_unfinished or not is_same
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


def _template_text(context: Context, request: dict[str, Any]) -> str | None:
    """Return the text that a request has or points at, None when it does neither."""
    body, url = request.get("TemplateBody"), request.get("TemplateURL")
    sources = [name for name in ("TemplateBody", "TemplateURL", "UsePreviousTemplate") if request.get(name)]
    if len(sources) > 1:
        raise invalid(f"Specify only one of {', '.join(sources)}")
    if body is not None:
        if len(body.encode()) > _MAX_BODY_BYTES:
            raise invalid(
                f"1 validation error detected: Value '{body}' at 'templateBody' failed to satisfy constraint: Member "
                f"must have length less than or equal to {_MAX_BODY_BYTES}"
            )
        return body
    return None if url is None else _object_text(context, url)


def _object_text(context: Context, url: str) -> str:
    bucket, key = _bucket_and_key(context, url)
    try:
        path = context.objects.get(bucket, key).path
        content = path.read_bytes()
    except (AwsError, FileNotFoundError) as error:
        raise invalid(f"TemplateURL {url} cannot be read: {error}") from None
    if len(content) > _MAX_OBJECT_BYTES:
        raise invalid(f"Template may not exceed {_MAX_OBJECT_BYTES} bytes in size.")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise invalid(f"TemplateURL {url} is not UTF-8 text: {error}") from None


def _bucket_and_key(context: Context, url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    path = unquote(parts.path).lstrip("/")
    if parts.query:
        raise invalid(f"TemplateURL must not have a query, as that of a version or a signature has: {url}")
    aws = _AWS_HOST.fullmatch(parts.hostname or "")
    is_ours = parts.netloc in (f"127.0.0.1:{context.settings.port}", f"localhost:{context.settings.port}")
    if parts.scheme not in ("http", "https") or not (aws or is_ours):
        raise invalid("TemplateURL must be a supported URL.")
    if aws and aws["bucket"]:
        return aws["bucket"], path
    bucket, _, key = path.partition("/")
    return bucket, key
