"""Endpoints: model-server processes, changed without dropping a request.

An update starts the new servers beside the old ones, sends requests to them as its deployment configuration says once
they answer ``/ping``, and ends the old ones after their last request. An update that fails leaves the old servers where
they are. After a restart of local_aws an endpoint is in service again: its model servers start at the first requests.
"""

from __future__ import annotations

from functools import partial

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, Records, now
from local_aws.kernel.work import SERVER_STOPPED, Work
from local_aws.services.applicationautoscaling import targets
from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.hosting.data_capture import DataCapture
from local_aws.services.sagemaker.hosting.deployment_config import DEPLOYMENT_MEMBERS, Plan, alarm_names, plan
from local_aws.services.sagemaker.hosting.endpoint_changes import EndpointChanges
from local_aws.services.sagemaker.hosting.endpoint_records import desire, failed, pending, rolled_back
from local_aws.services.sagemaker.hosting.fleet import MAX_INSTANCES
from local_aws.services.sagemaker.hosting.metrics import EndpointMetrics
from local_aws.services.sagemaker.hosting.rollout import require_alarms
from local_aws.services.sagemaker.hosting.runtime import INVOCATION, Runtime
from local_aws.services.sagemaker.hosting.serving import Serving
from local_aws.services.sagemaker.hosting.traffic import Traffic
from local_aws.services.sagemaker.jobs.endings import STOPPED_WITH_SERVER
from local_aws.services.sagemaker.models import served_model
from local_aws.services.sagemaker.resources import Kind, Resources
from local_aws.services.sagemaker.tags import Tags
from local_aws.services.service_quotas.quotas import ENDPOINT, Quotas

KIND = Kind(
    resource="endpoint",
    member="Endpoint",
    summary=("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus"),
    list_member="Endpoints",
    taken='Cannot create already existing endpoint "{arn}".',
    missing='Could not find endpoint "{arn}".',
)
_DEPLOYMENT = tuple(f"DeploymentConfig.{member}" for member in DEPLOYMENT_MEMBERS)
_CREATE = ("EndpointName", "EndpointConfigName", *_DEPLOYMENT, "Tags")
_UPDATE = Members(
    (
        *("EndpointName", "EndpointConfigName", *_DEPLOYMENT, "RetainDeploymentConfig"),
        *("RetainAllVariantProperties", "ExcludeRetainedVariantProperties"),
    )
)
_SCALE = Members(
    (
        "EndpointName",
        *(f"DesiredWeightsAndCapacities.{name}" for name in ("VariantName", "DesiredWeight", "DesiredInstanceCount")),
    )
)
_CHANGING = ("Creating", "Updating", "Deleting")
_SERVING = ("InService", "Updating")


class Endpoints:
    """Endpoints: created, updated, scaled, deleted and invoked."""

    def __init__(self, context: Context, work: Work, tags: Tags) -> None:
        self._context = context
        self._resources = Resources(context, tags, KIND)
        self._quotas = Quotas.of_environment()
        self._traffic = Traffic(context, self._to_serve)
        self._changes = EndpointChanges(context, work, self._resources, self._traffic)
        self._metrics = EndpointMetrics(context)
        self._data_capture = DataCapture(context)
        self._runtime = Runtime(context.settings, self._traffic, self._metrics, self._data_capture)

    def operations(self) -> dict[str, Operation]:
        """Return the contract."""
        return {
            **self._resources.table(self.create, _CREATE),
            "UpdateEndpoint": Operation(self.update, _UPDATE),
            "UpdateEndpointWeightsAndCapacities": Operation(self.scale, _SCALE),
            "DeleteEndpoint": Operation(self.delete),
        }

    def runtime_operations(self) -> dict[str, Operation]:
        """Return the contract of the service ``sagemaker-runtime``."""
        return {"InvokeEndpoint": Operation(self._runtime.invoke, INVOCATION, error="ValidationError")}

    def create(self, request: Request) -> Answer:
        """Serve CreateEndpoint: ``Creating`` until every model server answers.

        A deployment configuration has nothing to shift here; it is what an update retains.
        """
        name, deployment_config = request["EndpointName"], request.get("DeploymentConfig")
        config, serving = self._configured(name, request["EndpointConfigName"])
        require_alarms(self._context, alarm_names(deployment_config or {}))
        record = {
            "EndpointName": name,
            "EndpointConfigName": request["EndpointConfigName"],
            "EndpointStatus": "Creating",
            "LastModifiedTime": now(),
            "Tags": request.get("Tags", ()),
            "_DeploymentConfig": deployment_config,
        }
        with self._context.records.together():
            self._require_quota(config["ProductionVariants"][0].get("InstanceType"), serving.instance_count)
            arn = self._resources.create(record)
        self._changes.create(config, serving)
        return {"EndpointArn": arn}

    def update(self, request: Request) -> Answer:
        """Serve UpdateEndpoint: ``Updating`` until the new fleet has taken over, or the old one has taken back."""
        name = request["EndpointName"]
        before = self._resources.get(name)
        config, serving = self._configured(name, request["EndpointConfigName"], _retained(request, before))
        deployment_config = request.get("DeploymentConfig")
        if deployment_config is None and request.get("RetainDeploymentConfig"):
            deployment_config = before.get("LastDeploymentConfig")
        rollout = Plan() if deployment_config is None else plan(deployment_config, serving.instance_count)
        require_alarms(self._context, rollout.alarms)
        (variant,) = config["ProductionVariants"]

        def mark(record: Record) -> None:
            self._mark(record, "Updating", "update", ("InService",))
            _require_no_turn_to_serverless(record, variant)
            _require_deregistered(self._context.records, record, variant)
            self._require_quota(variant.get("InstanceType"), serving.instance_count)
            if deployment_config is not None:
                _require_same_variant(record, serving)
            pending(record, config, serving, deployment_config)

        record = self._resources.change(name, mark)
        self._changes.update(config, serving, rollout)
        return {"EndpointArn": record["EndpointArn"]}

    def scale(self, request: Request) -> Answer:
        """Serve UpdateEndpointWeightsAndCapacities: model servers are added, or end after their last request."""
        (desired,) = request["DesiredWeightsAndCapacities"][:1] or [{}]
        count = desired.get("DesiredInstanceCount")

        def mark(record: Record) -> None:
            self._mark(record, "Updating", "update", ("InService",))
            (variant,) = record["ProductionVariants"]
            names = [item["VariantName"] for item in request["DesiredWeightsAndCapacities"]]
            if names != [variant["VariantName"]]:
                raise invalid(f"Endpoint has the variant {variant['VariantName']}, not {names}")
            if count is not None:
                _require_instances(variant, count)
                more = max(0, count - variant["CurrentInstanceCount"])
                self._require_quota(record.get("_InstanceType"), more)
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
        """End the changes that a killed server left under way; model servers start at the first request."""
        for record in self._resources.list():
            name = record["EndpointName"]
            if record["EndpointStatus"] == "Creating":
                self._resources.change(name, partial(failed, reason=STOPPED_WITH_SERVER))
            elif record["EndpointStatus"] == "Updating":
                reason = f"The update was rolled back: {SERVER_STOPPED}; update it again"
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
        """Return a configuration, with the retained properties of the variant, and what it serves."""
        config = self._context.call("sagemaker", "DescribeEndpointConfig", {"EndpointConfigName": config_name})
        variant = config["ProductionVariants"][0]
        if "ServerlessConfig" not in variant:
            variant |= retained or {}
        return config, Serving.new(name, config, served_model(self._context, variant["ModelName"]))

    def _require_quota(self, instance_type: str | None, count: int) -> None:
        """Refuse more instances than the account may have; an update has those of the old fleet and the new one."""
        self._quotas.require(ENDPOINT, instance_type, count, lambda: self._in_use(instance_type))

    def _in_use(self, instance_type: str | None) -> int:
        """Count the instances of a type that endpoints in service run on."""
        serving = (item["_Serving"] for item in self._resources.list() if item.get("_InstanceType") == instance_type)
        return sum(each.get("InstanceCount", 1) for each in serving)

    def _mark(self, record: Record, status: str, verb: str, allowed: tuple[str, ...]) -> None:
        if record["EndpointStatus"] not in allowed:
            state = "in-progress" if record["EndpointStatus"] in _CHANGING else record["EndpointStatus"]
            raise invalid(f'Cannot {verb} {state} endpoint "{record["EndpointArn"]}".')
        record.update({"EndpointStatus": status, "LastModifiedTime": now()})

    def _to_serve(self, name: str) -> Serving:
        """Return what an endpoint serves now, or raise the error of InvokeEndpoint."""
        record = self._resources.find(name)
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
    """Return the variant properties that an update retains, as members of an endpoint configuration."""
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


def _require_same_variant(endpoint: Record, serving: Serving) -> None:
    """Refuse a deployment to a variant of another name."""
    (variant,) = endpoint["ProductionVariants"]
    if variant["VariantName"] != serving.variant:
        raise invalid(
            f"A deployment needs the variant name {variant['VariantName']} in the new configuration too, which has "
            f"{serving.variant}"
        )


def _require_instances(variant: Record, count: int) -> None:
    """Refuse to count a serverless variant's instances, and more instances than one host has."""
    if "CurrentInstanceCount" not in variant:
        raise invalid(f"Variant {variant['VariantName']} is serverless, and has no instances")
    if not 1 <= count <= MAX_INSTANCES:
        raise invalid(f"DesiredInstanceCount must be 1 to {MAX_INSTANCES} on this one host, not {count}")


def _require_no_turn_to_serverless(endpoint: Record, variant: Record) -> None:
    """Refuse to make an endpoint on instances serverless; the other way round is allowed."""
    if "ServerlessConfig" in variant and any("CurrentInstanceCount" in old for old in endpoint["ProductionVariants"]):
        raise invalid(
            f'Cannot update instance-based endpoint "{endpoint["EndpointArn"]}" to a serverless one; create a new '
            "endpoint, or delete this one first."
        )


def _require_deregistered(records: Records, endpoint: Record, variant: Record) -> None:
    """Refuse to remove a variant that is scaled automatically, or to change its instance type."""
    (old,) = endpoint["ProductionVariants"]
    name, instance_type = old["VariantName"], variant.get("InstanceType")
    # Records of older versions do not have the instance type.
    same = name == variant["VariantName"] and endpoint.get("_InstanceType", instance_type) == instance_type
    if not same and any(target["ResourceId"].endswith(f"/{name}") for target in targets.of_endpoint(records, endpoint)):
        raise invalid(
            f'The variant(s) "[{name}]" must be deregistered as a scalable target with AWS Auto Scaling before it can '
            "be removed or have its instance type updated."
        )
