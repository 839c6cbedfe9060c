"""Whether the policy of a function, a topic or a queue lets an AWS service in, as deliveries without a role need it."""

from __future__ import annotations

from collections.abc import Callable

from local_aws.context import Context
from local_aws.errors import AwsError
from local_aws.iam.service_access import ServiceAccess, check_service_access
from local_aws.principals import SERVICE, acting_as
from local_aws.sqs.urls import queue_url


def check_resource_policy(
    context: Context, service: str, resource: str, source: str, source_owner: str | None = None
) -> None:
    """Check that a resource's policy lets a service deliver to it.

    Parameters
    ----------
    context
        The server's parts.
    service
        The service's principal, e.g. ``"events.amazonaws.com"``.
    resource
        ARN of a Lambda function, an SNS topic or an SQS queue.
    source, source_owner
        As of `local_aws.iam.service_access.ServiceAccess`.

    Raises
    ------
    AwsError
        ``AccessDenied``, or the service's error when there is no such resource.
    """
    action, read = _READERS[resource.split(":")[2]]
    # It is local_aws that looks, and nobody's role.
    with acting_as(SERVICE):
        arn, policy = read(context, resource)
    check_service_access(policy, ServiceAccess(service, action, arn, source, source_owner))


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
    request = {"QueueUrl": queue_url(context.settings, arn), "AttributeNames": ["Policy"]}
    return arn, context.call("sqs", "GetQueueAttributes", request).get("Attributes", {}).get("Policy")


_READERS: dict[str, tuple[str, Callable[[Context, str], tuple[str, str | None]]]] = {
    "lambda": ("lambda:InvokeFunction", _of_function),
    "sns": ("sns:Publish", _of_topic),
    "sqs": ("sqs:SendMessage", _of_queue),
}
"""By service: what is asked for, and what gives a resource's ARN, as policies name it, with its policy."""
