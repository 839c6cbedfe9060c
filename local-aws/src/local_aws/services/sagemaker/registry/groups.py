"""Model package groups."""

from __future__ import annotations

from dataclasses import replace

from local_aws.contracts.operations import Operation
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.sagemaker.resources import Kind, Resources
from local_aws.services.sagemaker.tags import Tags

KIND = Kind(
    resource="model-package-group",
    member="ModelPackageGroup",
    summary=(
        "ModelPackageGroupName",
        "ModelPackageGroupArn",
        "ModelPackageGroupDescription",
        "CreationTime",
        "ModelPackageGroupStatus",
    ),
    list_member="ModelPackageGroupSummaryList",
    newest_first=False,
    taken="Model Package Group already exists: {arn}",
    missing="Model Package Group {arn} does not exist.",
)
_LAST_VERSION = "_LastVersion"


class Groups:
    """The model package groups, by name."""

    def __init__(self, context: Context, tags: Tags) -> None:
        self._resources = Resources(context, tags, KIND)
        self._records = context.records

    def operations(self) -> dict[str, Operation]:
        """Return the contract."""
        common = self._resources.operations(
            self.create, ("ModelPackageGroupName", "ModelPackageGroupDescription", "Tags")
        )
        return {
            **common,
            "DescribeModelPackageGroup": Operation(lambda request: self._resources.describe(_by_name(request))),
            "ListModelPackageGroups": replace(common["ListModelPackageGroups"], handler=self.list),
            "DeleteModelPackageGroup": Operation(self.delete),
        }

    def create(self, request: Request) -> Answer:
        """Serve CreateModelPackageGroup."""
        record = {name: value for name, value in request.items() if name != "Tags"}
        arn = self._resources.create(
            {**record, "ModelPackageGroupStatus": "Completed", "CreatedBy": {}, _LAST_VERSION: 0},
            request.get("Tags", ()),
        )
        return {"ModelPackageGroupArn": arn}

    def list(self, request: Request) -> Answer:
        """Serve ListModelPackageGroups; no other account shares a group."""
        if request.get("CrossAccountFilterOption") == "CrossAccount":
            return {KIND.list_member: []}
        return self._resources.summaries(request)

    def delete(self, request: Request) -> Answer:
        """Serve DeleteModelPackageGroup."""
        name = _by_name(request)[KIND.name_key]
        arn = self.get(name)[KIND.arn_key]
        kept = self._records.list("model-package", {KIND.name_key: name})
        if kept:
            raise AwsError(
                "ConflictException",
                f"Model Package Group {arn} cannot be deleted: it has {len(kept)} model packages; delete them first.",
            )
        self._resources.remove(name)
        return {}

    def get(self, name_or_arn: str) -> Record:
        """Return a group's record, or raise ``ValidationException``."""
        return self._resources.get(group_name(name_or_arn))

    def next_version(self, name: str) -> int:
        """Take the next version number of a group; a number is never used twice."""

        def change(record: Record) -> None:
            record[_LAST_VERSION] += 1

        return int(self._resources.change(name, change)[_LAST_VERSION])


def group_name(name_or_arn: str) -> str:
    """Return the name of a group that is named by name or ARN."""
    return name_or_arn.rpartition("/")[2]


def _by_name(request: Request) -> Request:
    return {KIND.name_key: group_name(request[KIND.name_key])}
