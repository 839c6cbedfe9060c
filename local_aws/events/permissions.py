"""What lets EventBridge deliver without a role: the policy of the function, the topic or the queue."""

from __future__ import annotations

from local_aws.context import ACCOUNT_ID, Context, Settings
from local_aws.errors import AwsError
from local_aws.iam.service_access import ServiceAccess, check_service_access
from local_aws.lambda_.permissions import may_invoke

_SERVICE = "events.amazonaws.com"


def check_permission(context: Context, target: str, rule: str) -> None:
    """Check that the policy of a target lets EventBridge deliver to it.

    Parameters
    ----------
    context
        The server's parts.
    target
        ARN of a Lambda function, an SNS topic or an SQS queue.
    rule
        ARN of the rule.

    Raises
    ------
    AwsError
        ``AccessDenied``, or the service's error when there is no such target.
    """
    service = target.split(":")[2]
    if service == "lambda":
        context.call("lambda", "GetFunction", {"FunctionName": target})
        if not may_invoke(context, target, _SERVICE, rule):
            message = f"The resource policy of {target} does not let {_SERVICE} invoke it for {rule}; use AddPermission"
            raise AwsError("AccessDenied", message, 403)
    elif service == "sns":
        topic = context.call("sns", "GetTopicAttributes", {"TopicArn": target})["Attributes"]
        check_service_access(topic["Policy"], ServiceAccess(_SERVICE, "sns:Publish", target, rule))
    else:
        request = {"QueueUrl": queue_url(context.settings, target), "AttributeNames": ["Policy"]}
        queue = context.call("sqs", "GetQueueAttributes", request).get("Attributes", {})
        check_service_access(queue.get("Policy"), ServiceAccess(_SERVICE, "sqs:SendMessage", target, rule))


def queue_url(settings: Settings, arn: str) -> str:
    """Give the URL of the queue that an ARN names."""
    return f"{settings.endpoint_url}/{ACCOUNT_ID}/{arn.rpartition(':')[2]}"
