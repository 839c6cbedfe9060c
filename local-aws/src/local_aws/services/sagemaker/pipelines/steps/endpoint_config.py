"""The EndpointConfig step: an endpoint configuration."""

from __future__ import annotations

from local_aws.services.sagemaker.pipelines.step_type import Attempt, Result, StepType


class EndpointConfigStep(StepType):
    """Runs ``CreateEndpointConfig``."""

    operation = "CreateEndpointConfig"
    filled_in = frozenset({"EndpointConfigName"})
    members = frozenset({"RetryPolicies"})

    def run(self, attempt: Attempt) -> Result:
        """Make the configuration, under the name that the definition gives it if it gives one."""
        name = attempt.arguments.get("EndpointConfigName") or attempt.resource_name()
        request = {**attempt.arguments, "EndpointConfigName": name}
        arn = attempt.call("CreateEndpointConfig", request)["EndpointConfigArn"]
        properties = attempt.call("DescribeEndpointConfig", {"EndpointConfigName": name})
        return Result({"EndpointConfig": {"Arn": arn}}, properties)
