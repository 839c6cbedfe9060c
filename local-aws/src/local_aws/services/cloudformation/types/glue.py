"""Resources of Glue."""

from __future__ import annotations

from typing import ClassVar

from local_aws.contracts.tags import TagForm
from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.context import Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import without
from local_aws.services.cloudformation.resource_type import Declaration, Properties
from local_aws.services.cloudformation.types.service_type import ServiceType

_TAGS = TagForm(tags="TagsToAdd", keys="TagsToRemove", key="")


class _GlueType(ServiceType):
    service = "glue"
    missing = ("EntityNotFoundException",)


class Database(_GlueType):
    """``AWS::Glue::Database``; its tables go with it, as on AWS."""

    name = "AWS::Glue::Database"
    creates, reads, updates, deletes = "CreateDatabase", "GetDatabase", "UpdateDatabase", "DeleteDatabase"
    honoured = (
        *("CatalogId", "DatabaseName"),
        *(f"DatabaseInput.{member}" for member in ("Name", "Description", "LocationUri", "Parameters")),
    )

    def name_for(self, declaration: Declaration) -> str:
        properties = declaration.properties
        name = properties.get("DatabaseName") or properties["DatabaseInput"].get("Name")
        return name or declaration.generated_name(255).lower()

    def creation(self, context: Context, properties: Properties, name: str) -> Properties:
        _check_catalog(properties, self.name)
        return {"DatabaseInput": {**properties["DatabaseInput"], "Name": name}}

    def modification(self, context: Context, physical_id: str, after: Properties, before: Properties) -> Properties:
        return {"Name": physical_id, **self.creation(context, after, physical_id)}


class Table(_GlueType):
    """``AWS::Glue::Table``."""

    name = "AWS::Glue::Table"
    creates, reads, updates, deletes = "CreateTable", "GetTable", "UpdateTable", "DeleteTable"
    honoured = ("CatalogId", "DatabaseName", "Name", "TableInput")

    def name_for(self, declaration: Declaration) -> str:
        properties = declaration.properties
        name = properties.get("Name") or properties.get("TableInput", {}).get("Name")
        return (name or declaration.generated_name(255)).lower()

    def reference(self, context: Context, name: str, properties: Properties) -> Request:
        return {"DatabaseName": properties["DatabaseName"], "Name": name}

    def creation(self, context: Context, properties: Properties, name: str) -> Properties:
        _check_catalog(properties, self.name)
        definition = {**properties.get("TableInput", {}), "Name": name}
        return {"DatabaseName": properties["DatabaseName"], "TableInput": definition}

    def modification(self, context: Context, physical_id: str, after: Properties, before: Properties) -> Properties:
        return self.creation(context, after, physical_id)


class Job(_GlueType):
    """``AWS::Glue::Job``."""

    name = "AWS::Glue::Job"
    creates, reads, updates, deletes = "CreateJob", "GetJob", "UpdateJob", "DeleteJob"
    key = "JobName"
    tag_form, arn_resource = _TAGS, "job/{}"

    def modification(self, context: Context, physical_id: str, after: Properties, before: Properties) -> Properties:
        return {"JobName": physical_id, "JobUpdate": without(after, "Name", "Tags")}


class Crawler(_GlueType):
    """``AWS::Glue::Crawler``; one that is running is not deleted, as on AWS."""

    name = "AWS::Glue::Crawler"
    creates, reads, updates, deletes = "CreateCrawler", "GetCrawler", "UpdateCrawler", "DeleteCrawler"
    tag_form, arn_resource = _TAGS, "crawler/{}"
    unset: ClassVar[Properties] = {
        "Description": "",
        "TablePrefix": "",
        "Configuration": "",
        "Classifiers": [],
        "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
        "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"},
        "Schedule": {"ScheduleExpression": ""},
    }

    def creation(self, context: Context, properties: Properties, name: str) -> Properties:
        return _with_schedule(super().creation(context, properties, name))

    def modification(self, context: Context, physical_id: str, after: Properties, before: Properties) -> Properties:
        return _with_schedule(super().modification(context, physical_id, after, before))


class Workflow(_GlueType):
    """``AWS::Glue::Workflow``."""

    name = "AWS::Glue::Workflow"
    creates, reads, updates, deletes = "CreateWorkflow", "GetWorkflow", "UpdateWorkflow", "DeleteWorkflow"
    tag_form, arn_resource = _TAGS, "workflow/{}"
    unset: ClassVar[Properties] = {"Description": "", "DefaultRunProperties": {}}


class Trigger(_GlueType):
    """``AWS::Glue::Trigger``; `CreateTrigger` starts it where it is to be started."""

    name = "AWS::Glue::Trigger"
    creates, reads, updates, deletes = "CreateTrigger", "GetTrigger", "UpdateTrigger", "DeleteTrigger"
    tag_form, arn_resource = _TAGS, "trigger/{}"
    unset: ClassVar[Properties] = {"Description": ""}

    def modification(self, context: Context, physical_id: str, after: Properties, before: Properties) -> Properties:
        changes = without(after, "Name", "StartOnCreation", "Tags", "Type", "WorkflowName")
        return {"Name": physical_id, "TriggerUpdate": {**self.unset_of(before), **changes}}

    def settle(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        starts = after.get("StartOnCreation", False)
        if before and starts != before.get("StartOnCreation", False):
            self.send(context, "StartTrigger" if starts else "StopTrigger", {"Name": physical_id})


def _with_schedule(members: Properties) -> Properties:
    if "Schedule" in members:
        return {**members, "Schedule": members["Schedule"].get("ScheduleExpression", "")}
    return members


def _check_catalog(properties: Properties, type_name: str) -> None:
    if properties["CatalogId"] != ACCOUNT_ID:
        raise AwsError("ValidationError", f"CatalogId of {type_name} must be this account's, {ACCOUNT_ID}")
