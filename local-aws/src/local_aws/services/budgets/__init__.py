"""Budgets as records: nothing here costs anything, so what was spent is 0 and no notification is ever due."""

from __future__ import annotations

from local_aws.kernel.context import Context, Service
from local_aws.services.budgets.budgets import Budgets


def build(context: Context) -> Service:
    """Build the Budgets service."""
    budgets = Budgets(context)
    handlers = {
        "CreateBudget": budgets.create,
        "DescribeBudget": budgets.describe,
        "DescribeBudgets": budgets.list,
        "UpdateBudget": budgets.update,
        "DeleteBudget": budgets.delete,
        "DescribeNotificationsForBudget": budgets.notifications,
        "DescribeSubscribersForNotification": budgets.subscribers,
        "TagResource": budgets.tag,
        "UntagResource": budgets.untag,
        "ListTagsForResource": budgets.tags,
    }
    return Service({("budgets", name): handler for name, handler in handlers.items()})
