"""The arguments of ``ResolveDeployment`` and ``ClaimEndpoint``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SERVERLESS = "Serverless"
RESOLVE, CLAIM = "Resolve", "Claim"


@dataclass(frozen=True)
class Request:
    """The step's arguments.

    Attributes
    ----------
    phase
        :data:`RESOLVE` at the start of the deploy pipeline, :data:`CLAIM` right before an endpoint is touched.
    execution_arn
        The execution that asks.
    deploy_pipeline
        The pipeline that approvals start.
    endpoint_type
        :data:`SERVERLESS`, or on instances.
    min_instances, max_instances
        Bounds of the instance count for automatic scaling.
    """

    phase: str
    package_arn: str
    endpoint_name: str
    execution_arn: str
    deploy_pipeline: str
    endpoint_type: str
    instance_type: str
    min_instances: int
    max_instances: int

    @classmethod
    def of(cls, event: dict[str, Any]) -> Request:
        """Read the function's event; executions of an older definition do not pass the instances."""
        return cls(
            phase=event["Phase"],
            package_arn=event["ModelPackageArn"],
            endpoint_name=event["EndpointName"],
            execution_arn=event["ExecutionArn"],
            deploy_pipeline=event["DeployPipeline"],
            endpoint_type=event.get("EndpointType", ""),
            instance_type=event.get("InstanceType", ""),
            min_instances=int(event.get("MinInstanceCount", 1)),
            max_instances=int(event.get("MaxInstanceCount", 1)),
        )
