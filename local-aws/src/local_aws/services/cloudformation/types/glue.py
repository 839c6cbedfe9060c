"""Resources of Glue."""

from __future__ import annotations

from typing import Any

from local_aws.kernel.context import ACCOUNT_ID
from local_aws.kernel.errors import AwsError
from local_aws.services.cloudformation.resource_type import Call, Declared, Made, Properties, ResourceType
from local_aws.services.cloudformation.types.fitting import but, fitted, only
from local_aws.services.cloudformation.types.steps import TagChange, begin, missing_is_fine, own_arn

_MISSING = "EntityNotFoundException"
_UNSET_CRAWLER: dict[str, Any] = {
    "Description": "",
    "TablePrefix": "",
    "Configuration": "",
    "Classifiers": [],
    "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
    "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"},
    "Schedule": "",
}
"""What UpdateCrawler is given for properties that a template has no more: it keeps what it is not given."""


class Database(ResourceType):
    """``AWS::Glue::Database``; its tables go with it, as on AWS."""

    name = "AWS::Glue::Database"

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the database."""
        database = self._name(declared.properties) or declared.generated_name(255).lower()
        begin(call, declared, database, ("glue", "GetDatabase", {"Name": database}), _MISSING)
        call("glue", "CreateDatabase", self._request("CreateDatabase", declared.properties, database))
        return Made(database)

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Put the new definition in place of the old one."""
        request = self._request("UpdateDatabase", declared.properties, physical_id)
        call("glue", "UpdateDatabase", {"Name": physical_id, **request})
        return Made(physical_id)

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Delete the database."""
        with missing_is_fine(_MISSING):
            call("glue", "DeleteDatabase", {"Name": physical_id})

    def _name(self, properties: Properties) -> str | None:
        return properties.get("DatabaseName") or properties["DatabaseInput"].get("Name")

    def _request(self, operation: str, properties: Properties, database: str) -> dict[str, Any]:
        only(properties, {"CatalogId", "DatabaseInput", "DatabaseName"}, self.name)
        _check_catalog(properties, self.name)
        only(properties["DatabaseInput"], {"Name", "Description", "LocationUri", "Parameters"}, self.name)
        members = {"DatabaseInput": {**properties["DatabaseInput"], "Name": database}}
        return fitted("glue", operation, members, self.name)


class Table(ResourceType):
    """``AWS::Glue::Table``."""

    name = "AWS::Glue::Table"

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the table."""
        properties = declared.properties
        given = properties.get("Name") or properties.get("TableInput", {}).get("Name")
        table = (given or declared.generated_name(255)).lower()
        look = ("glue", "GetTable", {"DatabaseName": properties["DatabaseName"], "Name": table})
        begin(call, declared, table, look, _MISSING)
        call("glue", "CreateTable", self._request("CreateTable", properties, table))
        return Made(table)

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Put the new definition in place of the old one."""
        call("glue", "UpdateTable", self._request("UpdateTable", declared.properties, physical_id))
        return Made(physical_id)

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Delete the table."""
        with missing_is_fine(_MISSING):
            call("glue", "DeleteTable", {"DatabaseName": properties["DatabaseName"], "Name": physical_id})

    def _request(self, operation: str, properties: Properties, table: str) -> dict[str, Any]:
        only(properties, {"CatalogId", "DatabaseName", "Name", "TableInput"}, self.name)
        _check_catalog(properties, self.name)
        definition = {**properties.get("TableInput", {}), "Name": table}
        members = {"DatabaseName": properties["DatabaseName"], "TableInput": definition}
        return fitted("glue", operation, members, self.name)


class Job(ResourceType):
    """``AWS::Glue::Job``."""

    name = "AWS::Glue::Job"

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the job."""
        job = declared.properties.get("Name") or declared.generated_name(255)
        members = {**declared.properties, "Name": job}
        begin(call, declared, job, ("glue", "GetJob", {"JobName": job}), _MISSING)
        call("glue", "CreateJob", fitted("glue", "CreateJob", members, self.name))
        return Made(job)

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Put the new definition in place of the old one."""
        members = {"JobName": physical_id, "JobUpdate": but(declared.properties, "Name", "Tags")}
        call("glue", "UpdateJob", fitted("glue", "UpdateJob", members, self.name))
        retag(call, f"job/{physical_id}", before, declared.properties)
        return Made(physical_id)

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Delete the job."""
        call("glue", "DeleteJob", {"JobName": physical_id})


class Crawler(ResourceType):
    """``AWS::Glue::Crawler``."""

    name = "AWS::Glue::Crawler"

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the crawler."""
        crawler = declared.properties.get("Name") or declared.generated_name(255)
        begin(call, declared, crawler, ("glue", "GetCrawler", {"Name": crawler}), _MISSING)
        call("glue", "CreateCrawler", self._request("CreateCrawler", declared.properties, crawler))
        return Made(crawler)

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Put the new definition in place of the old one."""
        after = but(declared.properties, "Tags")
        removed = {name: value for name, value in _UNSET_CRAWLER.items() if name in before and name not in after}
        call("glue", "UpdateCrawler", {**removed, **self._request("UpdateCrawler", after, physical_id)})
        retag(call, f"crawler/{physical_id}", before, declared.properties)
        return Made(physical_id)

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Delete the crawler; one that is running is not deleted, as on AWS."""
        with missing_is_fine(_MISSING):
            call("glue", "DeleteCrawler", {"Name": physical_id})

    def _request(self, operation: str, properties: Properties, crawler: str) -> dict[str, Any]:
        members = {**properties, "Name": crawler}
        if "Schedule" in properties:
            members["Schedule"] = properties["Schedule"].get("ScheduleExpression", "")
        return fitted("glue", operation, members, self.name)


def retag(call: Call, resource: str, before: Properties, after: Properties) -> None:
    """Change the tags of a resource, e.g. ``job/a``, from those of `before` to those of `after`."""
    tags = TagChange.of(before, after)
    if not tags.put and not tags.removed:
        return
    arn = {"ResourceArn": own_arn(call, "glue", resource)}
    if tags.put:
        call("glue", "TagResource", {**arn, "TagsToAdd": tags.put})
    if tags.removed:
        call("glue", "UntagResource", {**arn, "TagsToRemove": tags.removed})


def _check_catalog(properties: Properties, type_name: str) -> None:
    if properties["CatalogId"] != ACCOUNT_ID:
        raise AwsError("ValidationError", f"CatalogId of {type_name} must be this account's, {ACCOUNT_ID}")
