"""Scalable targets: the variants of SageMaker endpoints whose instances are counted by need; and their tags."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from local_aws.contracts.honoured import only, only_value
from local_aws.contracts.paging import page
from local_aws.kernel.context import ACCOUNT_ID, Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, Records, now, public

KIND = "scalable-target"
NAMESPACE = "sagemaker"
DIMENSION = "sagemaker:variant:DesiredInstanceCount"
IDENTITY = ("ServiceNamespace", "ResourceId", "ScalableDimension")
_ROLE = (
    f"arn:aws:iam::{ACCOUNT_ID}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)
_TAGS = "_Tags"


class Targets:
    """Registers, describes and deregisters scalable targets."""

    def __init__(self, context: Context, on_change: Callable[[], None]) -> None:
        self._context = context
        self._records = context.records
        self._on_change = on_change

    def register(self, request: Request) -> Answer:
        """Serve RegisterScalableTarget; a target that is there keeps what the request does not name."""
        check_identity(request)
        only(request, {*IDENTITY, "MinCapacity", "MaxCapacity", "RoleARN", "Tags"}, "RegisterScalableTarget")
        key = request["ResourceId"]
        variant_of(self._context, key)
        before = self._records.get(KIND, key) or {
            **{member: request[member] for member in IDENTITY},
            "RoleARN": _ROLE,
            "CreationTime": now(),
            "ScalableTargetARN": self._arn(),
            _TAGS: request.get("Tags", {}),
        }
        after = before | {name: request[name] for name in ("MinCapacity", "MaxCapacity", "RoleARN") if name in request}
        least, most = after.get("MinCapacity"), after.get("MaxCapacity")
        if least is None or most is None or not 0 < least <= most:
            raise AwsError(
                "ValidationException",
                f"MinCapacity {least} and MaxCapacity {most} must be given, the first over 0 and not over the second",
            )
        self._records.put(KIND, key, after)
        self._on_change()
        return {"ScalableTargetARN": after["ScalableTargetARN"]}

    def describe(self, request: Request) -> Answer:
        """Serve DescribeScalableTargets."""
        wanted = request.get("ResourceIds")
        found = [
            public(target)
            for target in self._records.list(KIND)
            if matches(target, request) and (not wanted or target["ResourceId"] in wanted)
        ]
        items, token = page(found, request, default=50)
        return {"ScalableTargets": items, **({"NextToken": token} if token else {})}

    def tag(self, request: Request) -> Answer:
        """Serve TagResource."""
        self._change_tags(request["ResourceARN"], lambda tags: tags.update(request["Tags"]))
        return {}

    def untag(self, request: Request) -> Answer:
        """Serve UntagResource."""

        def remove(tags: dict[str, str]) -> None:
            for key in request["TagKeys"]:
                tags.pop(key, None)

        self._change_tags(request["ResourceARN"], remove)
        return {}

    def tags(self, request: Request) -> Answer:
        """Serve ListTagsForResource."""
        return {"Tags": self._change_tags(request["ResourceARN"], lambda tags: None)}

    def _change_tags(self, arn: str, change: Callable[[dict[str, str]], None]) -> dict[str, str]:
        for target in self._records.list(KIND):
            if target["ScalableTargetARN"] == arn:
                record = self._records.update(KIND, target["ResourceId"], lambda record: change(record[_TAGS]))
                tags: dict[str, str] = record[_TAGS]
                return tags
        raise AwsError("ResourceNotFoundException", f"There is no scalable target {arn}", members={"ResourceName": arn})

    def _arn(self) -> str:
        return self._context.settings.arn("application-autoscaling", f"scalable-target/{uuid.uuid4().hex[:24]}")


def check_identity(request: Request) -> None:
    """Refuse what is not scaled here.

    Raises
    ------
    AwsError
        ``ValidationException`` naming it.
    """
    only_value(request, "ServiceNamespace", (NAMESPACE,), "application auto scaling")
    only_value(request, "ScalableDimension", (DIMENSION,), "application auto scaling")


def matches(record: Record, request: Request) -> bool:
    """Return whether a record is of what a request names."""
    return all(request.get(member, record[member]) == record[member] for member in IDENTITY)


def require(record: Record | None, request: Request, what: str) -> Record:
    """Return a record that a request names.

    Raises
    ------
    AwsError
        ``ObjectNotFoundException`` when it is not there.
    """
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

    Raises
    ------
    AwsError
        ``ValidationException`` when there is none, it is being deleted, or it has no instances.
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
