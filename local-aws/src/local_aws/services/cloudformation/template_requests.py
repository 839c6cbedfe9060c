"""GetTemplate, GetTemplateSummary and ValidateTemplate."""

from __future__ import annotations

import json

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.records import Record, selected
from local_aws.services.cloudformation.errors import invalid
from local_aws.services.cloudformation.preparation import Preparation, needed_capability
from local_aws.services.cloudformation.records import ChangeSets, Stacks
from local_aws.services.cloudformation.templates import parameters
from local_aws.services.cloudformation.templates.template import Template

_VALIDATED = ("ParameterKey", "DefaultValue", "NoEcho", "Description")


class TemplateRequests:
    """Serves what reads templates."""

    def __init__(self, stacks: Stacks, change_sets: ChangeSets, preparation: Preparation) -> None:
        self._stacks = stacks
        self._change_sets = change_sets
        self._preparation = preparation

    def get(self, request: Request) -> Answer:
        """Serve GetTemplate."""
        return {"TemplateBody": _text(self._holder(request)), "StagesAvailable": ["Original", "Processed"]}

    def summary(self, request: Request) -> Answer:
        """Serve GetTemplateSummary."""
        if "StackName" in request:
            stack = self._stacks.get(request["StackName"])
            if stack["StackStatus"] == "REVIEW_IN_PROGRESS":
                raise invalid("GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.")
            template = Template.of(_text(stack))
        else:
            template = self._preparation.template(request, {})
        self._preparation.check_types(template)
        summary = {
            **_common(template),
            "Parameters": [_declaration(name, item) for name, item in template.parameters.items()],
            "ResourceTypes": list(dict.fromkeys(resource["Type"] for resource in template.resources.values())),
        }
        if template.document.get("Metadata"):
            summary["Metadata"] = json.dumps(template.document["Metadata"])
        if "AWSTemplateFormatVersion" in template.document:
            summary["Version"] = template.document["AWSTemplateFormatVersion"]
        return summary

    def validate(self, request: Request) -> Answer:
        """Serve ValidateTemplate."""
        template = self._preparation.template(request, {})
        self._preparation.check_types(template)
        declarations = [_declaration(name, item) for name, item in template.parameters.items()]
        members = [selected(item, _VALIDATED) for item in declarations]
        return {**_common(template), "Parameters": members}

    def _holder(self, request: Request) -> Record:
        if "ChangeSetName" not in request:
            if "StackName" not in request:
                raise invalid("StackName is required if ChangeSetName is not specified.")
            return self._stacks.get(request["StackName"])
        if "StackName" not in request and not request["ChangeSetName"].startswith("arn:"):
            raise invalid("StackName is a required parameter.")
        stack_id = self._stacks.get(request["StackName"])["StackId"] if "StackName" in request else None
        return self._change_sets.get(stack_id, request["ChangeSetName"])


def _text(holder: Record) -> str:
    if "_Template" not in holder:
        raise invalid(f"Stack {holder['StackName']} has no template yet: it is in REVIEW_IN_PROGRESS")
    return str(holder["_Template"])


def _common(template: Template) -> Answer:
    members: Answer = {"Capabilities": [], "DeclaredTransforms": []}
    if "Description" in template.document:
        members["Description"] = template.document["Description"]
    capability, types = needed_capability(template)
    if capability:
        members["Capabilities"] = [capability]
        members["CapabilitiesReason"] = f"The following resource(s) require capabilities: [{', '.join(types)}]"
    return members


def _declaration(name: str, item: Record) -> Record:
    members: Record = {"ParameterKey": name, "ParameterType": item["Type"], "NoEcho": parameters.is_secret(item)}
    if "Default" in item:
        members["DefaultValue"] = parameters.as_text(item["Default"])
    if "Description" in item:
        members["Description"] = item["Description"]
    allowed = [parameters.as_text(value) for value in item.get("AllowedValues", [])]
    return {**members, "ParameterConstraints": {"AllowedValues": allowed} if allowed else {}}
