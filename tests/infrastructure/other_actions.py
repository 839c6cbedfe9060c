"""What AWS asks of a caller of the smaller services, where the operation's name is not enough."""

from __future__ import annotations

from tests.infrastructure.demand import Demand, Place, Request, tags_of


def budget_demands(operation: str, request: Request, place: Place) -> list[Demand]:
    """Budgets has one action that reads and one that writes, with what each depends on."""
    if "ResourceARN" in request:
        return [Demand(f"budgets:{operation}", request["ResourceARN"], tags_of(request))]
    name = request.get("BudgetName") or request.get("Budget", request.get("NewBudget", {})).get("BudgetName", "*")
    budget = f"arn:aws:budgets::{place.account}:budget/{name}"
    if operation.startswith("Describe"):
        return [
            Demand("budgets:ViewBudget", budget),
            Demand("billing:GetBillingViewData", f"arn:aws:billing::{place.account}:billingview/primary"),
        ]
    role = f"arn:aws:iam::{place.account}:role/aws-service-role/budgets.amazonaws.com/AWSServiceRoleForBudgets"
    found = [
        Demand("budgets:ModifyBudget", budget),
        Demand("iam:CreateServiceLinkedRole", role, (("iam:AWSServiceName", "budgets.amazonaws.com"),)),
    ]
    return [*found, Demand("budgets:TagResource", budget)] if "ResourceTags" in request else found


def scaling_demands(operation: str, request: Request, place: Place) -> list[Demand]:
    """A scalable target's id is made when it is registered, so that no policy can name it; its service can be."""
    action = f"application-autoscaling:{operation}"
    if operation.startswith("Describe"):
        return [Demand(action, "*")]
    if "ResourceARN" in request:
        return [Demand(action, request["ResourceARN"], tags_of(request))]
    context = (("application-autoscaling:service-namespace", request["ServiceNamespace"]),)
    return [Demand(action, place.arn("application-autoscaling", "scalable-target/*"), context)]


def topic_demands(operation: str, request: Request, place: Place) -> list[Demand]:
    """Subscriptions are checked on their topic."""
    if operation in ("ListSubscriptions", "ListTopics"):
        return [Demand(f"sns:{operation}", "*")]
    if "SubscriptionArn" in request:
        topic = request["SubscriptionArn"].rpartition(":")[0]
    else:
        given = (request.get(member) for member in ("TopicArn", "TargetArn", "ResourceArn"))
        topic = next(filter(None, given), None) or place.arn("sns", request["Name"])
    found = [Demand(f"sns:{operation}", topic, tags_of(request))]
    if operation == "CreateTopic" and tags_of(request):
        found.append(Demand("sns:TagResource", topic, tags_of(request)))
    return found


def registry_demands(operation: str, request: Request, place: Place) -> list[Demand]:
    """Repositories may be another account's, as those of AWS's images are."""
    names = [request["repositoryName"]] if "repositoryName" in request else request.get("repositoryNames", ["*"])
    owner = Place(request.get("registryId", place.account), place.region)
    return [Demand(f"ecr:{operation}", owner.arn("ecr", f"repository/{name}")) for name in names]


def quota_demands(operation: str, request: Request, place: Place) -> list[Demand]:
    """Only what reads or asks for one quota names it."""
    quota = "*"
    if "QuotaCode" in request:
        quota = place.arn("servicequotas", f"{request['ServiceCode']}/{request['QuotaCode']}")
    return [Demand(f"servicequotas:{operation}", quota)]
