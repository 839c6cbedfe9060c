"""InvokeEndpoint: the model server's answer, or its error as SageMaker wraps it."""

from __future__ import annotations

from local_aws.context import ACCOUNT_ID, Answer, Request, Settings
from local_aws.errors import AwsError
from local_aws.sagemaker.deployments import LOG_GROUP, Deployment, Deployments
from local_aws.sagemaker.resources import only
from local_aws.sagemaker.serving.model_server import ModelServerError

MOST_BYTES = 6 * 1024 * 1024
"""SageMaker's bound on the body of an invocation."""

_MESSAGE_CHARACTERS = 2048
_QUOTED_CHARACTERS = 1024
_HEADERS = {
    "ContentType": "Content-Type",
    "Accept": "Accept",
    "CustomAttributes": "X-Amzn-SageMaker-Custom-Attributes",
    "InferenceId": "X-Amzn-SageMaker-Inference-Id",
}


class Runtime:
    """Sends invocations on to model servers.

    Parameters
    ----------
    settings
        For ARNs.
    deployments
        The model servers.
    """

    def __init__(self, settings: Settings, deployments: Deployments) -> None:
        self._settings = settings
        self._deployments = deployments

    def invoke(self, request: Request) -> Answer:
        """Serve InvokeEndpoint.

        Raises
        ------
        AwsError
            ``ValidationError`` for an endpoint that takes no requests; ``ModelError`` (424) with the container's own
            status and message when it refuses the payload or does not answer; ``413`` for a body over 6 MB.
        """
        only(request, {"EndpointName", "Body", "TargetVariant", *_HEADERS}, "InvokeEndpoint", "ValidationError")
        body = request["Body"]
        if len(body) > MOST_BYTES:
            raise AwsError("413", f"HTTP content length exceeded {MOST_BYTES} bytes.", 413)
        headers = {header: request[member] for member, header in _HEADERS.items() if member in request}
        name = request["EndpointName"]
        try:
            with self._deployments.using(name) as deployment:
                return self._invoke(deployment, body, headers, request.get("TargetVariant"))
        except ModelServerError as error:
            raise self._model_error(name, 500, str(error)) from error

    def _invoke(
        self, deployment: Deployment, body: bytes, headers: dict[str, str], target_variant: str | None
    ) -> Answer:
        serving = deployment.serving
        if target_variant not in (None, serving.variant):
            raise AwsError("ValidationError", f"Variant {target_variant} not found for endpoint {serving.endpoint}.")
        reply = deployment.server.invoke(body, headers)
        if reply.status >= 300:
            raise self._model_error(serving.endpoint, reply.status, reply.body.decode("utf-8", "replace"))
        answer = {"Body": reply.body, "InvokedProductionVariant": serving.variant}
        return {**answer, **({"ContentType": reply.content_type} if reply.content_type else {})}

    def _model_error(self, endpoint: str, status: int, message: str) -> AwsError:
        side = "client" if status < 500 else "server"
        group = f"{LOG_GROUP}/{endpoint}"
        return AwsError(
            "ModelError",
            f'Received {side} error ({status}) from primary with message "{message[:_QUOTED_CHARACTERS]}". '
            f"See log group {group} in account {ACCOUNT_ID} for more information.",
            424,
            {
                "OriginalStatusCode": status,
                "OriginalMessage": message[:_MESSAGE_CHARACTERS],
                "LogStreamArn": self._settings.arn("logs", f"log-group:{group}"),
            },
        )
