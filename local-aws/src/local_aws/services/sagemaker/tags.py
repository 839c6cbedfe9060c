"""AddTags, ListTags and DeleteTags for every SageMaker resource that is kept here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from local_aws.contracts.operations import Operation, Pages
from local_aws.kernel.context import Answer, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Records, without
from local_aws.services.sagemaker.errors import invalid

KIND = "sagemaker-tags"
_MAX_TAGS = 50


class Tags:
    """The tags of resources, by ARN."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._exists: dict[str, Callable[[str], bool]] = {}

    def operations(self) -> dict[str, Operation]:
        """Return the contract of the tag operations."""
        return {
            "AddTags": Operation(self._add),
            "ListTags": Operation(self._list, pages=Pages("Tags", size=_MAX_TAGS)),
            "DeleteTags": Operation(self._delete),
        }

    def accept(self, resource_type: str, exists: Callable[[str], bool]) -> None:
        """Accept tags for a type of resource, as ARNs name it; ``exists(arn)`` says whether there is a resource."""
        self._exists[resource_type] = exists

    def get(self, arn: str) -> list[dict[str, str]]:
        """Return a resource's tags in the order in which they were first put."""
        return [{"Key": key, "Value": value} for key, value in self._map(arn).items()]

    def put(self, arn: str, tags: Sequence[Mapping[str, str]]) -> None:
        """Add tags to a resource, or change their values; more than 50 raise ``ResourceLimitExceeded``."""
        record = self._map(arn) | {tag["Key"]: tag["Value"] for tag in tags}
        if len(record) > _MAX_TAGS:
            raise AwsError("ResourceLimitExceeded", f"{arn} would have {len(record)} tags; at most {_MAX_TAGS}")
        if record:
            self._records.put(KIND, arn, record)

    def forget(self, arn: str) -> None:
        """Drop the tags of a resource that is deleted."""
        self._records.delete(KIND, arn)

    def _add(self, request: Request) -> Answer:
        arn = self._require(request)
        self.put(arn, request["Tags"])
        return {"Tags": self.get(arn)}

    def _list(self, request: Request) -> Answer:
        return {"Tags": self.get(self._require(request))}

    def _delete(self, request: Request) -> Answer:
        arn = self._require(request)
        self._records.put(KIND, arn, without(self._map(arn), *request["TagKeys"]))
        return {}

    def _map(self, arn: str) -> dict[str, str]:
        return self._records.get(KIND, arn) or {}

    def _require(self, request: Request) -> str:
        arn: str = request["ResourceArn"]
        resource_type = arn.split(":", 5)[-1].partition("/")[0]
        exists = self._exists.get(resource_type)
        if exists is None:
            kept = ", ".join(sorted(self._exists))
            raise invalid(f"cannot tag {arn}: tags are kept here for {kept}")
        if not exists(arn):
            raise AwsError("ResourceNotFound", f"Could not find resource {arn}")
        return arn
