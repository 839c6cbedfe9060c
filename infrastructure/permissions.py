"""The permissions that a person needs to deploy, run and approve, and whether they are granted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from infrastructure.names import Names
from infrastructure.service_quotas import PERMISSIONS


@dataclass(frozen=True)
class Need:
    """Actions on a resource; `passed_to` is the service that a role is passed to."""

    resource: str
    actions: tuple[str, ...]
    passed_to: str = ""


def needs(names: Names, partition: str = "aws") -> tuple[Need, ...]:
    """List the calls that people must be allowed to make, each on the deployment's own resource."""

    def arn(service: str, resource: str) -> str:
        return f"arn:{partition}:{service}:{names.region}:{names.account}:{resource}"

    def iam(resource: str) -> str:
        return f"arn:{partition}:iam::{names.account}:{resource}"

    cloudformation_role = iam(f"role/{names.cloudformation_role}")
    return (
        *(
            Need(
                arn("cloudformation", f"stack/{stack}/*"),
                ("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet", "cloudformation:DescribeStacks"),
            )
            for stack in (names.bootstrap_stack, names.stack)
        ),
        Need(iam(f"policy/{names.boundary}"), ("iam:CreatePolicy",)),
        Need(cloudformation_role, ("iam:CreateRole",)),
        Need(cloudformation_role, ("iam:PassRole",), "cloudformation.amazonaws.com"),
        Need(iam(f"role/{names.sagemaker_role}"), ("iam:PassRole",), "sagemaker.amazonaws.com"),
        Need(f"arn:{partition}:s3:::{names.code_bucket}", ("s3:CreateBucket",)),
        Need(f"arn:{partition}:s3:::{names.code_bucket}/*", ("s3:PutObject",)),
        Need(arn("glue", f"workflow/{names.workflow}"), ("glue:StartWorkflowRun", "glue:GetWorkflowRun")),
        *(
            Need(arn("sagemaker", f"pipeline/{pipeline}"), ("sagemaker:CreatePipeline", "sagemaker:UpdatePipeline"))
            for pipeline in (names.pipeline, names.deploy_pipeline)
        ),
        Need(arn("sagemaker", f"pipeline/{names.pipeline}/execution/*"), ("sagemaker:DescribePipelineExecution",)),
        Need(arn("sagemaker", f"model-package/{names.pipeline}/*"), ("sagemaker:UpdateModelPackage",)),
        *(Need(arn("cloudwatch", f"alarm:{alarm}"), ("cloudwatch:DescribeAlarms",)) for alarm in names.endpoint_alarms),
        Need("*", PERMISSIONS),
        Need(arn("athena", f"workgroup/{names.work_group}"), ("athena:StartQueryExecution",)),
    )


def denied(iam: Any, principal: str, needed: tuple[Need, ...]) -> Iterator[str]:
    """Yield the needs that a principal's policies do not allow, by ``SimulatePrincipalPolicy``."""
    paginator = iam.get_paginator("simulate_principal_policy")
    for need in needed:
        pages = paginator.paginate(
            PolicySourceArn=principal,
            ActionNames=list(need.actions),
            ResourceArns=[need.resource],
            ContextEntries=_passing(need.passed_to) if need.passed_to else [],
        )
        actions = [
            result["EvalActionName"]
            for page in pages
            for result in page["EvaluationResults"]
            if result["EvalDecision"] != "allowed"
        ]
        if actions:
            yield f"{', '.join(actions)} on {need.resource}"


def _passing(service: str) -> list[dict[str, Any]]:
    return [{"ContextKeyName": "iam:PassedToService", "ContextKeyType": "string", "ContextKeyValues": [service]}]
