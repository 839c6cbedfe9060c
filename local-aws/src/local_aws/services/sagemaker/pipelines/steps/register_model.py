"""The RegisterModel step: a new model package."""

from __future__ import annotations

from local_aws.kernel.errors import AwsError
from local_aws.services.sagemaker.pipelines.step_type import Attempt, Result, StepType


class RegisterModelStep(StepType):
    """Runs ``CreateModelPackage``, making the group first if it is not there."""

    operation = "CreateModelPackage"
    members = frozenset({"RetryPolicies"})

    def run(self, attempt: Attempt) -> Result:
        """Register the model; the package says which execution generated it."""
        request = dict(attempt.arguments)
        request["MetadataProperties"] = {
            "GeneratedBy": attempt.execution_arn,
            **attempt.arguments.get("MetadataProperties", {}),
        }
        if "ModelPackageGroupName" in request:
            _ensure_group(attempt, request["ModelPackageGroupName"])
        arn = attempt.call("CreateModelPackage", request)["ModelPackageArn"]
        properties = attempt.call("DescribeModelPackage", {"ModelPackageName": arn})
        return Result({"RegisterModel": {"Arn": arn}}, properties)


def _ensure_group(attempt: Attempt, name: str) -> None:
    try:
        attempt.call("DescribeModelPackageGroup", {"ModelPackageGroupName": name})
    except AwsError as absent:
        if absent.code != "ValidationException" or name.startswith("arn:"):
            raise
        try:
            attempt.call("CreateModelPackageGroup", {"ModelPackageGroupName": name})
        except AwsError as refused:
            # Another execution may have made it just now.
            if "already exists" not in refused.message:
                raise
