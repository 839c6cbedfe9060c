"""Endpoints: model-server processes, changed without dropping a request.

An update starts the new servers beside the old ones, sends requests to them as its deployment configuration says once
they answer ``/ping``, and ends the old ones after their last request. An update that fails leaves the old servers where
they are. After a restart of local_aws an endpoint is in service again: its model servers start at the first requests.
"""

from __future__ import annotations

from functools import partial

from local_aws.contracts.honoured import only
from local_aws.kernel.context import Answer, Context, Handler, Request, Service
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now
from local_aws.services.applicationautoscaling import targets
from local_aws.services.sagemaker.endpoint_changes import EndpointChanges
from local_aws.services.sagemaker.endpoint_records import desire, failed, pending, rolled_back
from local_aws.services.sagemaker.endpoint_rules import (
    require_deregistered,
    require_instances,
    require_no_turn_to_serverless,
    require_same_variant,
)
from local_aws.services.sagemaker.hosting.data_capture import DataCapture
from local_aws.services.sagemaker.hosting.deployment_config import Plan, alarm_names, plan
from local_aws.services.sagemaker.hosting.metrics import EndpointMetrics
from local_aws.services.sagemaker.hosting.rollout import require_alarms
from local_aws.services.sagemaker.hosting.serving import Serving
from local_aws.services.sagemaker.hosting.traffic import Traffic
from local_aws.services.sagemaker.job_board import JobBoard
from local_aws.services.sagemaker.job_desk import KILLED
from local_aws.services.sagemaker.models import model_container
from local_aws.services.sagemaker.resources import Kind, Resources
from local_aws.services.sagemaker.runtime import Runtime
from local_aws.services.sagemaker.tags import Tags

KIND = Kind(
    resource="endpoint",
    member="Endpoint",
    summary=("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus"),
    list_member="Endpoints",
)
_UPDATE_HONOURED = {
    *("EndpointName", "EndpointConfigName", "DeploymentConfig", "RetainDeploymentConfig"),
    *("RetainAllVariantProperties", "ExcludeRetainedVariantProperties"),
}
_CHANGING = ("Creating", "Updating", "Deleting")
_SERVING = ("InService", "Updating")


def build(context: Context, board: JobBoard, tags: Tags) -> Service:
    """Return the operations on endpoints and their invocation."""
    endpoints = Endpoints(context, board, tags)
    return Service(endpoints.operations, recover=endpoints.recover, stop=endpoints.stop)


class Endpoints:
    """Creates, updates, scales, describes, lists, deletes and invokes endpoints."""

    def __init__(self, context: Context, board: JobBoard, tags: Tags) -> None:
        self._context = context
        self._resources = Resources(
            context,
            tags,
            KIND,
            lambda arn: AwsError("ValidationException", f'Cannot create already existing endpoint "{arn}".'),
            lambda arn: AwsError("ValidationException", f'Could not find endpoint "{arn}".'),
        )
        self._traffic = Traffic(context, self._to_serve)
        self._changes = EndpointChanges(context, board, self._resources, self._traffic)
        self._metrics = EndpointMetrics(context)
        self._data_capture = DataCapture(context)
        self._runtime = Runtime(context.settings, self._traffic, self._metrics, self._data_capture)

    @property
    def operations(self) -> dict[tuple[str, str], Handler]:
        """The operations that this part owns."""
        return {
            ("sagemaker", "CreateEndpoint"): self.create,
            ("sagemaker", "UpdateEndpoint"): self.update,
            ("sagemaker", "UpdateEndpointWeightsAndCapacities"): self.scale,
            ("sagemaker", "DeleteEndpoint"): self.delete,
            ("sagemaker", "DescribeEndpoint"): self._resources.describe,
            ("sagemaker", "ListEndpoints"): self._resources.list,
            ("sagemaker-runtime", "InvokeEndpoint"): self._runtime.invoke,
        }

    def create(self, request: Request) -> Answer:
        """Serve CreateEndpoint: ``Creating`` until every model server answers.

        A deployment configuration has nothing to shift here; it is what an update retains.
        """
        only(request, {"EndpointName", "EndpointConfigName", "DeploymentConfig", "Tags"}, "CreateEndpoint")
        name, deployment_config = request["EndpointName"], request.get("DeploymentConfig")
        config, serving = self._configured(name, request["EndpointConfigName"])
        require_alarms(self._context, alarm_names(deployment_config or {}))
        record = {
            "EndpointName": name,
            "EndpointConfigName": request["EndpointConfigName"],
            "EndpointStatus": "Creating",
            "LastModifiedTime": now(),
            "_DeploymentConfig": deployment_config,
        }
        arn = self._resources.add(record, request.get("Tags", ()))
        self._changes.create(config, serving)
        return {"EndpointArn": arn}

    def update(self, request: Request) -> Answer:
        """Serve UpdateEndpoint: ``Updating`` until the new fleet has taken over, or the old one has taken back."""
        only(request, _UPDATE_HONOURED, "UpdateEndpoint")
        name = request["EndpointName"]
        before = self._resources.get(name)
        config, serving = self._configured(name, request["EndpointConfigName"], _retained(request, before))
        deployment_config = request.get("DeploymentConfig")
        if deployment_config is None and request.get("RetainDeploymentConfig"):
            deployment_config = before.get("LastDeploymentConfig")
        way = Plan() if deployment_config is None else plan(deployment_config, serving.instance_count)
        require_alarms(self._context, way.alarms)
        (variant,) = config["ProductionVariants"]

        def mark(record: Record) -> None:
            self._mark(record, "Updating", "update", ("InService",))
            require_no_turn_to_serverless(record, variant)
            require_deregistered(self._context.records, record, variant)
            if deployment_config is not None:
                require_same_variant(record, serving)
            pending(record, config, serving, deployment_config)

        record = self._resources.change(name, mark)
        self._changes.update(config, serving, way)
        return {"EndpointArn": record["EndpointArn"]}

    def scale(self, request: Request) -> Answer:
        """Serve UpdateEndpointWeightsAndCapacities: model servers are added, or end after their last request."""
        (desired,) = request["DesiredWeightsAndCapacities"][:1] or [{}]
        only(desired, {"VariantName", "DesiredWeight", "DesiredInstanceCount"}, "DesiredWeightsAndCapacities")
        count = desired.get("DesiredInstanceCount")

        def mark(record: Record) -> None:
            self._mark(record, "Updating", "update", ("InService",))
            (variant,) = record["ProductionVariants"]
            names = [item["VariantName"] for item in request["DesiredWeightsAndCapacities"]]
            if names != [variant["VariantName"]]:
                raise AwsError("ValidationException", f"Endpoint has the variant {variant['VariantName']}, not {names}")
            if count is not None:
                require_instances(variant, count)
            desire(record, desired)

        record = self._resources.change(request["EndpointName"], mark)
        self._changes.scale(request["EndpointName"], count)
        return {"EndpointArn": record["EndpointArn"]}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteEndpoint: requests are refused from now on, those under way are answered, and nothing scales."""
        name = request["EndpointName"]

        def mark(record: Record) -> None:
            self._mark(record, "Deleting", "delete", ("InService", "Failed"))

        with self._context.records.together():
            record = self._resources.change(name, mark)
            for target in targets.of_endpoint(self._context.records, record):
                # The caller's own call, as on AWS: it needs the permission.
                named = {member: target[member] for member in targets.IDENTITY}
                self._context.call("application-autoscaling", "DeregisterScalableTarget", named)
        self._changes.delete(name)
        return {}

    def recover(self) -> None:
        """Put right what a killed server left half-way; model servers start at the first request."""
        for record in self._resources.all():
            name = record["EndpointName"]
            if record["EndpointStatus"] == "Creating":
                self._resources.change(name, partial(failed, reason=KILLED))
            elif record["EndpointStatus"] == "Updating":
                reason = "The update was rolled back: the server ended while it was under way; update it again"
                self._resources.change(name, partial(rolled_back, reason=reason))
                self._traffic.drop_models(name, but=record["_Serving"]["Generation"])
            elif record["EndpointStatus"] == "Deleting":
                self._changes.take_down(name)
        self._metrics.start()
        self._data_capture.start()

    def stop(self) -> None:
        """End changes under way, and store what is not stored yet."""
        self._changes.stop()
        self._data_capture.stop()
        self._metrics.stop()

    def _configured(self, name: str, config_name: str, retained: Record | None = None) -> tuple[Record, Serving]:
        """Return a configuration, with what is retained of the variant instead of its own, and what it serves."""
        config = self._context.call("sagemaker", "DescribeEndpointConfig", {"EndpointConfigName": config_name})
        variant = config["ProductionVariants"][0]
        if "ServerlessConfig" not in variant:
            variant |= retained or {}
        container = model_container(self._context, variant["ModelName"])
        return config, Serving.new(name, config, container)

    def _mark(self, record: Record, status: str, verb: str, allowed: tuple[str, ...]) -> None:
        if record["EndpointStatus"] not in allowed:
            state = "in-progress" if record["EndpointStatus"] in _CHANGING else record["EndpointStatus"]
            raise AwsError("ValidationException", f'Cannot {verb} {state} endpoint "{record["EndpointArn"]}".')
        record.update({"EndpointStatus": status, "LastModifiedTime": now()})

    def _to_serve(self, name: str) -> Serving:
        """Return what an endpoint serves now.

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


def _retained(request: Request, record: Record) -> Record:
    """Return what an update is to leave as it is, in the terms of an endpoint configuration."""
    if not request.get("RetainAllVariantProperties"):
        return {}
    excluded = {item["VariantPropertyType"] for item in request.get("ExcludeRetainedVariantProperties", [])}
    members = {"DesiredInstanceCount": "InitialInstanceCount", "DesiredWeight": "InitialVariantWeight"}
    (variant,) = record.get("ProductionVariants", [{}])
    return {
        initial: variant[desired]
        for desired, initial in members.items()
        if desired in variant and desired not in excluded
    }
