"""Scalable targets: variants of SageMaker endpoints whose instance count follows their load; and their tags."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from local_aws.contracts.tags import TagForm, TagOperations
from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, Records, now, public, selected

KIND = "scalable-target"
NAMESPACE = "sagemaker"
DIMENSION = "sagemaker:variant:DesiredInstanceCount"
IDENTITY = ("ServiceNamespace", "ResourceId", "ScalableDimension")
_ROLE = (
    f"arn:aws:iam::{ACCOUNT_ID}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)
_TAG_FORM = TagForm(resource="ResourceARN", key="", kept="_Tags")
SCALED = {"ServiceNamespace": (NAMESPACE,), "ScalableDimension": (DIMENSION,)}
"""The only values of the members that name what is scaled."""


class Targets:
    """Registers, describes and deregisters scalable targets."""

    def __init__(self, context: Context, on_change: Callable[[], None]) -> None:
        self._context = context
        self._records = context.records
        self._on_change = on_change
        self.tags = TagOperations(self._change, _TAG_FORM)

    def register(self, request: Request) -> Answer:
        """Serve RegisterScalableTarget; an existing target keeps what the request does not name."""
        key = request["ResourceId"]
        variant_of(self._context, key)
        before = self._records.get(KIND, key) or {
            **{member: request[member] for member in IDENTITY},
            "RoleARN": _ROLE,
            "CreationTime": now(),
            "ScalableTargetARN": self._arn(),
            _TAG_FORM.kept: request.get("Tags", {}),
        }
        after = before | selected(request, ("MinCapacity", "MaxCapacity", "RoleARN"))
        minimum, maximum = after.get("MinCapacity"), after.get("MaxCapacity")
        if minimum is None or maximum is None or not 0 < minimum <= maximum:
            raise AwsError(
                "ValidationException",
                f"MinCapacity {minimum} and MaxCapacity {maximum} must be given, 0 < MinCapacity <= MaxCapacity",
            )
        self._records.put(KIND, key, after)
        self._on_change()
        return {"ScalableTargetARN": after["ScalableTargetARN"]}

    def describe(self, request: Request) -> Answer:
        """Serve DescribeScalableTargets."""
        wanted = request.get("ResourceIds")
        targets = [
            public(target)
            for target in self._records.list(KIND)
            if matches(target, request) and (not wanted or target["ResourceId"] in wanted)
        ]
        return {"ScalableTargets": targets}

    def _change(self, arn: str, change: Callable[[Record], None]) -> Record:
        for target in self._records.list(KIND):
            if target["ScalableTargetARN"] == arn:
                return self._records.update(KIND, target["ResourceId"], change)
        raise AwsError("ResourceNotFoundException", f"There is no scalable target {arn}", members={"ResourceName": arn})

    def _arn(self) -> str:
        return self._context.settings.arn("application-autoscaling", f"scalable-target/{uuid.uuid4().hex[:24]}")


def matches(record: Record, request: Request) -> bool:
    """Return whether a record has the identity that a request names."""
    return all(request.get(member, record[member]) == record[member] for member in IDENTITY)


def require(record: Record | None, request: Request, what: str) -> Record:
    """Return the record that a request names; raise ``ObjectNotFoundException`` when there is none."""
    if record is None or not matches(record, request):
        raise AwsError(
            "ObjectNotFoundException",
            f"No {what} found for service namespace: {request['ServiceNamespace']}, resource ID: "
            f"{request['ResourceId']}, scalable dimension: {request['ScalableDimension']}",
        )
    return record


def of_endpoint(records: Records, endpoint: Record) -> list[Record]:
    """Return the targets that are variants of an endpoint, by its record."""
    prefix = f"endpoint/{endpoint['EndpointName']}/variant/"
    return [target for target in records.list(KIND) if target["ResourceId"].startswith(prefix)]


def variant_of(context: Context, resource_id: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the endpoint and the variant that a resource id names.

    An endpoint that is being deleted, or a variant without instances, raises ``ValidationException``.
    """
    parts = resource_id.split("/")
    if len(parts) != 4 or (parts[0], parts[2]) != ("endpoint", "variant"):
        raise AwsError("ValidationException", f"ResourceId {resource_id!r} is not endpoint/<name>/variant/<name>")
    endpoint = context.call("sagemaker", "DescribeEndpoint", {"EndpointName": parts[1]})
    if endpoint["EndpointStatus"] == "Deleting":
        reason = f'Could not find endpoint "{endpoint["EndpointArn"]}": it is being deleted.'
        raise AwsError("ValidationException", reason)
    for variant in endpoint.get("ProductionVariants", []):
        if variant["VariantName"] == parts[3] and "DesiredInstanceCount" in variant:
            return endpoint, variant
    raise AwsError("ValidationException", f"endpoint {parts[1]} has no variant {parts[3]} on instances")
