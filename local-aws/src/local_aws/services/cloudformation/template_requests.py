"""GetTemplate, GetTemplateSummary and ValidateTemplate."""

from __future__ import annotations

import json

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.records import Record
from local_aws.services.cloudformation import parameters
from local_aws.services.cloudformation.change_set_records import ChangeSets, missing_change_set
from local_aws.services.cloudformation.failures import invalid, refuse
from local_aws.services.cloudformation.preparation import Preparation, needed_capability
from local_aws.services.cloudformation.stacks import Stacks
from local_aws.services.cloudformation.template import Template


class TemplateRequests:
    """Serves what reads templates."""

    def __init__(self, stacks: Stacks, change_sets: ChangeSets, preparation: Preparation) -> None:
        self._stacks = stacks
        self._change_sets = change_sets
        self._preparation = preparation

    def get(self, request: Request) -> Answer:
        """GetTemplate."""
        holder = self._holder(request)
        if "_Template" not in holder:
            raise invalid(f"Stack {holder['StackName']} has no template yet: it is in REVIEW_IN_PROGRESS")
        return {"TemplateBody": holder["_Template"], "StagesAvailable": ["Original", "Processed"]}

    def summary(self, request: Request) -> Answer:
        """GetTemplateSummary."""
        refuse(request, ("CallAs", "StackSetName", "TemplateSummaryConfig"))
        if "StackName" in request:
            text = self._stacks.get(request["StackName"]).get("_Template")
            if text is None:
                raise invalid(f"Stack {request['StackName']} has no template yet: it is in REVIEW_IN_PROGRESS")
            template = Template.of(text)
        else:
            template = self._preparation.template(request, {})
        self._preparation.check_types(template)
        by_type: dict[str, list[str]] = {}
        for logical_id, resource in template.resources.items():
            by_type.setdefault(resource["Type"], []).append(logical_id)
        found = {
            **self._common(template),
            "Parameters": [_declaration(name, item) for name, item in template.parameters.items()],
            "ResourceTypes": list(by_type),
        }
        if template.document.get("Metadata"):
            found["Metadata"] = json.dumps(template.document["Metadata"])
        if "AWSTemplateFormatVersion" in template.document:
            found["Version"] = template.document["AWSTemplateFormatVersion"]
        return found

    def validate(self, request: Request) -> Answer:
        """ValidateTemplate."""
        template = self._preparation.template(request, {})
        self._preparation.check_types(template)
        found = []
        for name, item in template.parameters.items():
            declaration = _declaration(name, item)
            found.append(
                {
                    key: declaration[key]
                    for key in ("ParameterKey", "DefaultValue", "NoEcho", "Description")
                    if key in declaration
                }
            )
        return {**self._common(template), "Parameters": found}

    def _holder(self, request: Request) -> Record:
        if "ChangeSetName" not in request:
            if "StackName" not in request:
                raise invalid("StackName is required if ChangeSetName is not specified.")
            return self._stacks.get(request["StackName"])
        stack_id = self._stacks.get(request["StackName"])["StackId"] if "StackName" in request else None
        found = self._change_sets.find(stack_id, request["ChangeSetName"])
        if found is None:
            raise missing_change_set(request["ChangeSetName"])
        return found

    @staticmethod
    def _common(template: Template) -> Answer:
        found: Answer = {"Capabilities": [], "DeclaredTransforms": []}
        if "Description" in template.document:
            found["Description"] = template.document["Description"]
        capability, types = needed_capability(template)
        if capability:
            found["Capabilities"] = [capability]
            found["CapabilitiesReason"] = f"The following resource(s) require capabilities: [{', '.join(types)}]"
        return found


def _declaration(name: str, item: Record) -> Record:
    found: Record = {"ParameterKey": name, "ParameterType": item["Type"], "NoEcho": parameters.is_secret(item)}
    if "Default" in item:
        found["DefaultValue"] = parameters.as_text(item["Default"])
    if "Description" in item:
        found["Description"] = item["Description"]
    allowed = [parameters.as_text(value) for value in item.get("AllowedValues", [])]
    return {**found, "ParameterConstraints": {"AllowedValues": allowed} if allowed else {}}
