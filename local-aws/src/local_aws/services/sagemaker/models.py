"""Models: which container serves which artifact; from a container definition or from an approved model package."""

from __future__ import annotations

from local_aws.contracts.operations import Operation
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.principals import SERVICE
from local_aws.kernel.records import Record
from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.model_containers import ModelContainer
from local_aws.services.sagemaker.resources import Kind, Resources
from local_aws.services.sagemaker.tags import Tags

_KIND = Kind(
    resource="model",
    member="Model",
    summary=("ModelName", "ModelArn", "CreationTime"),
    list_member="Models",
    taken='Cannot create already existing model "{arn}".',
    missing='Could not find model "{arn}".',
)
_CONTAINER = ("ContainerHostname", "Image", "Mode", "ModelDataUrl", "Environment", "ModelPackageName")
_HONOURED = (
    *("ModelName", "ExecutionRoleArn", "VpcConfig", "EnableNetworkIsolation", "Tags"),
    *(f"{member}.{name}" for member in ("PrimaryContainer", "Containers") for name in _CONTAINER),
)
_SINGLE: dict[str, tuple[object, ...]] = {
    "PrimaryContainer.Mode": ("SingleModel",),
    "Containers.Mode": ("SingleModel",),
}


def model_container(context: Context, name: str) -> ModelContainer:
    """Return the container of a model; a model that does not exist raises ``ValidationException``."""
    record = context.records.get(_KIND.resource, name)
    if record is None:
        raise _KIND.missing_error(context.settings.arn("sagemaker", f"model/{name}"))
    return ModelContainer.of(record["_Container"])


class Models:
    """The models."""

    def __init__(self, context: Context, tags: Tags) -> None:
        self._context = context
        self._resources = Resources(context, tags, _KIND)

    def operations(self) -> dict[str, Operation]:
        """Return the contract; endpoints that serve a deleted model already go on, as on AWS."""
        return {
            **self._resources.table(self.create, _HONOURED, _SINGLE),
            "DeleteModel": Operation(self._resources.delete),
        }

    def create(self, request: Request) -> Answer:
        """Serve CreateModel."""
        definition = _single_container(request)
        container = self._resolve(definition, request.get("ExecutionRoleArn", SERVICE))
        container.check_model_data(self._context)
        container.check_environment(self._context)
        return {"ModelArn": self._resources.create({**request, "_Container": container.record()})}

    def _resolve(self, definition: Record, role_arn: str) -> ModelContainer:
        environment = definition.get("Environment", {})
        if "ModelPackageName" in definition:
            source = self._packaged(definition["ModelPackageName"])
            environment = {**source.get("Environment", {}), **environment}
        else:
            source = definition
        for member in ("Image", "ModelDataUrl"):
            if not source.get(member):
                raise invalid(f"{member} of the model's container is required")
        return ModelContainer(source["Image"], source["ModelDataUrl"], environment, role_arn)

    def _packaged(self, package_name: str) -> Record:
        """Return the container of a model package, which must be approved."""
        package = self._context.call("sagemaker", "DescribeModelPackage", {"ModelPackageName": package_name})
        status = package.get("ModelApprovalStatus")
        if status != "Approved":
            raise invalid(
                f"Cannot create a model from model package {package['ModelPackageArn']}: its approval status is "
                f"{status}, and only Approved packages can be deployed"
            )
        containers = package.get("InferenceSpecification", {}).get("Containers", [])
        if len(containers) != 1:
            raise invalid(f"model package {package_name} has {len(containers)} containers; one is served here")
        return containers[0]


def _single_container(request: Request) -> Record:
    definitions = [*request.get("Containers", ())]
    if "PrimaryContainer" in request:
        definitions.append(request["PrimaryContainer"])
    if len(definitions) > 1:
        raise invalid(
            f"local_aws does not support multi-container models (the request has {len(definitions)} containers), "
            "neither inference pipelines nor direct invocation; make a model of each container"
        )
    if not definitions:
        raise invalid("give one container, as PrimaryContainer or in Containers; the request has none")
    return definitions[0]
