"""Model package groups."""

from __future__ import annotations

from local_aws.contracts.operations import Operation
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.sagemaker.resources import Kind, Resources, name_of
from local_aws.services.sagemaker.tags import Tags

_KIND = Kind(
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


class Groups(Resources):
    """The model package groups; requests name them by name or ARN."""

    def __init__(self, context: Context, tags: Tags) -> None:
        super().__init__(context, tags, _KIND)

    def operations(self) -> dict[str, Operation]:
        """Return the contract."""
        honoured = ("ModelPackageGroupName", "ModelPackageGroupDescription", "Tags")
        return {**self.table(self.create_group, honoured), "DeleteModelPackageGroup": Operation(self.delete)}

    def create_group(self, request: Request) -> Answer:
        """Serve CreateModelPackageGroup."""
        state = {"ModelPackageGroupStatus": "Completed", "CreatedBy": {}, _LAST_VERSION: 0}
        return {"ModelPackageGroupArn": self.create({**request, **state})}

    def summaries(self, request: Request) -> Answer:
        """Serve ListModelPackageGroups; no other account shares a group."""
        if request.get("CrossAccountFilterOption") == "CrossAccount":
            return {_KIND.list_member: []}
        return super().summaries(request)

    def delete(self, request: Request) -> Answer:
        """Serve DeleteModelPackageGroup; a group with packages stays."""
        group = self.get(request["ModelPackageGroupName"])
        packages = self._records.list("model-package", {_KIND.name_key: group[_KIND.name_key]})
        if packages:
            raise AwsError(
                "ConflictException",
                f"Model Package Group {group[_KIND.arn_key]} cannot be deleted: it has {len(packages)} model packages; "
                "delete them first.",
            )
        return super().delete({_KIND.name_key: group[_KIND.name_key]})

    def get(self, key: str) -> Record:
        """Return a group's record by its name or ARN."""
        return super().get(name_of(key))

    def next_version(self, name: str) -> int:
        """Take the next version number of a group; a number is never used twice."""

        def change(record: Record) -> None:
            record[_LAST_VERSION] += 1

        return int(self.change(name, change)[_LAST_VERSION])
