"""Checks whether the names of a deployment are free, or its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from infrastructure.findings import FAIL, OK, Finding, Subject
from infrastructure.names import Names
from infrastructure.refusals import is_not_found
from infrastructure.stacks import Stacks


@dataclass(frozen=True)
class _Kind:
    """A kind of resource with fixed names, and the call that describes one."""

    kind: str
    names: Callable[[Names], Iterable[str]]
    service: str
    operation: str
    argument: str
    arn: str = ""
    """The answer's member with the ARN, for what carries the tag ``Stack`` and is in no stack."""


_KINDS = (
    _Kind("bucket", lambda names: names.buckets, "s3", "head_bucket", "Bucket"),
    _Kind("role", lambda names: names.roles, "iam", "get_role", "RoleName"),
    _Kind("database", lambda names: [names.database], "glue", "get_database", "Name"),
    _Kind("workflow", lambda names: [names.workflow], "glue", "get_workflow", "Name"),
    _Kind("work group", lambda names: [names.work_group], "athena", "get_work_group", "WorkGroup"),
    _Kind("function", lambda names: names.functions, "lambda", "get_function_configuration", "FunctionName"),
    _Kind("queue", lambda names: [names.deployments_queue], "sqs", "get_queue_url", "QueueName"),
    _Kind(
        *("package group", lambda names: [names.pipeline], "sagemaker", "describe_model_package_group"),
        "ModelPackageGroupName",
    ),
    _Kind(
        *("pipeline", lambda names: [names.pipeline, names.deploy_pipeline], "sagemaker", "describe_pipeline"),
        *("PipelineName", "PipelineArn"),
    ),
    _Kind(
        *("endpoint", lambda names: [names.pipeline], "sagemaker", "describe_endpoint", "EndpointName", "EndpointArn"),
    ),
)


def names(subject: Subject) -> Iterator[Finding]:
    """Check every kind: another owner's resource under one of the names would stop the stack, or be overwritten."""
    session, own = subject.session, subject.names
    stacks = Stacks(session.client("cloudformation"), session.client("s3"))
    held = {
        resource.get("PhysicalResourceId", "")
        for stack in (own.bootstrap_stack, own.stack)
        for resource in stacks.resources(stack)
    }
    number, clear = 0, True
    for kind in _KINDS:
        client = session.client(kind.service)
        for name in kind.names(own):
            number += 1
            if problem := _problem(client, kind, name, held, own.stack):
                clear = False
                yield Finding(f"{kind.kind} {name}", FAIL, problem)
    for name in own.log_groups:
        number += 1
        if name not in held and _is_log_group(session.client("logs"), name):
            clear = False
            remedy = f"remove it ('aws logs delete-log-group --log-group-name {name}'), or deploy with another --prefix"
            yield Finding(f"log group {name}", FAIL, f"exists, and the stack would create it: {remedy}")
    if clear:
        yield Finding("names", OK, f"{number} names are free or the deployment's own")


def _problem(client: Any, kind: _Kind, name: str, held: set[str], stack: str) -> str:
    """Explain why a name cannot be used; empty if it can."""
    try:
        answer = getattr(client, kind.operation)(**{kind.argument: name})
    except ClientError as error:
        if is_not_found(error):
            return ""
        if error.response["Error"]["Code"] == "403" and kind.service == "s3":
            return "belongs to another account, or the caller may not see it: deploy with another --prefix"
        raise
    if any(resource == name or resource.endswith(f"/{name}") for resource in held):
        return ""
    if kind.arn and {"Key": "Stack", "Value": stack} in client.list_tags(ResourceArn=answer[kind.arn])["Tags"]:
        return ""
    return "exists, and does not belong to this deployment: remove it, or deploy with another --prefix"


def _is_log_group(logs: Any, name: str) -> bool:
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
    return any(group["logGroupName"] == name for page in pages for group in page["logGroups"])
