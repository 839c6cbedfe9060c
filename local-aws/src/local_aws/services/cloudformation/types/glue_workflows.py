"""Resources of Glue that start jobs and crawlers."""

from __future__ import annotations

from local_aws.services.cloudformation.resource_type import Call, Declared, Made, Properties, ResourceType
from local_aws.services.cloudformation.types.fitting import but, fitted
from local_aws.services.cloudformation.types.glue import retag
from local_aws.services.cloudformation.types.steps import begin, missing_is_fine

_MISSING = "EntityNotFoundException"


class Workflow(ResourceType):
    """``AWS::Glue::Workflow``."""

    name = "AWS::Glue::Workflow"

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the workflow."""
        workflow = declared.properties.get("Name") or declared.generated_name(255)
        members = {**declared.properties, "Name": workflow}
        begin(call, declared, workflow, ("glue", "GetWorkflow", {"Name": workflow}), _MISSING)
        call("glue", "CreateWorkflow", fitted("glue", "CreateWorkflow", members, self.name))
        return Made(workflow)

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Put the new definition in place of the old one."""
        unset = {"Description": "", "DefaultRunProperties": {}}
        removed = {name: value for name, value in unset.items() if name in before}
        members = {**removed, **but(declared.properties, "Tags"), "Name": physical_id}
        call("glue", "UpdateWorkflow", fitted("glue", "UpdateWorkflow", members, self.name))
        retag(call, f"workflow/{physical_id}", before, declared.properties)
        return Made(physical_id)

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Delete the workflow."""
        with missing_is_fine(_MISSING):
            call("glue", "DeleteWorkflow", {"Name": physical_id})


class Trigger(ResourceType):
    """``AWS::Glue::Trigger``."""

    name = "AWS::Glue::Trigger"

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the trigger, and start it if it is to be."""
        trigger = declared.properties.get("Name") or declared.generated_name(255)
        members = {**declared.properties, "Name": trigger}
        begin(call, declared, trigger, ("glue", "GetTrigger", {"Name": trigger}), _MISSING)
        call("glue", "CreateTrigger", fitted("glue", "CreateTrigger", members, self.name))
        return Made(trigger)

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Put the new definition in place of the old one."""
        after = declared.properties
        changes = but(after, "Name", "StartOnCreation", "Tags", "Type", "WorkflowName")
        if "Description" in before:
            changes.setdefault("Description", "")
        members = {"Name": physical_id, "TriggerUpdate": changes}
        call("glue", "UpdateTrigger", fitted("glue", "UpdateTrigger", members, self.name))
        if after.get("StartOnCreation", False) != before.get("StartOnCreation", False):
            operation = "StartTrigger" if after.get("StartOnCreation") else "StopTrigger"
            call("glue", operation, {"Name": physical_id})
        retag(call, f"trigger/{physical_id}", before, after)
        return Made(physical_id)

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Delete the trigger."""
        with missing_is_fine(_MISSING):
            call("glue", "DeleteTrigger", {"Name": physical_id})
