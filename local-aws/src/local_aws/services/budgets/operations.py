"""The contract of AWS Budgets."""

from __future__ import annotations

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Pages, Service, operations
from local_aws.kernel.context import Context
from local_aws.services.budgets.budgets import HONOURED, Budgets


def build(context: Context) -> Service:
    """Build the service."""
    budgets = Budgets(context)

    def budget(member: str, *others: str) -> Members:
        honoured = (f"{member}.{name}" for name in HONOURED)
        return Members(("AccountId", *honoured, *others), values={f"{member}.BudgetType": ("COST",)})

    return Service(
        operations(
            "budgets",
            {
                "CreateBudget": Operation(
                    budgets.create, budget("Budget", "NotificationsWithSubscribers", "ResourceTags")
                ),
                "DescribeBudget": budgets.describe,
                "DescribeBudgets": Operation(budgets.list, pages=Pages("Budgets")),
                "UpdateBudget": Operation(budgets.update, budget("NewBudget")),
                "DeleteBudget": budgets.delete,
                "DescribeNotificationsForBudget": Operation(budgets.notifications, pages=Pages("Notifications")),
                "DescribeSubscribersForNotification": Operation(budgets.subscribers, pages=Pages("Subscribers")),
                **budgets.tags.table("TagResource", "UntagResource", "ListTagsForResource"),
            },
            error="InvalidParameterException",
        )
    )
