"""InvokeEndpoint: the model server's answer, or its error as SageMaker wraps it."""

from __future__ import annotations

import time
from http import HTTPStatus

from local_aws.contracts.members import Members
from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.context import Answer, Request, Settings
from local_aws.kernel.errors import AwsError
from local_aws.services.sagemaker.hosting.data_capture import DataCapture
from local_aws.services.sagemaker.hosting.instances import LOG_GROUP, Instance
from local_aws.services.sagemaker.hosting.metrics import EndpointMetrics
from local_aws.services.sagemaker.hosting.traffic import Traffic
from local_aws.services.sagemaker.serving.model_server import ModelServerError, Reply

MAX_BYTES = 6 * 1024 * 1024
"""SageMaker's bound on the body of an invocation."""

_MESSAGE_CHARACTERS = 2048
_QUOTED_CHARACTERS = 1024
_HEADERS = {
    "ContentType": "Content-Type",
    "Accept": "Accept",
    "CustomAttributes": "X-Amzn-SageMaker-Custom-Attributes",
    "InferenceId": "X-Amzn-SageMaker-Inference-Id",
}
INVOCATION = Members(("EndpointName", "Body", "TargetVariant", *_HEADERS))


class Runtime:
    """Sends invocations on to model servers, counts and captures them."""

    def __init__(
        self, settings: Settings, traffic: Traffic, metrics: EndpointMetrics, data_capture: DataCapture
    ) -> None:
        self._settings = settings
        self._traffic = traffic
        self._metrics = metrics
        self._data_capture = data_capture

    def invoke(self, request: Request) -> Answer:
        """Serve InvokeEndpoint."""
        started = time.perf_counter()
        if len(request["Body"]) > MAX_BYTES:
            raise AwsError("413", f"HTTP content length exceeded {MAX_BYTES} bytes.", 413)
        with self._traffic.using(request["EndpointName"]) as (instance, instances):
            serving = instance.serving
            if request.get("TargetVariant") not in (None, serving.variant):
                target, endpoint = request["TargetVariant"], serving.endpoint
                raise AwsError("ValidationError", f"Variant {target} not found for endpoint {endpoint}.")
            reply, model_seconds = _reply(instance, request)
        overhead_seconds = time.perf_counter() - started - model_seconds
        self._metrics.count(serving.endpoint, serving.variant, instances, reply.status, model_seconds, overhead_seconds)
        if reply.status >= 300:
            raise self._model_error(serving.endpoint, reply)
        content_type = request.get("ContentType", "")
        self._data_capture.capture(serving, request, content_type, reply.body, reply.content_type)
        answer = {"Body": reply.body, "InvokedProductionVariant": serving.variant}
        return {**answer, **({"ContentType": reply.content_type} if reply.content_type else {})}

    def _model_error(self, endpoint: str, reply: Reply) -> AwsError:
        status, message = reply.status, reply.body.decode("utf-8", "replace")
        side = "client" if status < 500 else "server"
        group = f"{LOG_GROUP}/{endpoint}"
        return AwsError(
            "ModelError",
            f'Received {side} error ({status}) from {reply.container} with message "{message[:_QUOTED_CHARACTERS]}". '
            f"See log group {group} in account {ACCOUNT_ID} for more information.",
            424,
            {
                "OriginalStatusCode": status,
                "OriginalMessage": message[:_MESSAGE_CHARACTERS],
                "LogStreamArn": self._settings.arn("logs", f"log-group:{group}"),
            },
        )


def _reply(instance: Instance, request: Request) -> tuple[Reply, float]:
    """Return the model server's answer, an error of its own when it gives none, and how long it took."""
    headers = {header: request[member] for member, header in _HEADERS.items() if member in request}
    started = time.perf_counter()
    try:
        server = instance.server()
        started = time.perf_counter()
        reply = server.invoke(request["Body"], headers)
    except ModelServerError as error:
        reply = Reply(HTTPStatus.INTERNAL_SERVER_ERROR.value, "", str(error).encode())
    return reply, time.perf_counter() - started
