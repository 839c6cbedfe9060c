"""The Endpoint step: an endpoint that serves a configuration."""

from __future__ import annotations

from local_aws.kernel.errors import AwsError
from local_aws.services.sagemaker.pipelines.faults import StepFailedError
from local_aws.services.sagemaker.pipelines.step_type import Attempt, Result, StepType

_BOARD_KIND = "endpoint"
_UPDATE_MEMBERS = frozenset({"EndpointName", "EndpointConfigName", "DeploymentConfig"})


class EndpointStep(StepType):
    """Runs ``CreateEndpoint``, or ``UpdateEndpoint`` when the endpoint exists, and waits until it serves."""

    operation = "CreateEndpoint"

    def run(self, attempt: Attempt) -> Result:
        """Bring the endpoint to the configuration.

        Raises
        ------
        StepFailedError
            If it did not come into service with that configuration.
        """
        identity = {"EndpointName": attempt.arguments["EndpointName"]}
        if _exists(attempt, identity):
            request = {name: value for name, value in attempt.arguments.items() if name in _UPDATE_MEMBERS}
            answer = attempt.call("UpdateEndpoint", request)
        else:
            answer = attempt.call("CreateEndpoint", attempt.arguments)
        metadata = {"Endpoint": {"Arn": answer["EndpointArn"]}}
        attempt.started(metadata)
        attempt.board.wait(_BOARD_KIND, identity["EndpointName"])
        endpoint = attempt.call("DescribeEndpoint", identity)
        wanted = attempt.arguments["EndpointConfigName"]
        serves = endpoint["EndpointStatus"] == "InService" and endpoint.get("EndpointConfigName") == wanted
        # In service with a reason for a failure: rolled back, be it to a configuration of that name.
        if not serves or "FailureReason" in endpoint:
            reason = endpoint.get("FailureReason") or f"its status is {endpoint['EndpointStatus']}"
            raise StepFailedError(f"endpoint {identity['EndpointName']} does not serve {wanted}: {reason}")
        return Result(metadata, endpoint)


def _exists(attempt: Attempt, identity: dict[str, str]) -> bool:
    try:
        attempt.call("DescribeEndpoint", identity)
    except AwsError as error:
        if error.code == "ValidationException" and error.message.startswith("Could not find"):
            return False
        raise
    return True
