"""CloudFormation: stacks and change sets whose resources are really made, changed and removed, or roll back."""

from __future__ import annotations

from collections.abc import Mapping

from local_aws.kernel.context import Context, Service
from local_aws.services.cloudformation.change_set_records import ChangeSets
from local_aws.services.cloudformation.change_sets import ChangeSetRequests
from local_aws.services.cloudformation.operations import Operations
from local_aws.services.cloudformation.preparation import Preparation
from local_aws.services.cloudformation.resource_type import ResourceType
from local_aws.services.cloudformation.stack_listings import StackListings
from local_aws.services.cloudformation.stack_requests import StackRequests
from local_aws.services.cloudformation.stacks import Stacks
from local_aws.services.cloudformation.template_requests import TemplateRequests
from local_aws.services.cloudformation.types import TYPES


def build(context: Context) -> Service:
    """Put the service together, with the resource types that stacks may hold."""
    return build_with(context, TYPES)


def build_with(context: Context, types: Mapping[str, ResourceType]) -> Service:
    """Put the service together, with resource types of one's own."""
    stacks, change_sets = Stacks(context), ChangeSets(context)
    preparation = Preparation(context, stacks, types)
    operations = Operations(context, stacks, types)
    requests = StackRequests(stacks, change_sets, preparation, operations)
    sets = ChangeSetRequests(stacks, change_sets, preparation, requests)
    listings = StackListings(stacks)
    templates = TemplateRequests(stacks, change_sets, preparation)
    handlers = {
        "ContinueUpdateRollback": requests.continue_rollback,
        "CreateChangeSet": sets.create,
        "CreateStack": requests.create,
        "DeleteChangeSet": sets.delete,
        "DeleteStack": requests.delete,
        "DescribeChangeSet": sets.describe,
        "DescribeStackEvents": listings.events,
        "DescribeStackResource": listings.resource,
        "DescribeStackResources": listings.resources,
        "DescribeStacks": listings.describe,
        "ExecuteChangeSet": sets.execute,
        "GetTemplate": templates.get,
        "GetTemplateSummary": templates.summary,
        "ListChangeSets": sets.list,
        "ListExports": listings.exports,
        "ListImports": listings.imports,
        "ListStackResources": listings.resource_summaries,
        "ListStacks": listings.list,
        "RollbackStack": requests.roll_back,
        "UpdateStack": requests.update,
        "UpdateTerminationProtection": requests.update_protection,
        "ValidateTemplate": templates.validate,
    }

    def recover() -> None:
        operations.recover()
        change_sets.recover()

    owned = {("cloudformation", name): handler for name, handler in handlers.items()}
    return Service(owned, recover, operations.stop)
