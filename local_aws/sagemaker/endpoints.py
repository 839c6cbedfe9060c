"""Endpoints: one model-server process each, changed without dropping a request.

An update starts the new server beside the old one, sends requests to it once it answers ``/ping``, and ends the old
one after its last request. An update that fails leaves the old server where it is, as SageMaker's roll-back does.
After a restart of local_aws an endpoint is in service again: its model server starts at the first request.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from local_aws.context import Answer, Context, Handler, Request, Service
from local_aws.errors import AwsError
from local_aws.records import Record, now
from local_aws.sagemaker.deployments import Deployment, Deployments, Serving
from local_aws.sagemaker.job_board import JobBoard
from local_aws.sagemaker.job_desk import KILLED, clip
from local_aws.sagemaker.models import model_container
from local_aws.sagemaker.resources import Kind, Resources, only
from local_aws.sagemaker.runtime import Runtime
from local_aws.sagemaker.serving.model_server import ModelServerError
from local_aws.sagemaker.tags import Tags

KIND = Kind(
    resource="endpoint",
    member="Endpoint",
    summary=("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus"),
    list_member="Endpoints",
)
_CHANGING = ("Creating", "Updating", "Deleting")
_SERVING = ("InService", "Updating")
_log = logging.getLogger(__name__)


def build(context: Context, board: JobBoard, tags: Tags) -> Service:
    """Give the operations on endpoints and their invocation."""
    endpoints = Endpoints(context, board, tags)
    return Service(endpoints.operations, recover=endpoints.recover)


class Endpoints:
    """Creates, updates, describes, lists, deletes and invokes endpoints.

    Parameters
    ----------
    context
        The server's parts.
    board
        Where endpoints stand that are being changed.
    tags
        Keeps their tags.
    """

    def __init__(self, context: Context, board: JobBoard, tags: Tags) -> None:
        self._context = context
        self._board = board
        self._resources = Resources(
            context,
            tags,
            KIND,
            lambda arn: AwsError("ValidationException", f'Cannot create already existing endpoint "{arn}".'),
            lambda arn: AwsError("ValidationException", f'Could not find endpoint "{arn}".'),
        )
        self._deployments = Deployments(context, self._to_serve)
        self._runtime = Runtime(context.settings, self._deployments)

    @property
    def operations(self) -> dict[tuple[str, str], Handler]:
        """The operations that this part owns."""
        return {
            ("sagemaker", "CreateEndpoint"): self.create,
            ("sagemaker", "UpdateEndpoint"): self.update,
            ("sagemaker", "DeleteEndpoint"): self.delete,
            ("sagemaker", "DescribeEndpoint"): self._resources.describe,
            ("sagemaker", "ListEndpoints"): self._resources.list,
            ("sagemaker-runtime", "InvokeEndpoint"): self._runtime.invoke,
        }

    def create(self, request: Request) -> Answer:
        """Serve CreateEndpoint: ``Creating`` until the model server answers.

        Raises
        ------
        AwsError
            ``ValidationException`` for a configuration or model that is not there, or a name that is taken.
        """
        only(request, {"EndpointName", "EndpointConfigName", "Tags"}, "CreateEndpoint")
        name = request["EndpointName"]
        serving, variant = self._configured(name, request["EndpointConfigName"])
        record = {
            "EndpointName": name,
            "EndpointConfigName": request["EndpointConfigName"],
            "EndpointStatus": "Creating",
            "LastModifiedTime": now(),
        }
        arn = self._resources.add(record, request.get("Tags", ()))
        self._begin(name, lambda: self._bring_up(request, serving, variant, _failed))
        return {"EndpointArn": arn}

    def update(self, request: Request) -> Answer:
        """Serve UpdateEndpoint: ``Updating`` until the new model server has taken over, or has failed to.

        Raises
        ------
        AwsError
            ``ValidationException`` for an endpoint that is not in service, or a configuration that is not there.
        """
        only(
            request,
            {"EndpointName", "EndpointConfigName", "RetainAllVariantProperties", "ExcludeRetainedVariantProperties"},
            "UpdateEndpoint",
        )
        name = request["EndpointName"]
        serving, variant = self._configured(name, request["EndpointConfigName"])
        record = self._resources.change(name, lambda record: self._mark(record, "Updating", "update", ("InService",)))
        self._begin(name, lambda: self._bring_up(request, serving, variant, _rolled_back))
        return {"EndpointArn": record["EndpointArn"]}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteEndpoint: requests are refused from now on, those under way are answered.

        Raises
        ------
        AwsError
            ``ValidationException`` for an endpoint that is not there or is being changed.
        """
        name = request["EndpointName"]
        self._resources.change(name, lambda record: self._mark(record, "Deleting", "delete", ("InService", "Failed")))
        self._begin(name, lambda: self._take_down(name))
        return {}

    def recover(self) -> None:
        """Put right what a killed server left half-way; model servers start at the first request."""
        for record in self._resources.all():
            name = record["EndpointName"]
            if record["EndpointStatus"] == "Creating":
                self._resources.change(name, lambda record: _failed(record, KILLED))
            elif record["EndpointStatus"] == "Updating":
                self._resources.change(name, lambda record: _rolled_back(record, KILLED))
            elif record["EndpointStatus"] == "Deleting":
                self._take_down(name)

    def _configured(self, name: str, config_name: str) -> tuple[Serving, Record]:
        """Give what a configuration says the endpoint is to serve, with its one variant."""
        config = self._context.call("sagemaker", "DescribeEndpointConfig", {"EndpointConfigName": config_name})
        variant = config["ProductionVariants"][0]
        container = model_container(self._context, variant["ModelName"])
        return Serving.new(name, variant["VariantName"], container), variant

    def _mark(self, record: Record, status: str, verb: str, allowed: tuple[str, ...]) -> None:
        if record["EndpointStatus"] not in allowed:
            state = "in-progress" if record["EndpointStatus"] in _CHANGING else record["EndpointStatus"]
            raise AwsError("ValidationException", f'Cannot {verb} {state} endpoint "{record["EndpointArn"]}".')
        record.update({"EndpointStatus": status, "LastModifiedTime": now()})

    def _begin(self, name: str, change: Callable[[], Deployment | None]) -> None:
        """Change an endpoint in a thread; the deployment that the change gives is retired after it."""
        # A change that has its final status may be about to leave the board.
        self._board.wait(KIND.resource, name)
        self._board.begin(KIND.resource, name)

        def run() -> None:
            try:
                old = change()
            finally:
                self._board.finish(KIND.resource, name)
            if old is not None:
                old.retire()

        threading.Thread(target=run, name=f"endpoint/{name}", daemon=True).start()

    def _bring_up(
        self, request: Request, serving: Serving, variant: Record, fail: Callable[[Record, str], None]
    ) -> Deployment | None:
        """Start the model server and send requests to it; `fail` marks the record when it does not start."""
        name = request["EndpointName"]
        try:
            deployment = Deployment(self._context, serving)
        except ModelServerError as error:
            reason = f"The container for production variant {serving.variant} did not come into service: {error}"
            self._resources.change(name, lambda record: fail(record, reason))
            return None
        except Exception as error:  # noqa: BLE001 (the boundary: the endpoint must not stay as it is)
            _log.exception("endpoint %s", name)
            reason = f"InternalServerError: {type(error).__name__}: {error}"
            self._resources.change(name, lambda record: fail(record, reason))
            return None
        old = self._deployments.replace(name, deployment)

        def serve(record: Record) -> None:
            record.pop("FailureReason", None)
            record.update(
                {
                    "EndpointConfigName": request["EndpointConfigName"],
                    "EndpointStatus": "InService",
                    "LastModifiedTime": now(),
                    "ProductionVariants": [_summary(variant, serving)],
                    "_Serving": serving.record(),
                }
            )

        self._resources.change(name, serve)
        return old

    def _take_down(self, name: str) -> None:
        old = self._deployments.replace(name, None)
        if old is not None:
            old.retire()
        self._deployments.drop_models(name)
        self._resources.remove(name)

    def _to_serve(self, name: str) -> Serving:
        """Give what an endpoint serves now.

        Raises
        ------
        AwsError
            ``ValidationError`` of InvokeEndpoint when there is no such endpoint, or it is not in service.
        """
        record = self._context.records.get(KIND.resource, name)
        account = self._resources.arn(name).split(":")[4]
        if record is None:
            raise AwsError("ValidationError", f"Endpoint {name} of account {account} not found.")
        if record["EndpointStatus"] not in _SERVING or "_Serving" not in record:
            raise AwsError(
                "ValidationError",
                f"Endpoint {name} of account {account} is {record['EndpointStatus']} and takes no requests.",
            )
        return Serving.of(name, record["_Serving"])


def _summary(variant: Record, serving: Serving) -> Record:
    image = serving.container.image
    weight = variant.get("InitialVariantWeight", 1.0)
    summary = {
        "VariantName": serving.variant,
        "DeployedImages": [{"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": now()}],
        "CurrentWeight": weight,
        "DesiredWeight": weight,
    }
    if "ServerlessConfig" in variant:
        return {**summary, "CurrentServerlessConfig": variant["ServerlessConfig"]}
    return {**summary, "CurrentInstanceCount": 1, "DesiredInstanceCount": 1}


def _failed(record: Record, reason: str) -> None:
    record.update({"EndpointStatus": "Failed", "FailureReason": clip(reason), "LastModifiedTime": now()})


def _rolled_back(record: Record, reason: str) -> None:
    """Keep what was served before the update."""
    record.update({"EndpointStatus": "InService", "FailureReason": clip(reason), "LastModifiedTime": now()})
