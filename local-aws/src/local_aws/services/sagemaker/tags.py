"""AddTags, ListTags and DeleteTags for every SageMaker resource that is kept here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from local_aws.contracts.paging import page
from local_aws.kernel.context import Answer, Handler, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, Records

KIND = "sagemaker-tags"
_MOST_TAGS = 50
_PAGE = 50


class Tags:
    """The tags of resources, by ARN."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._exists: dict[str, Callable[[str], bool]] = {}

    @property
    def operations(self) -> dict[tuple[str, str], Handler]:
        """The operations that this part owns."""
        return {
            ("sagemaker", "AddTags"): self.add_tags,
            ("sagemaker", "ListTags"): self.list_tags,
            ("sagemaker", "DeleteTags"): self.delete_tags,
        }

    def know(self, resource_type: str, exists: Callable[[str], bool]) -> None:
        """Accept tags for a type of resource.

        Parameters
        ----------
        resource_type
            As the ARN names it, e.g. ``"training-job"``.
        """
        self._exists[resource_type] = exists

    def get(self, arn: str) -> list[dict[str, str]]:
        """Return a resource's tags in the order in which they were first put."""
        record = self._records.get(KIND, arn)
        return [] if record is None else _as_list(record)

    def put(self, arn: str, tags: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
        """Add tags to a resource, or change their values; return all its tags.

        Raises
        ------
        AwsError
            ``ResourceLimitExceeded`` beyond 50 tags.
        """
        record = self._records.get(KIND, arn) or {}
        record.update({tag["Key"]: tag["Value"] for tag in tags})
        if len(record) > _MOST_TAGS:
            raise AwsError("ResourceLimitExceeded", f"{arn} would have {len(record)} tags; at most {_MOST_TAGS}")
        if record:
            self._records.put(KIND, arn, record)
        return _as_list(record)

    def forget(self, arn: str) -> None:
        """Drop the tags of a resource that is deleted."""
        self._records.delete(KIND, arn)

    def add_tags(self, request: Request) -> Answer:
        """Serve AddTags."""
        self._require(request["ResourceArn"])
        return {"Tags": self.put(request["ResourceArn"], request["Tags"])}

    def list_tags(self, request: Request) -> Answer:
        """Serve ListTags."""
        self._require(request["ResourceArn"])
        tags, token = page(self.get(request["ResourceArn"]), request, default=_PAGE)
        return {"Tags": tags, **({"NextToken": token} if token else {})}

    def delete_tags(self, request: Request) -> Answer:
        """Serve DeleteTags; keys that are not there are no error."""
        arn = request["ResourceArn"]
        self._require(arn)
        left = {tag["Key"]: tag["Value"] for tag in self.get(arn) if tag["Key"] not in request["TagKeys"]}
        self._records.put(KIND, arn, left)
        return {}

    def _require(self, arn: str) -> None:
        resource_type = arn.split(":", 5)[-1].partition("/")[0]
        exists = self._exists.get(resource_type)
        if exists is None:
            kept = ", ".join(sorted(self._exists))
            raise AwsError("ValidationException", f"cannot tag {arn}: tags are kept here for {kept}")
        if not exists(arn):
            raise AwsError("ResourceNotFound", f"Could not find resource {arn}")


def _as_list(record: Record) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in record.items()]
