"""Models: which container serves which artifact; from a container definition or from an approved model package."""

from __future__ import annotations

from local_aws.contracts.honoured import only, only_value
from local_aws.kernel.context import Answer, Context, Handler, Request, Service
from local_aws.kernel.errors import AwsError
from local_aws.kernel.principals import SERVICE
from local_aws.kernel.records import Record
from local_aws.services.sagemaker.job_board import JobBoard
from local_aws.services.sagemaker.model_containers import ModelContainer
from local_aws.services.sagemaker.resources import Kind, Resources
from local_aws.services.sagemaker.tags import Tags

KIND = Kind(
    resource="model",
    member="Model",
    summary=("ModelName", "ModelArn", "CreationTime"),
    list_member="Models",
)


def build(context: Context, board: JobBoard, tags: Tags) -> Service:
    """Return the operations on models."""
    return Service(Models(context, tags).operations)


def model_container(context: Context, name: str) -> ModelContainer:
    """Return the container of a model.

    Raises
    ------
    AwsError
        ``ValidationException`` when there is no such model.
    """
    record = context.records.get(KIND.resource, name)
    if record is None:
        raise _missing(context.settings.arn("sagemaker", f"model/{name}"))
    return ModelContainer.of(record["_Container"])


class Models:
    """Creates, describes, lists and deletes models."""

    def __init__(self, context: Context, tags: Tags) -> None:
        self._context = context
        self._resources = Resources(
            context,
            tags,
            KIND,
            lambda arn: AwsError("ValidationException", f'Cannot create already existing model "{arn}".'),
            _missing,
        )

    @property
    def operations(self) -> dict[tuple[str, str], Handler]:
        """The operations that this part owns."""
        return {
            ("sagemaker", "CreateModel"): self.create,
            ("sagemaker", "DescribeModel"): self._resources.describe,
            ("sagemaker", "ListModels"): self._resources.list,
            ("sagemaker", "DeleteModel"): self.delete,
        }

    def create(self, request: Request) -> Answer:
        """Serve CreateModel."""
        only(
            request,
            {
                *("ModelName", "PrimaryContainer", "Containers", "ExecutionRoleArn", "VpcConfig"),
                *("EnableNetworkIsolation", "Tags"),
            },
            "CreateModel",
        )
        definition = _single_container(request)
        container = self._resolve(definition, request.get("ExecutionRoleArn", SERVICE))
        container.check_model_data(self._context)
        container.check_environment()
        record = {key: value for key, value in request.items() if key != "Tags"}
        return {"ModelArn": self._resources.add({**record, "_Container": container.record()}, request.get("Tags", ()))}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteModel; endpoints that serve the model already go on, as on AWS."""
        self._resources.remove(request["ModelName"])
        return {}

    def _resolve(self, definition: Record, role_arn: str) -> ModelContainer:
        environment = definition.get("Environment", {})
        if "ModelPackageName" in definition:
            source = self._packaged(definition["ModelPackageName"])
            environment = {**source.get("Environment", {}), **environment}
        else:
            source = definition
        for member in ("Image", "ModelDataUrl"):
            if not source.get(member):
                raise AwsError("ValidationException", f"{member} of the model's container is required")
        return ModelContainer(source["Image"], source["ModelDataUrl"], environment, role_arn)

    def _packaged(self, package_name: str) -> Record:
        """Return the container of a model package, which must be approved."""
        package = self._context.call("sagemaker", "DescribeModelPackage", {"ModelPackageName": package_name})
        status = package.get("ModelApprovalStatus")
        if status != "Approved":
            raise AwsError(
                "ValidationException",
                f"Cannot create a model from model package {package['ModelPackageArn']}: its approval status is "
                f"{status}, and only Approved packages can be deployed",
            )
        containers = package.get("InferenceSpecification", {}).get("Containers", [])
        if len(containers) != 1:
            raise AwsError(
                "ValidationException",
                f"model package {package_name} has {len(containers)} containers; one is served here",
            )
        return containers[0]


def _missing(arn: str) -> AwsError:
    return AwsError("ValidationException", f'Could not find model "{arn}".')


def _single_container(request: Request) -> Record:
    definitions = [*request.get("Containers", ())]
    if "PrimaryContainer" in request:
        definitions.append(request["PrimaryContainer"])
    if len(definitions) != 1:
        raise AwsError(
            "ValidationException",
            f"give one container, as PrimaryContainer or in Containers; the request has {len(definitions)}",
        )
    where = "the model's container"
    only_value(definitions[0], "Mode", ("SingleModel",), where)
    only(
        definitions[0],
        {"ContainerHostname", "Image", "Mode", "ModelDataUrl", "Environment", "ModelPackageName"},
        where,
    )
    return definitions[0]
