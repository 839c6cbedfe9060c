"""Cost budgets with their notifications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.contracts.paging import page
from local_aws.kernel.context import ACCOUNT_ID, Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now

KIND = "budget"
_ARN = f"arn:aws:budgets::{ACCOUNT_ID}:budget/"
_NOTHING_SPENT = {"ActualSpend": {"Amount": "0", "Unit": "USD"}}
_HONOURED = frozenset(
    {
        *("BudgetName", "BudgetLimit", "BudgetType", "CostFilters", "CostTypes", "FilterExpression", "Metrics"),
        *("TimePeriod", "TimeUnit", "CalculatedSpend", "LastUpdatedTime"),
    }
)


class Budgets:
    """The budgets of the account."""

    def __init__(self, context: Context) -> None:
        self._records = context.records

    def create(self, request: Request) -> Answer:
        """Serve CreateBudget."""
        _check_account(request)
        budget = _checked(request["Budget"])
        record = {
            "Budget": budget,
            "Notifications": request.get("NotificationsWithSubscribers", []),
            "Tags": {tag["Key"]: tag["Value"] for tag in request.get("ResourceTags", [])},
        }
        try:
            self._records.insert(KIND, budget["BudgetName"], record)
        except KeyError:
            raise AwsError("DuplicateRecordException", f"the budget {budget['BudgetName']} exists already") from None
        return {}

    def describe(self, request: Request) -> Answer:
        """Serve DescribeBudget."""
        return {"Budget": self._find(request)["Budget"]}

    def list(self, request: Request) -> Answer:
        """Serve DescribeBudgets."""
        _check_account(request)
        items, token = page([record["Budget"] for record in self._records.list(KIND)], request)
        return {"Budgets": items, **({"NextToken": token} if token else {})}

    def update(self, request: Request) -> Answer:
        """Serve UpdateBudget: the new budget takes the place of the old one; notifications stay."""
        budget = _checked(request["NewBudget"])
        record = self._find({**request, "BudgetName": budget["BudgetName"]})
        self._records.put(KIND, budget["BudgetName"], {**record, "Budget": budget})
        return {}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteBudget."""
        self._find(request)
        self._records.delete(KIND, request["BudgetName"])
        return {}

    def notifications(self, request: Request) -> Answer:
        """Serve DescribeNotificationsForBudget."""
        found = [entry["Notification"] for entry in self._find(request)["Notifications"]]
        items, token = page(found, request)
        return {"Notifications": items, **({"NextToken": token} if token else {})}

    def subscribers(self, request: Request) -> Answer:
        """Serve DescribeSubscribersForNotification."""
        for entry in self._find(request)["Notifications"]:
            if entry["Notification"] == request["Notification"]:
                items, token = page(entry["Subscribers"], request)
                return {"Subscribers": items, **({"NextToken": token} if token else {})}
        raise AwsError("NotFoundException", f"budget {request['BudgetName']} has no such notification")

    def tag(self, request: Request) -> Answer:
        """Serve TagResource."""
        record = self._of_arn(request)
        record["Tags"] |= {tag["Key"]: tag["Value"] for tag in request["ResourceTags"]}
        self._records.put(KIND, record["Budget"]["BudgetName"], record)
        return {}

    def untag(self, request: Request) -> Answer:
        """Serve UntagResource."""
        record = self._of_arn(request)
        record["Tags"] = {key: value for key, value in record["Tags"].items() if key not in request["ResourceTagKeys"]}
        self._records.put(KIND, record["Budget"]["BudgetName"], record)
        return {}

    def tags(self, request: Request) -> Answer:
        """Serve ListTagsForResource."""
        tags = self._of_arn(request)["Tags"]
        return {"ResourceTags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _find(self, request: Request) -> Record:
        _check_account(request)
        record = self._records.get(KIND, request["BudgetName"])
        if record is None:
            raise AwsError("NotFoundException", f"Unable to get budget: {request['BudgetName']} - it doesn't exist.")
        return record

    def _of_arn(self, request: Request) -> Record:
        name = request["ResourceARN"].removeprefix(_ARN)
        return self._find({"AccountId": ACCOUNT_ID, "BudgetName": name})


def _check_account(request: Request) -> None:
    if request["AccountId"] != ACCOUNT_ID:
        raise AwsError("AccessDeniedException", f"account {request['AccountId']} is not this one, {ACCOUNT_ID}")


def _checked(budget: Mapping[str, Any]) -> dict[str, Any]:
    name = budget["BudgetName"]
    refused = sorted(budget.keys() - _HONOURED)
    if refused:
        raise AwsError("InvalidParameterException", f"local_aws does not do {', '.join(refused)} of budget {name}")
    if budget["BudgetType"] != "COST":
        raise AwsError("InvalidParameterException", f"budget {name}: local_aws does cost budgets only: BudgetType COST")
    if budget.get("BudgetLimit", {}).get("Unit") != "USD":
        raise AwsError("InvalidParameterException", f"budget {name} needs a BudgetLimit in USD")
    return {**budget, "CalculatedSpend": _NOTHING_SPENT, "LastUpdatedTime": now()}
