"""CloudFormation's contract, and its life cycle."""

from __future__ import annotations

from collections.abc import Mapping

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Pages, Service, Table, operations
from local_aws.kernel.context import Context
from local_aws.services.cloudformation.change_sets import ChangeSetRequests
from local_aws.services.cloudformation.preparation import Preparation
from local_aws.services.cloudformation.records import ChangeSets, Stacks
from local_aws.services.cloudformation.resource_type import ResourceType
from local_aws.services.cloudformation.stack_listings import StackListings
from local_aws.services.cloudformation.stack_requests import StackRequests
from local_aws.services.cloudformation.template_requests import TemplateRequests
from local_aws.services.cloudformation.types import TYPES
from local_aws.services.cloudformation.work import StackWork

_UNSUPPORTED = (
    *("NotificationARNs", "ResourceTypes", "RollbackConfiguration", "StackPolicyBody", "StackPolicyDuringUpdateBody"),
    *("StackPolicyDuringUpdateURL", "StackPolicyURL", "TimeoutInMinutes", "DisableValidation"),
    *("ResourcesToImport", "IncludeNestedStacks", "ImportExistingResources", "DeploymentMode", "DeploymentConfig"),
)


def build(context: Context) -> Service:
    """Build the service, with every resource type."""
    return build_with(context, TYPES)


def build_with(context: Context, types: Mapping[str, ResourceType]) -> Service:
    """Build the service with some resource types."""
    stacks, change_sets = Stacks(context), ChangeSets(context)
    preparation = Preparation(context, stacks, types)
    work = StackWork(context, stacks, types)
    requests = StackRequests(stacks, change_sets, preparation, work)
    sets = ChangeSetRequests(stacks, change_sets, preparation, requests)
    listings = StackListings(stacks)
    templates = TemplateRequests(stacks, change_sets, preparation)
    stack = Members(refused=_UNSUPPORTED)
    change_set = Members(refused=_UNSUPPORTED, values={"ChangeSetType": ("CREATE", "UPDATE")})
    deletion = Members(refused=("DeploymentConfig",), values={"DeletionMode": ("STANDARD",)})
    rollback = Members(refused=("ResourcesToSkip", "ForceRollback"))
    summary = Members(refused=("CallAs", "StackSetName", "TemplateSummaryConfig"))
    table: Table = {
        "ContinueUpdateRollback": Operation(requests.continue_rollback, rollback),
        "CreateChangeSet": Operation(sets.create, change_set),
        "CreateStack": Operation(requests.create, stack),
        "DeleteChangeSet": sets.delete,
        "DeleteStack": Operation(requests.delete, deletion),
        "DescribeChangeSet": Operation(sets.describe, pages=Pages("Changes", size=500)),
        "DescribeStackEvents": Operation(listings.events, pages=Pages("StackEvents")),
        "DescribeStackResource": listings.resource,
        "DescribeStackResources": listings.resources,
        "DescribeStacks": Operation(listings.describe, pages=Pages("Stacks")),
        "ExecuteChangeSet": sets.execute,
        "GetTemplate": templates.get,
        "GetTemplateSummary": Operation(templates.summary, summary),
        "ListChangeSets": Operation(sets.list, pages=Pages("Summaries")),
        "ListExports": Operation(listings.exports, pages=Pages("Exports")),
        "ListImports": Operation(listings.imports, pages=Pages("Imports")),
        "ListStackResources": Operation(listings.resource_summaries, pages=Pages("StackResourceSummaries")),
        "ListStacks": Operation(listings.list, pages=Pages("StackSummaries")),
        "RollbackStack": requests.roll_back,
        "UpdateStack": Operation(requests.update, stack),
        "UpdateTerminationProtection": requests.update_protection,
        "ValidateTemplate": templates.validate,
    }

    def recover() -> None:
        work.recover()
        change_sets.recover()

    return Service(operations("cloudformation", table, error="ValidationError"), recover, work.stop)
