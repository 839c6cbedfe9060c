"""Whether policies let an AWS service deliver: the resource's own, or those of the role that it delivers in."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import unquote

from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.principals import SERVICE, acting_as
from local_aws.services.iam.documents import parse_document
from local_aws.services.iam.identities import Identities
from local_aws.services.iam.policy import ALLOWED, Access, Policies, decide
from local_aws.services.iam.service_access import ServiceAccess, check_service_access


def check_resource_policy(
    context: Context, service: str, resource: str, source: str, source_owner: str | None = None
) -> None:
    """Check that a resource's policy lets a service deliver to it.

    Parameters
    ----------
    service
        The service's principal, e.g. ``"events.amazonaws.com"``.
    source, source_owner
        As of `local_aws.services.iam.service_access.ServiceAccess`.
    """
    action, arn, policy = _read(context, resource)
    check_service_access(policy, ServiceAccess(service, action, arn, source, source_owner))


def check_role(context: Context, service: str, role: str, resource: str, source: str) -> None:
    """Check that a service may assume a role, and that the role lets it deliver to a resource.

    Parameters
    ----------
    service
        The service's principal, e.g. ``"events.amazonaws.com"``.
    """
    check_trust(context, service, role, source)
    action, arn, policy = _read(context, resource)
    with acting_as(SERVICE):
        identity = Identities(context).find(role)
    documents = None if policy is None else parse_document(policy, "Policy", "resource", of_resource=True)
    policies = Policies(identity.policies, None if identity.boundary is None else [identity.boundary], documents)
    keys = {"aws:resourceaccount": [ACCOUNT_ID], "aws:securetransport": ["true"], **identity.context()}
    decision = decide(policies, Access(action, arn, role, keys))
    if decision.effect != ALLOWED:
        raise AwsError("AccessDenied", f"{role} may not call {action} on {arn}: {decision.effect}", 403)


def check_trust(context: Context, service: str, role: str, source: str) -> None:
    """Check that a service may assume a role; see `check_role`."""
    try:
        with acting_as(SERVICE):
            existing = context.call("iam", "GetRole", {"RoleName": role.rpartition("/")[2]})["Role"]
    except AwsError as error:
        if error.code != "NoSuchEntity":
            raise
        existing = {"Arn": None}
    if existing["Arn"] != role:
        raise AwsError("AccessDenied", f"{service} cannot assume {role}: there is no such role", 403)
    trust = existing["AssumeRolePolicyDocument"]
    text = unquote(trust) if isinstance(trust, str) else json.dumps(trust)
    check_service_access(text, ServiceAccess(service, "sts:AssumeRole", role, source))


def _read(context: Context, resource: str) -> tuple[str, str, str | None]:
    """Return the action that delivers to a resource, the resource's ARN as policies name it, and its policy."""
    action, read = _READERS[resource.split(":")[2]]
    # local_aws reads it for itself, not for a role.
    with acting_as(SERVICE):
        return action, *read(context, resource)


def _of_function(context: Context, arn: str) -> tuple[str, str | None]:
    name = {"FunctionName": arn}
    unqualified = context.call("lambda", "GetFunctionConfiguration", name)["FunctionArn"]
    try:
        return unqualified, context.call("lambda", "GetPolicy", name)["Policy"]
    except AwsError as error:
        if error.code != "ResourceNotFoundException":
            raise
        return unqualified, None


def _of_topic(context: Context, arn: str) -> tuple[str, str | None]:
    return arn, context.call("sns", "GetTopicAttributes", {"TopicArn": arn})["Attributes"].get("Policy")


def _of_queue(context: Context, arn: str) -> tuple[str, str | None]:
    request = {"QueueUrl": context.settings.queue_url(arn), "AttributeNames": ["Policy"]}
    return arn, context.call("sqs", "GetQueueAttributes", request).get("Attributes", {}).get("Policy")


def _of_pipeline(context: Context, arn: str) -> tuple[str, str | None]:
    """Return a pipeline's ARN alone: policies for pipelines are shared through AWS RAM, which is not here."""
    return arn, None


_READERS: dict[str, tuple[str, Callable[[Context, str], tuple[str, str | None]]]] = {
    "lambda": ("lambda:InvokeFunction", _of_function),
    "sagemaker": ("sagemaker:StartPipelineExecution", _of_pipeline),
    "sns": ("sns:Publish", _of_topic),
    "sqs": ("sqs:SendMessage", _of_queue),
}
"""By service: what is asked for, and what gives a resource's ARN, as policies name it, with its policy."""
