"""The Model step: a SageMaker model."""

from __future__ import annotations

from local_aws.services.sagemaker.pipelines.step_type import Attempt, Result, StepType


class ModelStep(StepType):
    """Runs ``CreateModel``."""

    operation = "CreateModel"
    filled_in = frozenset({"ModelName"})
    members = frozenset({"RetryPolicies"})

    def run(self, attempt: Attempt) -> Result:
        """Make the model."""
        name = attempt.resource_name(attempt.arguments.get("ModelName"))
        arn = attempt.call("CreateModel", {**attempt.arguments, "ModelName": name})["ModelArn"]
        return Result({"Model": {"Arn": arn}}, attempt.call("DescribeModel", {"ModelName": name}))
