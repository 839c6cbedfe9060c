"""What there is to read of stacks: descriptions, lists, events, resources, exports."""

from __future__ import annotations

import json
from typing import Any

from local_aws.contracts.paging import page
from local_aws.kernel.context import Answer, Request
from local_aws.kernel.records import Record, public
from local_aws.services.cloudformation.exports import exports, importers
from local_aws.services.cloudformation.failures import invalid
from local_aws.services.cloudformation.stacks import Stacks

_RESOURCE = (*("LogicalResourceId", "PhysicalResourceId", "ResourceType", "ResourceStatus", "ResourceStatusReason"),)


class StackListings:
    """Serves what reads stacks."""

    def __init__(self, stacks: Stacks) -> None:
        self._stacks = stacks

    def describe(self, request: Request) -> Answer:
        """DescribeStacks."""
        name = request.get("StackName")
        found = self._stacks.living() if name is None else [self._stacks.get(name)]
        items, token = page([_described(stack) for stack in found], request)
        return _page("Stacks", items, token)

    def list(self, request: Request) -> Answer:
        """ListStacks, the deleted ones among them."""
        wanted = request.get("StackStatusFilter")
        found = [_summary(stack) for stack in self._stacks.all() if not wanted or stack["StackStatus"] in wanted]
        items, token = page(found, request)
        return _page("StackSummaries", items, token)

    def events(self, request: Request) -> Answer:
        """DescribeStackEvents, the newest first."""
        stack = self._stacks.get(request["StackName"])
        items, token = page(self._stacks.events(stack["StackId"]), request)
        return _page("StackEvents", items, token)

    def resources(self, request: Request) -> Answer:
        """DescribeStackResources."""
        if ("StackName" in request) == ("PhysicalResourceId" in request):
            raise invalid("Specify either StackName or PhysicalResourceId")
        if "StackName" in request:
            stack = self._stacks.get(request["StackName"])
        else:
            stack = self._owner(request["PhysicalResourceId"])
        wanted = request.get("LogicalResourceId")
        found = [
            {**_resource(resource), **_names(stack), "Timestamp": resource["Timestamp"]}
            for resource in self._stacks.resources(stack["StackId"])
            if wanted in (None, resource["LogicalResourceId"])
        ]
        return {"StackResources": found}

    def resource(self, request: Request) -> Answer:
        """DescribeStackResource."""
        stack = self._stacks.get(request["StackName"])
        found = self._stacks.resource(stack["StackId"], request["LogicalResourceId"])
        if found is None:
            raise invalid(f"Resource {request['LogicalResourceId']} does not exist for stack {stack['StackName']}")
        detail = {**_resource(found), **_names(stack), "LastUpdatedTimestamp": found["Timestamp"]}
        if found.get("_Metadata"):
            detail["Metadata"] = json.dumps(found["_Metadata"])
        return {"StackResourceDetail": detail}

    def resource_summaries(self, request: Request) -> Answer:
        """ListStackResources."""
        stack = self._stacks.get(request["StackName"])
        found = [
            {**_resource(resource), "LastUpdatedTimestamp": resource["Timestamp"]}
            for resource in self._stacks.resources(stack["StackId"])
        ]
        items, token = page(found, request)
        return _page("StackResourceSummaries", items, token)

    def exports(self, request: Request) -> Answer:
        """ListExports."""
        found = [
            {"ExportingStackId": stack["StackId"], "Name": name, "Value": value}
            for stack, name, value in exports(self._stacks)
        ]
        items, token = page(found, request)
        return _page("Exports", items, token)

    def imports(self, request: Request) -> Answer:
        """ListImports."""
        found = importers(self._stacks, request["ExportName"])
        if not found:
            raise invalid(f"Export '{request['ExportName']}' is not imported by any stack.")
        items, token = page(found, request)
        return _page("Imports", items, token)

    def _owner(self, physical_id: str) -> Record:
        for stack in self._stacks.living():
            if any(each.get("PhysicalResourceId") == physical_id for each in self._stacks.resources(stack["StackId"])):
                return stack
        raise invalid(f"Stack for {physical_id} does not exist")


def _page(member: str, items: list[Any], token: str | None) -> Answer:
    return {member: items, **({"NextToken": token} if token else {})}


def _described(stack: Record) -> Record:
    found = {"DisableRollback": False, "Tags": [], **public(stack)}
    return {**found, "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"}}


def _summary(stack: Record) -> Record:
    members = (
        "StackId",
        "StackName",
        "CreationTime",
        "LastUpdatedTime",
        "DeletionTime",
        "StackStatus",
        "StackStatusReason",
    )
    found = {key: stack[key] for key in members if key in stack}
    if "Description" in stack:
        found["TemplateDescription"] = stack["Description"]
    return {**found, "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"}}


def _resource(resource: Record) -> Record:
    found = {key: resource[key] for key in _RESOURCE if key in resource}
    return {**found, "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"}}


def _names(stack: Record) -> Record:
    return {"StackId": stack["StackId"], "StackName": stack["StackName"]}
