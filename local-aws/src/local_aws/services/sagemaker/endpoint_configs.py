"""Endpoint configurations: which model an endpoint serves. One variant on a few instances is what is served here."""

from __future__ import annotations

from local_aws.contracts.honoured import only, only_value
from local_aws.kernel.context import Answer, Context, Handler, Request, Service
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.sagemaker.hosting.fleet import MOST_INSTANCES
from local_aws.services.sagemaker.hosting.serving import ROUTING_STRATEGIES
from local_aws.services.sagemaker.job_board import JobBoard
from local_aws.services.sagemaker.models import model_container
from local_aws.services.sagemaker.resources import Kind, Resources
from local_aws.services.sagemaker.tags import Tags

KIND = Kind(
    resource="endpoint-config",
    member="EndpointConfig",
    summary=("EndpointConfigName", "EndpointConfigArn", "CreationTime"),
    list_member="EndpointConfigs",
)

_HONOURED = {
    *("EndpointConfigName", "ProductionVariants", "Tags", "DataCaptureConfig"),
    # Of AWS's infrastructure; nothing of it is observable on one machine.
    *("ExecutionRoleArn", "KmsKeyId", "VpcConfig", "EnableNetworkIsolation"),
}
_VARIANT_HONOURED = {
    *("VariantName", "ModelName", "InitialInstanceCount", "InitialVariantWeight", "InstanceType", "ServerlessConfig"),
    *("VolumeSizeInGB", "ModelDataDownloadTimeoutInSeconds", "ContainerStartupHealthCheckTimeoutInSeconds"),
    *("InferenceAmiVersion", "RoutingConfig"),
}


def build(context: Context, board: JobBoard, tags: Tags) -> Service:
    """Return the operations on endpoint configurations."""
    return Service(EndpointConfigs(context, tags).operations)


class EndpointConfigs:
    """Creates, describes, lists and deletes endpoint configurations."""

    def __init__(self, context: Context, tags: Tags) -> None:
        self._context = context
        self._resources = Resources(
            context,
            tags,
            KIND,
            lambda arn: AwsError(
                "ValidationException", f'Cannot create already existing endpoint configuration "{arn}".'
            ),
            lambda arn: AwsError("ValidationException", f'Could not find endpoint configuration "{arn}".'),
        )

    @property
    def operations(self) -> dict[tuple[str, str], Handler]:
        """The operations that this part owns."""
        return {
            ("sagemaker", "CreateEndpointConfig"): self.create,
            ("sagemaker", "DescribeEndpointConfig"): self._resources.describe,
            ("sagemaker", "ListEndpointConfigs"): self._resources.list,
            ("sagemaker", "DeleteEndpointConfig"): self.delete,
        }

    def create(self, request: Request) -> Answer:
        """Serve CreateEndpointConfig."""
        only(request, _HONOURED, "CreateEndpointConfig")
        variants = request["ProductionVariants"]
        if len(variants) != 1:
            raise AwsError("ValidationException", f"one production variant is served here, not {len(variants)}")
        self._check_variant(variants[0])
        if "ServerlessConfig" in variants[0] and request.get("DataCaptureConfig", {}).get("EnableCapture", False):
            raise AwsError("ValidationException", "Data capture is not supported for serverless endpoints.")
        record = {key: value for key, value in request.items() if key != "Tags"}
        return {"EndpointConfigArn": self._resources.add(record, request.get("Tags", ()))}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteEndpointConfig; endpoints that were made by it go on, as on AWS."""
        self._resources.remove(request["EndpointConfigName"])
        return {}

    def _check_variant(self, variant: Record) -> None:
        where = f"production variant {variant['VariantName']!r}"
        only(variant, _VARIANT_HONOURED, where)
        routing = variant.get("RoutingConfig", {})
        only(routing, {"RoutingStrategy"}, f"RoutingConfig of {where}")
        only_value(routing, "RoutingStrategy", ROUTING_STRATEGIES, f"RoutingConfig of {where}")
        if "ModelName" not in variant:
            raise AwsError("ValidationException", f"ModelName of {where} is required here")
        if "ServerlessConfig" not in variant:
            if "InstanceType" not in variant:
                raise AwsError("ValidationException", f"{where} needs an InstanceType or a ServerlessConfig")
            if variant.get("InitialInstanceCount", 1) > MOST_INSTANCES:
                raise AwsError(
                    "ValidationException",
                    f"InitialInstanceCount of {where} must be at most {MOST_INSTANCES}: there is one host here",
                )
        elif "ProvisionedConcurrency" in variant["ServerlessConfig"]:
            raise AwsError("ValidationException", f"local_aws does not honour ProvisionedConcurrency of {where}")
        elif "InstanceType" in variant or "InitialInstanceCount" in variant:
            raise AwsError("ValidationException", f"{where} has a ServerlessConfig: it takes no instances")
        model_container(self._context, variant["ModelName"])
