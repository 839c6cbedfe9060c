"""Cost budgets with their notifications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.contracts.tags import TagForm, TagOperations
from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now

KIND = "budget"
_ARN = f"arn:aws:budgets::{ACCOUNT_ID}:budget/"
_NOTHING_SPENT = {"ActualSpend": {"Amount": "0", "Unit": "USD"}}
HONOURED = (
    *("BudgetName", "BudgetLimit", "BudgetType", "CostFilters", "CostTypes", "FilterExpression", "Metrics"),
    *("TimePeriod", "TimeUnit", "CalculatedSpend", "LastUpdatedTime"),
)
"""The members of a budget that are honoured."""
_TAG_FORM = TagForm(
    resource="ResourceARN", tags="ResourceTags", keys="ResourceTagKeys", listed="ResourceTags", kept="Tags"
)


class Budgets:
    """The budgets of the account."""

    def __init__(self, context: Context) -> None:
        self._budgets = Collection(context.records, KIND, _missing, _taken)
        self.tags = TagOperations(lambda arn, change: self._budgets.change(arn.removeprefix(_ARN), change), _TAG_FORM)

    def create(self, request: Request) -> Answer:
        """Serve CreateBudget."""
        _check_account(request)
        budget = _checked(request["Budget"])
        record = {
            "Budget": budget,
            "Notifications": request.get("NotificationsWithSubscribers", []),
            _TAG_FORM.kept: _TAG_FORM.read(request),
        }
        self._budgets.add(budget["BudgetName"], record)
        return {}

    def describe(self, request: Request) -> Answer:
        """Serve DescribeBudget."""
        return {"Budget": self._find(request)["Budget"]}

    def list(self, request: Request) -> Answer:
        """Serve DescribeBudgets."""
        _check_account(request)
        return {"Budgets": [record["Budget"] for record in self._budgets.list()]}

    def update(self, request: Request) -> Answer:
        """Serve UpdateBudget: the new budget replaces the old one; notifications stay."""
        budget = _checked(request["NewBudget"])
        record = self._find({**request, "BudgetName": budget["BudgetName"]})
        self._budgets.put(budget["BudgetName"], {**record, "Budget": budget})
        return {}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteBudget."""
        _check_account(request)
        self._budgets.remove(request["BudgetName"])
        return {}

    def notifications(self, request: Request) -> Answer:
        """Serve DescribeNotificationsForBudget."""
        return {"Notifications": [entry["Notification"] for entry in self._find(request)["Notifications"]]}

    def subscribers(self, request: Request) -> Answer:
        """Serve DescribeSubscribersForNotification."""
        for entry in self._find(request)["Notifications"]:
            if entry["Notification"] == request["Notification"]:
                return {"Subscribers": entry["Subscribers"]}
        raise AwsError("NotFoundException", f"budget {request['BudgetName']} has no such notification")

    def _find(self, request: Request) -> Record:
        _check_account(request)
        return self._budgets.get(request["BudgetName"])


def _missing(name: str) -> AwsError:
    return AwsError("NotFoundException", f"Unable to get budget: {name} - it doesn't exist.")


def _taken(name: str) -> AwsError:
    return AwsError("DuplicateRecordException", f"the budget {name} exists already")


def _check_account(request: Request) -> None:
    if request["AccountId"] != ACCOUNT_ID:
        raise AwsError("AccessDeniedException", f"account {request['AccountId']} is not this one, {ACCOUNT_ID}")


def _checked(budget: Mapping[str, Any]) -> dict[str, Any]:
    name = budget["BudgetName"]
    if budget.get("BudgetLimit", {}).get("Unit") != "USD":
        raise AwsError("InvalidParameterException", f"budget {name} needs a BudgetLimit in USD")
    return {**budget, "CalculatedSpend": _NOTHING_SPENT, "LastUpdatedTime": now()}
