"""Budgets are kept, changed and given back; nothing is ever spent."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from local_aws.services import budgets
from tests.conftest import running

ACCOUNT = "123456789012"
BUDGET = {
    "BudgetName": "monthly",
    "BudgetType": "COST",
    "TimeUnit": "MONTHLY",
    "BudgetLimit": {"Amount": "20", "Unit": "USD"},
}
NOTIFICATION = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
SUBSCRIBER = {"SubscriptionType": "EMAIL", "Address": "a@example.com"}


@pytest.fixture
def client(tmp_path):
    with running(tmp_path, (budgets.build,)) as server:
        yield server.client("budgets")


def test_a_budget_with_its_notifications(client) -> None:
    notified = [{"Notification": NOTIFICATION, "Subscribers": [SUBSCRIBER]}]
    client.create_budget(AccountId=ACCOUNT, Budget=BUDGET, NotificationsWithSubscribers=notified)
    named = {"AccountId": ACCOUNT, "BudgetName": "monthly"}
    found = client.describe_budget(**named)["Budget"]
    assert found["BudgetLimit"] == BUDGET["BudgetLimit"]
    assert found["CalculatedSpend"]["ActualSpend"] == {"Amount": "0", "Unit": "USD"}
    assert client.describe_notifications_for_budget(**named)["Notifications"] == [NOTIFICATION]
    subscribers = client.describe_subscribers_for_notification(**named, Notification=NOTIFICATION)["Subscribers"]
    assert subscribers == [SUBSCRIBER]
    client.update_budget(AccountId=ACCOUNT, NewBudget=BUDGET | {"BudgetLimit": {"Amount": "30", "Unit": "USD"}})
    (listed,) = client.describe_budgets(AccountId=ACCOUNT)["Budgets"]
    assert listed["BudgetLimit"]["Amount"] == "30"
    assert client.describe_notifications_for_budget(**named)["Notifications"] == [NOTIFICATION]
    client.delete_budget(**named)
    with pytest.raises(ClientError, match="NotFound"):
        client.describe_budget(**named)


def test_tags(client) -> None:
    arn = {"ResourceARN": f"arn:aws:budgets::{ACCOUNT}:budget/monthly"}
    client.create_budget(AccountId=ACCOUNT, Budget=BUDGET, ResourceTags=[{"Key": "a", "Value": "b"}])
    client.tag_resource(**arn, ResourceTags=[{"Key": "c", "Value": "d"}])
    client.untag_resource(**arn, ResourceTagKeys=["a"])
    assert client.list_tags_for_resource(**arn)["ResourceTags"] == [{"Key": "c", "Value": "d"}]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"BudgetType": "USAGE"}, "Budget.BudgetType 'USAGE'"),
        ({"BudgetLimit": {"Amount": "1", "Unit": "GB"}}, "in USD"),
        ({"AutoAdjustData": {"AutoAdjustType": "FORECAST"}}, "AutoAdjustData"),
    ],
)
def test_other_budgets_are_refused(client, change: dict, reason: str) -> None:
    with pytest.raises(ClientError, match=reason):
        client.create_budget(AccountId=ACCOUNT, Budget=BUDGET | change)


def test_doubles_and_other_accounts_are_refused(client) -> None:
    client.create_budget(AccountId=ACCOUNT, Budget=BUDGET)
    with pytest.raises(ClientError, match="DuplicateRecord"):
        client.create_budget(AccountId=ACCOUNT, Budget=BUDGET)
    with pytest.raises(ClientError, match="AccessDenied"):
        client.describe_budgets(AccountId="210987654321")
