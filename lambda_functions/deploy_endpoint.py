"""The function behind the Callback step ``DeployEndpoint``: puts a model package into service.

SageMaker Pipelines cannot update an endpoint under the watch of alarms by a step of its own, so the step sends a
message to a queue and waits for its token to be answered. Nothing waits here: each time the message arrives the
function does what can be done at once, and as long as the endpoint is on its way the message comes back. What was done
so far is read from SageMaker's records, so that the function may be stopped anywhere, and a message may come twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import ClientError

from lambda_functions import endpoint_requests
from lambda_functions.approvals import Approvals
from lambda_functions.deployment_message import SERVERLESS, Message
from lambda_functions.endpoint_records import (
    CHANGING,
    describe_if_exists,
    next_config,
    packages_of,
    why_not_updatable,
)
from lambda_functions.resolve_deployment import reason_to_leave_alone
from lambda_functions.scaling import deregister, scale

DEPLOYED, SKIPPED, SUPERSEDED = "Deployed", "Skipped", "Superseded"
"""Values of the step's output ``Outcome``."""

DEADLINE = timedelta(seconds=2 * endpoint_requests.MAX_UPDATE_SECONDS + 900)
"""How long a deployment may take: another's update, its own, and a margin. SageMaker states no limit for the step."""

_MAX_DELAY_SECONDS = 60
_REASON_CHARACTERS, _OUTPUT_CHARACTERS = 256, 1024
_REQUESTED_BY = "RequestedBy"
_COME_AGAIN = frozenset({"ThrottlingException", "Throttling", "ServiceUnavailable", "InternalFailure", "InternalError"})
_IN_PROGRESS = ("in-progress", "in progress", "already existing endpoint")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take a deployment as far as it goes now.

    Parameters
    ----------
    event
        Lambda's event of an SQS queue; each record is a message of the step.

    Returns
    -------
    dict
        ``batchItemFailures``: messages of deployments that are not at their end, which come back. They are not errors.
    """
    sagemaker = boto3.client("sagemaker")
    come_back = []
    for record in event["Records"]:
        message = Message.of(record)
        deployment = Deployment(sagemaker, boto3.client("application-autoscaling"), message)
        if not deployment.advance():
            _delay(message)
            come_back.append({"itemIdentifier": message.message_id})
    return {"batchItemFailures": come_back}


class Deployment:
    """A deployment, from SageMaker's records of it."""

    def __init__(self, sagemaker: Any, scaling: Any, message: Message) -> None:
        self._sagemaker = sagemaker
        self._scaling = scaling
        self._message = message
        self._request = message.request
        self._token_digest = hashlib.sha256(message.token.encode()).hexdigest()[:16]
        self._approvals = Approvals(
            sagemaker,
            deploy_pipeline=self._request.deploy_pipeline,
            endpoint_name=self._request.endpoint_name,
            execution_arn=message.execution_arn,
        )

    def advance(self) -> bool:
        """Do what can be done now, and return whether the message has had its effect."""
        try:
            return self._advance()
        except ClientError as error:
            if error.response["Error"]["Code"] in _COME_AGAIN:
                print(f"{self._message.execution_arn}: {error}; the message comes back")
                return False
            return self._fail(f"{error.operation_name}: {error.response['Error'].get('Message', error)}")

    def _advance(self) -> bool:
        request = self._request
        endpoint = describe_if_exists(self._sagemaker.describe_endpoint, EndpointName=request.endpoint_name)
        status = endpoint.get("EndpointStatus", "")
        config_name = next_config(endpoint)
        is_mine = config_name == request.config_name
        if not is_mine and not self._is_waited_for():
            return True
        if datetime.now(UTC) - self._message.sent > DEADLINE:
            return self._fail(
                f"endpoint {request.endpoint_name} is {status or 'not there'} after {DEADLINE}: retry this execution "
                "when it is InService ('aws sagemaker retry-pipeline-execution', or Retry in Studio)"
            )
        is_requested = not is_mine and self._is_requested()
        if not is_mine and not is_requested and self._is_stopped():
            return self._fail(f"the execution was stopped before endpoint {request.endpoint_name} was touched")
        if status in CHANGING:
            return False
        if status == "InService" and is_mine:
            return self._succeed(DEPLOYED, f"{request.endpoint_name} serves {request.model_package_arn}", self._scale())
        if status == "InService" and request.model_package_arn in packages_of(self._sagemaker, config_name):
            return self._succeed(SKIPPED, f"{request.endpoint_name} serves {request.model_package_arn} already")
        if is_requested or (is_mine and self._is_requested()):
            return self._end_without_success(endpoint)
        return self._begin(endpoint)

    def _begin(self, endpoint: Mapping[str, Any]) -> bool:
        """Move the endpoint to the package, unless something else is to be done; it takes a while to settle."""
        request = self._request
        package = self._approvals.package(request.model_package_arn)
        if reason := reason_to_leave_alone(
            self._sagemaker, self._approvals, endpoint, package, request.model_package_arn
        ):
            return self._succeed(SKIPPED, reason)
        is_serverless = request.endpoint_type == SERVERLESS
        if unready := why_not_updatable(request.endpoint_name, endpoint, serverless=is_serverless):
            return self._fail(unready)
        if endpoint.get("EndpointStatus") == "Deleting":
            return False
        try:
            config = self._config() or self._sagemaker.create_endpoint_config(
                **endpoint_requests.endpoint_config(request, self._instance_count(endpoint))
            )
            self._release_instance_type(endpoint)
            if endpoint:
                self._sagemaker.update_endpoint(**endpoint_requests.update(request))
            else:
                self._sagemaker.create_endpoint(**endpoint_requests.new_endpoint(request))
        except ClientError as error:
            if not any(text in str(error) for text in _IN_PROGRESS):
                raise
            print(f"{self._message.execution_arn}: {error}; the message comes back")
            return False
        self._sagemaker.add_tags(
            ResourceArn=config["EndpointConfigArn"], Tags=[{"Key": _REQUESTED_BY, "Value": self._token_digest}]
        )
        return False

    def _end_without_success(self, endpoint: Mapping[str, Any]) -> bool:
        """Answer for an update that was asked for, and after which the endpoint does not serve the package."""
        package = self._approvals.package(self._request.model_package_arn)
        if package and (later := self._approvals.later_than(package)):
            return self._succeed(SUPERSEDED, f"{later} was approved later")
        name, status = self._request.endpoint_name, endpoint.get("EndpointStatus", "deleted")
        scaling = self._scale() if status == "InService" else ""
        outcome = "was rolled back" if status == "InService" else f"is {status}"
        reason = endpoint.get("FailureReason", "SageMaker gives no reason")
        return self._fail(f"endpoint {name} {outcome}: {reason}", scaling)

    def _instance_count(self, endpoint: Mapping[str, Any]) -> int:
        """Return the instances to deploy on: the minimum, or the count that automatic scaling has set."""
        variants = endpoint.get("ProductionVariants", [])
        count = max((variant.get("DesiredInstanceCount", 0) for variant in variants), default=0)
        return max(self._request.min_instance_count, min(count, self._request.max_instance_count))

    def _release_instance_type(self, endpoint: Mapping[str, Any]) -> None:
        """Deregister the endpoint's variants from automatic scaling if their instance type changes.

        SageMaker refuses the update otherwise ("Update endpoints that use automatic scaling").
        """
        if not endpoint:
            return
        config = describe_if_exists(
            self._sagemaker.describe_endpoint_config, EndpointConfigName=endpoint["EndpointConfigName"]
        )
        for variant in config.get("ProductionVariants", []):
            if variant.get("InstanceType") != self._request.instance_type:
                deregister(self._scaling, self._request.endpoint_name, variant["VariantName"])

    def _scale(self) -> str:
        """Set automatic scaling up as requested; a serverless endpoint scales by itself."""
        request = self._request
        if request.endpoint_type == SERVERLESS:
            return "serverless"
        return scale(
            self._scaling,
            request.endpoint_name,
            endpoint_requests.VARIANT,
            minimum=request.min_instance_count,
            maximum=request.max_instance_count,
            invocations=request.invocations_per_instance,
        )

    def _config(self) -> dict[str, Any]:
        return describe_if_exists(
            self._sagemaker.describe_endpoint_config, EndpointConfigName=self._request.config_name
        )

    def _is_requested(self) -> bool:
        """Return whether this token's update was asked for; a retried execution has another token."""
        config = self._config()
        if not config:
            return False
        pages = self._sagemaker.get_paginator("list_tags").paginate(ResourceArn=config["EndpointConfigArn"])
        return {"Key": _REQUESTED_BY, "Value": self._token_digest} in [tag for page in pages for tag in page["Tags"]]

    def _is_waited_for(self) -> bool:
        """Return whether the step still waits for this token."""
        pages = self._sagemaker.get_paginator("list_pipeline_execution_steps").paginate(
            PipelineExecutionArn=self._message.execution_arn
        )
        return any(
            step.get("Metadata", {}).get("Callback", {}).get("CallbackToken") == self._message.token
            and step["StepStatus"] in ("Starting", "Executing", "Stopping")
            for page in pages
            for step in page["PipelineExecutionSteps"]
        )

    def _is_stopped(self) -> bool:
        if self._message.is_stop:
            return True
        execution = self._sagemaker.describe_pipeline_execution(PipelineExecutionArn=self._message.execution_arn)
        return bool(execution["PipelineExecutionStatus"] != "Executing")

    def _succeed(self, outcome: str, reason: str, scaling: str = "") -> bool:
        outputs = {"Outcome": outcome, "Reason": reason, "Scaling": scaling}
        return self._answer(
            self._sagemaker.send_pipeline_execution_step_success,
            OutputParameters=[
                {"Name": name, "Value": value[:_OUTPUT_CHARACTERS]} for name, value in outputs.items() if value
            ],
            log=f"{outcome}: {reason}; scaling: {scaling or 'unchanged'}",
        )

    def _fail(self, reason: str, scaling: str = "") -> bool:
        return self._answer(
            self._sagemaker.send_pipeline_execution_step_failure,
            FailureReason=reason[:_REASON_CHARACTERS],
            log=f"Failed: {reason}; scaling: {scaling or 'unchanged'}",
        )

    def _answer(self, send: Any, *, log: str, **answer: Any) -> bool:
        """Answer the token; one that was answered already counts as answered."""
        print(f"{self._message.execution_arn}: {log}")
        try:
            send(CallbackToken=self._message.token, **answer)
        except ClientError:
            if self._is_waited_for():
                raise
        return True


def _delay(message: Message) -> None:
    """Have a message come back soon at first, and once a minute later on; the queue's own delay is the longest."""
    boto3.client("sqs").change_message_visibility(
        QueueUrl=message.queue_url,
        ReceiptHandle=message.receipt_handle,
        VisibilityTimeout=min(2 * message.receive_count, _MAX_DELAY_SECONDS),
    )
