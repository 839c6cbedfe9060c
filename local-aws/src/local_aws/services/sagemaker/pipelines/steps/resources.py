"""The steps that create a resource: Model, RegisterModel, EndpointConfig and Endpoint."""

from __future__ import annotations

from local_aws.kernel.errors import AwsError
from local_aws.services.sagemaker.pipelines.errors import StepFailedError
from local_aws.services.sagemaker.pipelines.step_type import Attempt, Result, StepType

_UPDATE_MEMBERS = frozenset({"EndpointName", "EndpointConfigName"})


class ModelStep(StepType):
    """Runs ``CreateModel``."""

    operation = "CreateModel"
    filled_in = frozenset({"ModelName"})
    members = frozenset({"RetryPolicies"})

    def run(self, attempt: Attempt) -> Result:
        """Create the model."""
        return _created(attempt, "Model", attempt.resource_name(attempt.arguments.get("ModelName")))


class RegisterModelStep(StepType):
    """Runs ``CreateModelPackage``, after asking to create the group each time."""

    operation = "CreateModelPackage"
    members = frozenset({"RetryPolicies"})

    def run(self, attempt: Attempt) -> Result:
        """Register the model; the package names the execution that generated it."""
        request = dict(attempt.arguments)
        request["MetadataProperties"] = {
            "GeneratedBy": attempt.execution_arn,
            **attempt.arguments.get("MetadataProperties", {}),
        }
        group = request.get("ModelPackageGroupName", "")
        # A name can be created, an ARN only found.
        if group and not group.startswith("arn:"):
            _create_group(attempt, group)
        arn = attempt.call("CreateModelPackage", request)["ModelPackageArn"]
        properties = attempt.call("DescribeModelPackage", {"ModelPackageName": arn})
        return Result({"RegisterModel": {"Arn": arn}}, properties)


def _create_group(attempt: Attempt, name: str) -> None:
    """Create the group without asking whether it exists, as SageMaker does; only its being there is not an error."""
    try:
        attempt.call("CreateModelPackageGroup", {"ModelPackageGroupName": name})
    except AwsError as refused:
        if refused.code != "ValidationException" or "already exists" not in refused.message:
            raise


class EndpointConfigStep(StepType):
    """Runs ``CreateEndpointConfig``."""

    operation = "CreateEndpointConfig"
    filled_in = frozenset({"EndpointConfigName"})
    refused = frozenset({"DataCaptureConfig", "ExplainerConfig"})
    members = frozenset({"RetryPolicies"})
    cache_attributes = ("AsyncInferenceConfig", "EndpointConfigName", "ProductionVariants", "ShadowProductionVariants")

    def run(self, attempt: Attempt) -> Result:
        """Create the configuration; a name in the definition gets the execution's id and a random end, as others do."""
        return _created(attempt, "EndpointConfig", attempt.resource_name(attempt.arguments.get("EndpointConfigName")))


class EndpointStep(StepType):
    """Runs ``CreateEndpoint``, or ``UpdateEndpoint`` when the endpoint exists, and waits until it serves."""

    operation = "CreateEndpoint"
    refused = frozenset({"DeploymentConfig"})
    cache_attributes = ("EndpointConfigName", "EndpointName")

    def run(self, attempt: Attempt) -> Result:
        """Create or update the endpoint; the step fails unless it then serves the configuration."""
        identity = {"EndpointName": attempt.arguments["EndpointName"]}
        if _exists(attempt, identity):
            request = {name: value for name, value in attempt.arguments.items() if name in _UPDATE_MEMBERS}
            answer = attempt.call("UpdateEndpoint", request)
        else:
            answer = attempt.call("CreateEndpoint", attempt.arguments)
        metadata = {"Endpoint": {"Arn": answer["EndpointArn"]}}
        attempt.started(metadata)
        attempt.work.wait(f"endpoint/{identity['EndpointName']}")
        endpoint = attempt.call("DescribeEndpoint", identity)
        wanted = attempt.arguments["EndpointConfigName"]
        serves = endpoint["EndpointStatus"] == "InService" and endpoint.get("EndpointConfigName") == wanted
        # In service with a failure reason: rolled back, even if to a configuration of that name.
        if not serves or "FailureReason" in endpoint:
            reason = endpoint.get("FailureReason") or f"its status is {endpoint['EndpointStatus']}"
            raise StepFailedError(f"endpoint {identity['EndpointName']} does not serve {wanted}: {reason}")
        return Result(metadata, endpoint)


def _created(attempt: Attempt, resource: str, name: str) -> Result:
    identity = {f"{resource}Name": name}
    arn = attempt.call(f"Create{resource}", {**attempt.arguments, **identity})[f"{resource}Arn"]
    return Result({resource: {"Arn": arn}}, attempt.call(f"Describe{resource}", identity))


def _exists(attempt: Attempt, identity: dict[str, str]) -> bool:
    try:
        attempt.call("DescribeEndpoint", identity)
    except AwsError as error:
        if error.code == "ValidationException" and error.message.startswith("Could not find"):
            return False
        raise
    return True
