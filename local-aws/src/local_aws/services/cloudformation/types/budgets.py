"""Resources of Budgets."""

from __future__ import annotations

from local_aws.kernel.context import ACCOUNT_ID
from local_aws.services.cloudformation.resource_type import Call, Declared, Made, Properties, ResourceType
from local_aws.services.cloudformation.types.fitting import fitted
from local_aws.services.cloudformation.types.steps import TagChange, begin, missing_is_fine, tag_list


class Budget(ResourceType):
    """``AWS::Budgets::Budget``."""

    name = "AWS::Budgets::Budget"

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the budget with its notifications."""
        budget = declared.properties["Budget"].get("BudgetName") or declared.generated_name(100)
        definition = {**declared.properties["Budget"], "BudgetName": budget}
        members = {**declared.properties, "AccountId": ACCOUNT_ID, "Budget": definition}
        look = ("budgets", "DescribeBudget", {"AccountId": ACCOUNT_ID, "BudgetName": budget})
        begin(call, declared, budget, look, "NotFoundException")
        call("budgets", "CreateBudget", fitted("budgets", "CreateBudget", members, self.name))
        return Made(budget, {"Id": budget})

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Put the new budget in place of the old one."""
        definition = {**declared.properties["Budget"], "BudgetName": physical_id}
        members = {"AccountId": ACCOUNT_ID, "NewBudget": definition}
        call("budgets", "UpdateBudget", fitted("budgets", "UpdateBudget", members, self.name))
        tags = TagChange.of(before, declared.properties, "ResourceTags")
        arn = {"ResourceARN": f"arn:aws:budgets::{ACCOUNT_ID}:budget/{physical_id}"}
        if tags.put:
            call("budgets", "TagResource", {**arn, "ResourceTags": tag_list(tags.put)})
        if tags.removed:
            call("budgets", "UntagResource", {**arn, "ResourceTagKeys": tags.removed})
        return Made(physical_id, {"Id": physical_id})

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Delete the budget."""
        with missing_is_fine("NotFoundException"):
            call("budgets", "DeleteBudget", {"AccountId": ACCOUNT_ID, "BudgetName": physical_id})
