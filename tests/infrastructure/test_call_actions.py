"""The mapping from calls to IAM actions, by a table."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infrastructure.call_actions import demands
from tests.infrastructure.demand import Demand, UnmappedOperationError

ROLE = "arn:aws:iam::123456789012:role/r"
SAGEMAKER = "arn:aws:sagemaker:us-east-1:123456789012"
GLUE = "arn:aws:glue:us-east-1:123456789012"
BUDGET = "arn:aws:budgets::123456789012:budget/b"
BUDGETS_ROLE = "arn:aws:iam::123456789012:role/aws-service-role/budgets.amazonaws.com/AWSServiceRoleForBudgets"
BILLING_VIEW = "arn:aws:billing::123456789012:billingview/primary"
TOPIC = "arn:aws:sns:us-east-1:123456789012:t"
EXECUTION = f"{SAGEMAKER}:pipeline/p/execution/abc"


def asked(service: str, operation: str, **request: Any) -> list[Demand]:
    return demands({"service": service, "operation": operation, "request": request})


@pytest.mark.parametrize(
    ("service", "operation", "request_", "expected"),
    [
        ("s3", "HeadObject", {"Bucket": "b", "Key": "k"}, [("s3:GetObject", "arn:aws:s3:::b/k")]),
        ("s3", "ListObjectsV2", {"Bucket": "b"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
        ("s3", "UploadPart", {"Bucket": "b", "Key": "k"}, [("s3:PutObject", "arn:aws:s3:::b/k")]),
        (
            "s3",
            "CopyObject",
            {"Bucket": "b", "Key": "k", "CopySource": "c/l"},
            [("s3:PutObject", "arn:aws:s3:::b/k"), ("s3:GetObject", "arn:aws:s3:::c/l")],
        ),
        (
            "s3",
            "DeleteObjects",
            {"Bucket": "b", "Delete": {"Objects": [{"Key": "k"}]}},
            [("s3:DeleteObject", "arn:aws:s3:::b/k")],
        ),
        (
            "glue",
            "CreateTable",
            {"DatabaseName": "d", "TableInput": {"Name": "t"}},
            [("glue:CreateTable", f"{GLUE}:{name}") for name in ("catalog", "database/d", "table/d/t")],
        ),
        ("glue", "StartJobRun", {"JobName": "j"}, [("glue:StartJobRun", f"{GLUE}:job/j")]),
        (
            "glue",
            "CreateCrawler",
            {"Name": "c", "Role": "r"},
            [("glue:CreateCrawler", "*"), ("iam:PassRole", ROLE)],
        ),
        (
            "sagemaker",
            "CreateModel",
            {"ModelName": "M", "ExecutionRoleArn": ROLE, "Tags": {"Stack": "s"}},
            [
                ("sagemaker:CreateModel", f"{SAGEMAKER}:model/m"),
                ("sagemaker:AddTags", f"{SAGEMAKER}:model/m"),
                ("iam:PassRole", ROLE),
            ],
        ),
        (
            "sagemaker",
            "StartPipelineExecution",
            {"PipelineName": "p"},
            [("sagemaker:StartPipelineExecution", f"{SAGEMAKER}:pipeline/p")],
        ),
        (
            "sagemaker",
            "DescribePipelineExecution",
            {"PipelineExecutionArn": EXECUTION},
            [("sagemaker:DescribePipelineExecution", EXECUTION)],
        ),
        (
            "sagemaker",
            "CreateEndpoint",
            {"EndpointName": "e", "EndpointConfigName": "c"},
            [
                ("sagemaker:CreateEndpoint", f"{SAGEMAKER}:endpoint/e"),
                ("sagemaker:CreateEndpoint", f"{SAGEMAKER}:endpoint-config/c"),
                ("sagemaker:AddTags", f"{SAGEMAKER}:endpoint/e"),
            ],
        ),
        (
            "sagemaker",
            "CreateModelPackage",
            {"ModelPackageGroupName": "g"},
            [
                ("sagemaker:CreateModelPackage", f"{SAGEMAKER}:model-package/g/*"),
                ("sagemaker:AddTags", f"{SAGEMAKER}:model-package/g/*"),
            ],
        ),
        (
            "sagemaker",
            "CreateModelPackageGroup",
            {"ModelPackageGroupName": "g"},
            [
                ("sagemaker:CreateModelPackageGroup", f"{SAGEMAKER}:model-package-group/g"),
                ("sagemaker:AddTags", f"{SAGEMAKER}:model-package-group/g"),
            ],
        ),
        (
            "sagemaker-runtime",
            "InvokeEndpoint",
            {"EndpointName": "E"},
            [("sagemaker:InvokeEndpoint", f"{SAGEMAKER}:endpoint/e")],
        ),
        (
            "lambda",
            "Invoke",
            {"FunctionName": "f"},
            [("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:123456789012:function:f")],
        ),
        (
            "events",
            "PutTargets",
            {"Rule": "r", "Targets": [{"Arn": "a", "RoleArn": ROLE}]},
            [("events:PutTargets", "arn:aws:events:us-east-1:123456789012:rule/r"), ("iam:PassRole", ROLE)],
        ),
        ("iam", "GetRole", {"RoleName": "r"}, [("iam:GetRole", ROLE)]),
        (
            "sagemaker",
            "ListModelPackages",
            {"ModelPackageGroupName": "g"},
            [("sagemaker:ListModelPackages", f"{SAGEMAKER}:model-package/g/*")],
        ),
        ("logs", "DescribeLogGroups", {"logGroupNamePrefix": "/a"}, [("logs:DescribeLogGroups", "*")]),
        (
            "budgets",
            "CreateBudget",
            {"Budget": {"BudgetName": "b"}},
            [("budgets:ModifyBudget", BUDGET), ("iam:CreateServiceLinkedRole", BUDGETS_ROLE)],
        ),
        (
            "budgets",
            "DescribeBudget",
            {"BudgetName": "b"},
            [("budgets:ViewBudget", BUDGET), ("billing:GetBillingViewData", BILLING_VIEW)],
        ),
        ("sns", "Unsubscribe", {"SubscriptionArn": f"{TOPIC}:0f0f"}, [("sns:Unsubscribe", "*")]),
        (
            "application-autoscaling",
            "RegisterScalableTarget",
            {"ServiceNamespace": "sagemaker", "ResourceId": "endpoint/e/variant/v"},
            [
                (
                    "application-autoscaling:RegisterScalableTarget",
                    "arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target/*",
                )
            ],
        ),
        (
            "ecr",
            "DescribeImages",
            {"registryId": "683313688378", "repositoryName": "sagemaker-xgboost"},
            [("ecr:DescribeImages", "arn:aws:ecr:us-east-1:683313688378:repository/sagemaker-xgboost")],
        ),
        (
            "service-quotas",
            "ListServiceQuotas",
            {"ServiceCode": "sagemaker"},
            [("servicequotas:ListServiceQuotas", "*")],
        ),
        (
            "sqs",
            "SendMessage",
            {"QueueUrl": "http://127.0.0.1/123456789012/q"},
            [("sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:q")],
        ),
        ("sts", "GetCallerIdentity", {}, []),
    ],
)
def test_actions(service: str, operation: str, request_: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert [(one.action, one.resource) for one in asked(service, operation, **request_)] == expected


def test_a_passed_role_says_to_whom() -> None:
    (*_, passed) = asked("sagemaker", "CreatePipeline", PipelineName="p", RoleArn=ROLE)
    assert passed.context == (("iam:PassedToService", "sagemaker.amazonaws.com"),)


def test_tags_of_the_request_are_its_context() -> None:
    (created,) = asked("glue", "CreateTrigger", Name="t", Tags={"Stack": "s"})
    assert created.context == (("aws:RequestTag/Stack", "s"),)


@pytest.mark.parametrize(
    ("service", "operation"), [("s3", "Imagine"), ("glue", "Imagine"), ("imagined", "Call"), ("kms", "Imagine")]
)
def test_what_is_not_written_down_raises(service: str, operation: str) -> None:
    with pytest.raises(UnmappedOperationError, match=f"{service}:{operation}"):
        asked(service, operation)
