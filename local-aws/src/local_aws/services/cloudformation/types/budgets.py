"""Resources of Budgets."""

from __future__ import annotations

from local_aws.contracts.tags import TagForm
from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.context import Context, Request
from local_aws.services.cloudformation.resource_type import Declaration, Properties
from local_aws.services.cloudformation.types.service_type import ServiceType


class Budget(ServiceType):
    """``AWS::Budgets::Budget`` with its notifications."""

    name, service = "AWS::Budgets::Budget", "budgets"
    creates, reads, updates, deletes = "CreateBudget", "DescribeBudget", "UpdateBudget", "DeleteBudget"
    missing = ("NotFoundException",)
    tag_form = TagForm("ResourceARN", "ResourceTags", "ResourceTagKeys")
    tag_property = "ResourceTags"
    id_attributes = ("Id",)

    def name_for(self, declaration: Declaration) -> str:
        return declaration.properties["Budget"].get("BudgetName") or declaration.generated_name(100)

    def reference(self, context: Context, name: str, properties: Properties) -> Request:
        return {"AccountId": ACCOUNT_ID, "BudgetName": name}

    def creation(self, context: Context, properties: Properties, name: str) -> Properties:
        return {**properties, "AccountId": ACCOUNT_ID, "Budget": {**properties["Budget"], "BudgetName": name}}

    def modification(self, context: Context, physical_id: str, after: Properties, before: Properties) -> Properties:
        return {"AccountId": ACCOUNT_ID, "NewBudget": {**after["Budget"], "BudgetName": physical_id}}

    def arn(self, context: Context, physical_id: str) -> str:
        return f"arn:aws:budgets::{ACCOUNT_ID}:budget/{physical_id}"
