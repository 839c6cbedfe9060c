"""Descriptions and lists of stacks, their events, resources and exports."""

from __future__ import annotations

import json

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.records import Record, public, selected
from local_aws.services.cloudformation.errors import invalid, no_stack
from local_aws.services.cloudformation.exports import exports, importers
from local_aws.services.cloudformation.records import Stacks

_NOT_CHECKED = {"StackDriftStatus": "NOT_CHECKED"}
_SUMMARY = (
    *("StackId", "StackName", "CreationTime", "LastUpdatedTime", "DeletionTime", "StackStatus", "StackStatusReason"),
)
_RESOURCE = ("LogicalResourceId", "PhysicalResourceId", "ResourceType", "ResourceStatus", "ResourceStatusReason")


class StackListings:
    """Serves what reads stacks."""

    def __init__(self, stacks: Stacks) -> None:
        self._stacks = stacks

    def describe(self, request: Request) -> Answer:
        """Serve DescribeStacks."""
        stacks = [self._stacks.get(request["StackName"])] if "StackName" in request else self._stacks.active()
        return {"Stacks": [_described(stack) for stack in stacks]}

    def list(self, request: Request) -> Answer:
        """Serve ListStacks, the deleted ones among them."""
        statuses = request.get("StackStatusFilter")
        stacks = [stack for stack in self._stacks.all() if not statuses or stack["StackStatus"] in statuses]
        return {"StackSummaries": [_summary(stack) for stack in stacks]}

    def events(self, request: Request) -> Answer:
        """Serve DescribeStackEvents, newest first."""
        return {"StackEvents": self._stacks.events(self._stacks.get(request["StackName"], no_stack)["StackId"])}

    def resources(self, request: Request) -> Answer:
        """Serve DescribeStackResources."""
        if ("StackName" in request) == ("PhysicalResourceId" in request):
            raise invalid("Specify either StackName or PhysicalResourceId")
        if "StackName" in request:
            stack = self._stacks.get(request["StackName"])
        else:
            stack = self._owner(request["PhysicalResourceId"])
        logical_id = request.get("LogicalResourceId")
        resources = [
            {**_resource(resource), **_names(stack), "Timestamp": resource["Timestamp"]}
            for resource in self._stacks.resources(stack["StackId"])
            if logical_id in (None, resource["LogicalResourceId"])
        ]
        return {"StackResources": resources}

    def resource(self, request: Request) -> Answer:
        """Serve DescribeStackResource."""
        stack = self._stacks.get(request["StackName"])
        resource = self._stacks.resource(stack["StackId"], request["LogicalResourceId"])
        if resource is None:
            raise invalid(f"Resource {request['LogicalResourceId']} does not exist for stack {stack['StackName']}")
        detail = {**_resource(resource), **_names(stack), "LastUpdatedTimestamp": resource["Timestamp"]}
        if resource.get("_Metadata"):
            detail["Metadata"] = json.dumps(resource["_Metadata"])
        return {"StackResourceDetail": detail}

    def resource_summaries(self, request: Request) -> Answer:
        """Serve ListStackResources."""
        resources = self._stacks.resources(self._stacks.get(request["StackName"])["StackId"])
        return {
            "StackResourceSummaries": [
                {**_resource(resource), "LastUpdatedTimestamp": resource["Timestamp"]} for resource in resources
            ]
        }

    def exports(self, _request: Request) -> Answer:
        """Serve ListExports."""
        return {
            "Exports": [
                {"ExportingStackId": stack["StackId"], "Name": name, "Value": value}
                for stack, name, value in exports(self._stacks)
            ]
        }

    def imports(self, request: Request) -> Answer:
        """Serve ListImports."""
        stacks = importers(self._stacks, request["ExportName"])
        if not stacks:
            raise invalid(f"Export '{request['ExportName']}' is not imported by any stack.")
        return {"Imports": stacks}

    def _owner(self, physical_id: str) -> Record:
        for stack in self._stacks.active():
            resources = self._stacks.resources(stack["StackId"])
            if any(resource.get("PhysicalResourceId") == physical_id for resource in resources):
                return stack
        raise invalid(f"Stack for {physical_id} does not exist")


def _described(stack: Record) -> Record:
    return {"DisableRollback": False, "Tags": [], **public(stack), "DriftInformation": _NOT_CHECKED}


def _summary(stack: Record) -> Record:
    summary = selected(stack, _SUMMARY)
    if "Description" in stack:
        summary["TemplateDescription"] = stack["Description"]
    return {**summary, "DriftInformation": _NOT_CHECKED}


def _resource(resource: Record) -> Record:
    members = selected(resource, _RESOURCE)
    return {**members, "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"}}


def _names(stack: Record) -> Record:
    return {"StackId": stack["StackId"], "StackName": stack["StackName"]}
