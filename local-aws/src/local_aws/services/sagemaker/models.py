"""Models: which containers serve which artifacts; from their definitions or from approved model packages."""

from __future__ import annotations

from local_aws.contracts.operations import Operation
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.principals import SERVICE
from local_aws.kernel.records import Record
from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.model_containers import ModelContainer
from local_aws.services.sagemaker.resources import Kind, Resources
from local_aws.services.sagemaker.served_models import ServedModel
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
    *("ModelName", "ExecutionRoleArn", "VpcConfig", "EnableNetworkIsolation", "Tags", "InferenceExecutionConfig"),
    *(f"{member}.{name}" for member in ("PrimaryContainer", "Containers") for name in _CONTAINER),
)
_SINGLE: dict[str, tuple[object, ...]] = {
    "PrimaryContainer.Mode": ("SingleModel",),
    "Containers.Mode": ("SingleModel",),
    "InferenceExecutionConfig.Mode": ("Serial",),
}


def served_model(context: Context, name: str) -> ServedModel:
    """Return what a model serves; a model that does not exist raises ``ValidationException``."""
    record = context.records.get(_KIND.resource, name)
    if record is None:
        raise _KIND.missing_error(context.settings.arn("sagemaker", f"model/{name}"))
    return ServedModel.of(record["_Container"])


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
        definitions = _definitions(request)
        sources = [source for definition in definitions for source in self._sources(definition)]
        if len(definitions) > 1 and len(sources) > len(definitions):
            raise invalid("a model package of several containers must be the model's only one")
        role_arn = request.get("ExecutionRoleArn", SERVICE)
        names = _hostnames(sources)
        model = ServedModel(
            tuple(_container(source, role_arn, name) for source, name in zip(sources, names, strict=True))
        )
        model.check(self._context)
        return {"ModelArn": self._resources.create({**request, "_Container": model.record()})}

    def _sources(self, definition: Record) -> list[Record]:
        """Return a definition with what its model package says; one for each container of the package."""
        if "ModelPackageName" not in definition:
            return [definition]
        named = {name: definition[name] for name in ("ContainerHostname",) if name in definition}
        more = definition.get("Environment", {})
        return [
            {**source, **named, "Environment": {**source.get("Environment", {}), **more}}
            for source in self._packaged(definition["ModelPackageName"])
        ]

    def _packaged(self, package_name: str) -> list[Record]:
        """Return the containers of a model package, which must be approved."""
        package = self._context.call("sagemaker", "DescribeModelPackage", {"ModelPackageName": package_name})
        status = package.get("ModelApprovalStatus")
        if status != "Approved":
            raise invalid(
                f"Cannot create a model from model package {package['ModelPackageArn']}: its approval status is "
                f"{status}, and only Approved packages can be deployed"
            )
        containers: list[Record] = package.get("InferenceSpecification", {}).get("Containers", [])
        if not containers:
            raise invalid(f"model package {package_name} has no container to be served")
        return containers


def _definitions(request: Request) -> list[Record]:
    """Return the definitions of a model's containers."""
    definitions = [*request.get("Containers", ())]
    if "PrimaryContainer" in request:
        definitions.append(request["PrimaryContainer"])
        if len(definitions) > 1:
            raise invalid("give PrimaryContainer or Containers; the request has both")
    if not definitions:
        raise invalid(
            "give one container, as PrimaryContainer or in Containers, or several in Containers; the request has none",
        )
    return definitions


def _hostnames(sources: list[Record]) -> list[str]:
    """Return the containers' names: of several each has its own, or all are named by their places."""
    if len(sources) == 1:
        return [""]
    names = [source["ContainerHostname"] for source in sources if source.get("ContainerHostname")]
    if not names:
        return [f"container-{number}" for number in range(1, len(sources) + 1)]
    if len(names) < len(sources) or len(set(names)) < len(names):
        raise invalid(
            f"ContainerHostname must be given for every container of an inference pipeline, each another; got {names}"
        )
    return names


def _container(source: Record, role_arn: str, hostname: str) -> ModelContainer:
    for member in ("Image", "ModelDataUrl"):
        if not source.get(member):
            raise invalid(f"{member} of the model's container {hostname or 1} is required")
    return ModelContainer(source["Image"], source["ModelDataUrl"], source.get("Environment", {}), role_arn, hostname)
