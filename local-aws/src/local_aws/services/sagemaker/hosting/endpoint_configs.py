"""Endpoint configurations: which model an endpoint serves. One variant on a few instances is what is served here."""

from __future__ import annotations

from local_aws.contracts.operations import Operation
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.records import Record
from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.hosting.fleet import MAX_INSTANCES
from local_aws.services.sagemaker.hosting.serving import ROUTING_STRATEGIES
from local_aws.services.sagemaker.models import served_model
from local_aws.services.sagemaker.resources import Kind, Resources
from local_aws.services.sagemaker.tags import Tags

_KIND = Kind(
    resource="endpoint-config",
    member="EndpointConfig",
    summary=("EndpointConfigName", "EndpointConfigArn", "CreationTime"),
    list_member="EndpointConfigs",
    taken='Cannot create already existing endpoint configuration "{arn}".',
    missing='Could not find endpoint configuration "{arn}".',
)
_VARIANT = (
    *("VariantName", "ModelName", "InitialInstanceCount", "InitialVariantWeight", "InstanceType", "VolumeSizeInGB"),
    *("ModelDataDownloadTimeoutInSeconds", "ContainerStartupHealthCheckTimeoutInSeconds", "InferenceAmiVersion"),
    *("RoutingConfig.RoutingStrategy", "ServerlessConfig.MemorySizeInMB", "ServerlessConfig.MaxConcurrency"),
)
_HONOURED = (
    *("EndpointConfigName", "Tags", "DataCaptureConfig"),
    *(f"ProductionVariants.{member}" for member in _VARIANT),
    # Of AWS's infrastructure; nothing of it is observable on one machine.
    *("ExecutionRoleArn", "KmsKeyId", "VpcConfig", "EnableNetworkIsolation"),
)
_VALUES: dict[str, tuple[object, ...]] = {"ProductionVariants.RoutingConfig.RoutingStrategy": ROUTING_STRATEGIES}


class EndpointConfigs:
    """The endpoint configurations."""

    def __init__(self, context: Context, tags: Tags) -> None:
        self._context = context
        self._resources = Resources(context, tags, _KIND)

    def operations(self) -> dict[str, Operation]:
        """Return the contract; endpoints of a deleted configuration go on, as on AWS."""
        return {
            **self._resources.table(self.create, _HONOURED, _VALUES),
            "DeleteEndpointConfig": Operation(self._resources.delete),
        }

    def create(self, request: Request) -> Answer:
        """Serve CreateEndpointConfig."""
        variants = request["ProductionVariants"]
        if len(variants) != 1:
            raise invalid(f"one production variant is served here, not {len(variants)}")
        self._check_variant(variants[0])
        if "ServerlessConfig" in variants[0] and request.get("DataCaptureConfig", {}).get("EnableCapture", False):
            raise invalid("Data capture is not supported for serverless endpoints.")
        return {"EndpointConfigArn": self._resources.create(request)}

    def _check_variant(self, variant: Record) -> None:
        where = f"production variant {variant['VariantName']!r}"
        if "ModelName" not in variant:
            raise invalid(f"ModelName of {where} is required here")
        if "ServerlessConfig" not in variant:
            if "InstanceType" not in variant:
                raise invalid(f"{where} needs an InstanceType or a ServerlessConfig")
            if variant.get("InitialInstanceCount", 1) > MAX_INSTANCES:
                raise invalid(
                    f"InitialInstanceCount of {where} must be at most {MAX_INSTANCES}: there is one host here"
                )
        elif "InstanceType" in variant or "InitialInstanceCount" in variant:
            raise invalid(f"{where} has a ServerlessConfig: it has no instances")
        if served_model(self._context, variant["ModelName"]).is_pipeline and "ServerlessConfig" in variant:
            raise invalid(f"{where} has a ServerlessConfig, and its model several containers")
