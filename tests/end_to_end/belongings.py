"""The names of everything that a server holds, by kind: what a destroyed deployment must not be among."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.end_to_end.conftest import ACCOUNT, Server

_LISTINGS: Mapping[str, tuple[str, str, str, str, Mapping[str, Any]]] = {
    "bucket": ("s3", "list_buckets", "Buckets", "Name", {}),
    "endpoint": ("sagemaker", "list_endpoints", "Endpoints", "EndpointName", {}),
    "endpoint config": ("sagemaker", "list_endpoint_configs", "EndpointConfigs", "EndpointConfigName", {}),
    "package group": (
        *("sagemaker", "list_model_package_groups", "ModelPackageGroupSummaryList", "ModelPackageGroupName"),
        {},
    ),
    "package": (
        *("sagemaker", "list_model_packages", "ModelPackageSummaryList", "ModelPackageArn"),
        {"ModelPackageType": "Both"},
    ),
    "pipeline": ("sagemaker", "list_pipelines", "PipelineSummaries", "PipelineName", {}),
    "job": ("glue", "get_jobs", "Jobs", "Name", {}),
    "crawler": ("glue", "get_crawlers", "Crawlers", "Name", {}),
    "trigger": ("glue", "get_triggers", "Triggers", "Name", {}),
    "database": ("glue", "get_databases", "DatabaseList", "Name", {}),
    "role": ("iam", "list_roles", "Roles", "RoleName", {}),
    "policy": ("iam", "list_policies", "Policies", "PolicyName", {"Scope": "Local"}),
    "rule": ("events", "list_rules", "Rules", "Name", {}),
    "function": ("lambda", "list_functions", "Functions", "FunctionName", {}),
    "event source mapping": ("lambda", "list_event_source_mappings", "EventSourceMappings", "FunctionArn", {}),
    "log group": ("logs", "describe_log_groups", "logGroups", "logGroupName", {}),
    "alarm": ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName", {}),
    "topic": ("sns", "list_topics", "Topics", "TopicArn", {}),
    "queue": ("sqs", "list_queues", "QueueUrls", "", {}),
    "work group": ("athena", "list_work_groups", "WorkGroups", "Name", {}),
    "budget": ("budgets", "describe_budgets", "Budgets", "BudgetName", {"AccountId": ACCOUNT}),
    "scalable target": (
        *("application-autoscaling", "describe_scalable_targets", "ScalableTargets", "ResourceId"),
        {"ServiceNamespace": "sagemaker"},
    ),
    "build": ("codebuild", "list_projects", "projects", "", {}),
    "stack": ("cloudformation", "describe_stacks", "Stacks", "StackName", {}),
}
"""Of each kind: service, operation, the listing's member, the name's member (or the items are names), arguments."""


def belongings(server: Server, part: str) -> dict[str, list[str]]:
    """List everything whose name has a part, by kind; kinds without any are left out."""
    kinds: dict[str, Iterable[str]] = {kind: _names(server, kind) for kind in _LISTINGS}
    kinds["workflow"] = server.client("glue").list_workflows()["Workflows"]
    kinds["model"] = _models(server)
    found = {kind: [name for name in names if part in name] for kind, names in kinds.items()}
    return {kind: names for kind, names in found.items() if names}


def _models(server: Server) -> Iterator[str]:
    """The models, which a pipeline names by its executions: behind the stack that they are tagged with."""
    sagemaker = server.client("sagemaker")
    for page in sagemaker.get_paginator("list_models").paginate():
        for model in page["Models"]:
            tags = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=model["ModelArn"])["Tags"]}
            yield f"{tags['Stack']}: {model['ModelName']}"


def _names(server: Server, kind: str) -> Iterator[str]:
    service, operation, listed, named, arguments = _LISTINGS[kind]
    client = server.client(service)
    if client.can_paginate(operation):
        answers = client.get_paginator(operation).paginate(**arguments)
    else:
        answers = [getattr(client, operation)(**arguments)]
    for answer in answers:
        for item in answer.get(listed, []):
            yield item[named] if named else item
