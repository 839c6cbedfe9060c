"""Model packages: versions in a group, or packages of their own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Pages
from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, public
from local_aws.services.sagemaker.registry.changes import UPDATED, UPDATES, change_properties, updated_fields
from local_aws.services.sagemaker.registry.contents import check_inference_specification
from local_aws.services.sagemaker.registry.groups import Groups
from local_aws.services.sagemaker.state_changes import package_change
from local_aws.services.sagemaker.tags import Tags

KIND = "model-package"
_PENDING = "PendingManualApproval"

_KEPT = (
    "ModelPackageDescription",
    "ModelPackageRegistrationType",
    "InferenceSpecification",
    "MetadataProperties",
    "ModelMetrics",
    "Domain",
    "Task",
    "SamplePayloadUrl",
    "CustomerMetadataProperties",
    "DriftCheckBaselines",
    "AdditionalInferenceSpecifications",
    "SkipModelValidation",
    "SourceUri",
    "ModelCard",
    "ModelLifeCycle",
)
_IDENTITY = ("ModelPackageName", "ModelPackageGroupName", "ModelApprovalStatus", "ClientToken", "Tags")
_SUMMARY = (
    "ModelPackageGroupName",
    "ModelPackageVersion",
    "ModelPackageArn",
    "ModelPackageDescription",
    "CreationTime",
    "ModelPackageStatus",
    "ModelApprovalStatus",
    "ModelLifeCycle",
    "ModelPackageRegistrationType",
)
_BATCH_SUMMARY = ("InferenceSpecification", *(member for member in _SUMMARY if member != "ModelLifeCycle"))


class Packages:
    """The model packages, by ARN.

    Parameters
    ----------
    tags
        Keeps the tags of packages without a group; versions have those of their group.
    """

    def __init__(self, context: Context, groups: Groups, tags: Tags) -> None:
        self._context = context
        self._records = context.records
        self._groups = groups
        self._tags = tags
        self._packages = Collection(context.records, KIND, _missing, _taken)
        tags.accept(KIND, lambda arn: self._packages.find(arn) is not None)

    def operations(self) -> dict[str, Operation]:
        """Return the contract."""
        return {
            "CreateModelPackage": Operation(self.create, Members((*_KEPT, *_IDENTITY))),
            "DescribeModelPackage": Operation(self.describe),
            "BatchDescribeModelPackage": Operation(self.batch_describe),
            "ListModelPackages": Operation(self.list, pages=Pages("ModelPackageSummaryList")),
            "UpdateModelPackage": Operation(self.update, Members((*UPDATES, "ClientToken"))),
            "DeleteModelPackage": Operation(self.delete),
        }

    def create(self, request: Request) -> Answer:
        """Serve CreateModelPackage."""
        if earlier := self._created_with(request.get("ClientToken")):
            return {"ModelPackageArn": earlier["ModelPackageArn"]}
        record = {name: request[name] for name in _KEPT if name in request}
        record["InferenceSpecification"] = check_inference_specification(
            self._context.objects, request.get("InferenceSpecification"), "ModelPackageGroupName" in request
        )
        record.update(self._identity(request))
        arn = record["ModelPackageArn"]
        created = now()
        record.update(
            ModelPackageStatus="Completed",
            ModelPackageStatusDetails={"ValidationStatuses": [], "ImageScanStatuses": []},
            CertifyForMarketplace=False,
            CreationTime=created,
            LastModifiedTime=created,
            _Token=request.get("ClientToken"),
        )
        with self._records.together():
            self._packages.add(arn, record)
            self._tags.put(arn, request.get("Tags", ()))
            self._context.announce(package_change(record))
        return {"ModelPackageArn": arn}

    def describe(self, request: Request) -> Answer:
        """Serve DescribeModelPackage."""
        return public(self._get(request["ModelPackageName"]))

    def batch_describe(self, request: Request) -> Answer:
        """Serve BatchDescribeModelPackage."""
        summaries: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        for arn in request["ModelPackageArnList"]:
            record = self._packages.find(arn)
            if record is None:
                errors[arn] = {"ErrorCode": "ValidationException", "ErrorResponse": _missing(arn).message}
            else:
                summaries[arn] = {name: record[name] for name in _BATCH_SUMMARY if name in record}
        return {"ModelPackageSummaries": summaries, "BatchDescribeModelPackageErrorMap": errors}

    def list(self, request: Request) -> Answer:
        """Serve ListModelPackages; packages without a group only, unless the request names a group or a type."""
        default = "Versioned" if "ModelPackageGroupName" in request else "Unversioned"
        wanted = {**request, "ModelPackageType": request.get("ModelPackageType", default)}
        if "ModelPackageGroupName" in request:
            wanted["ModelPackageGroupName"] = self._groups.get(request["ModelPackageGroupName"])[
                "ModelPackageGroupName"
            ]
        newest_first = request.get("SortOrder") == "Descending"
        of_group = {name: wanted[name] for name in ("ModelPackageGroupName",) if name in wanted}
        records = self._packages.each(of_group, newest_first=newest_first)
        listed: Iterable[Record] = (record for record in records if _matches(record, wanted))
        if request.get("SortBy") == "Name":
            listed = sorted(listed, key=lambda record: record["ModelPackageName"], reverse=newest_first)
        return {"ModelPackageSummaryList": map(_summary, listed)}

    def update(self, request: Request) -> Answer:
        """Serve UpdateModelPackage."""
        arn = request["ModelPackageArn"]
        if "ModelPackageVersion" not in self._get(arn):
            raise _invalid(
                f"ModelPackage {arn} is not versioned; only versions in a model package group can be updated"
            )
        changes = {name: request[name] for name in UPDATED if name in request}
        if "InferenceSpecification" in changes:
            changes["InferenceSpecification"] = check_inference_specification(
                self._context.objects, changes["InferenceSpecification"], versioned=True
            )

        def change(record: Record) -> None:
            record.update(changes)
            change_properties(record, request)
            if "AdditionalInferenceSpecificationsToAdd" in request:
                record.setdefault("AdditionalInferenceSpecifications", []).extend(
                    request["AdditionalInferenceSpecificationsToAdd"]
                )
            if "ModelApprovalStatus" in request:
                _change_approval(record, request["ModelApprovalStatus"])
            record["LastModifiedTime"] = now()

        with self._records.together():
            package = self._packages.change(arn, change)
            self._context.announce(package_change(package, updated_fields(request)))
        return {"ModelPackageArn": arn}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteModelPackage; models and endpoints made from it go on."""
        arn = self._get(request["ModelPackageName"])["ModelPackageArn"]
        self._packages.remove(arn)
        self._tags.forget(arn)
        return {}

    def _identity(self, request: Request) -> Record:
        """Return name, ARN, version and approval of a new package."""
        name, group = request.get("ModelPackageName"), request.get("ModelPackageGroupName")
        if name and group:
            raise _invalid(
                "Both ModelPackageName and ModelPackageGroupName are provided in the input. "
                "Cannot determine which one to use."
            )
        if group:
            if request.get("Tags"):
                raise _invalid("Tags cannot be given to a version of a model package group: tag the group.")
            return self._version(group, request.get("ModelApprovalStatus", _PENDING))
        if not name:
            raise _invalid("Missing ARN: give ModelPackageGroupName or ModelPackageName.")
        if "ModelApprovalStatus" in request:
            raise _invalid("ModelApprovalStatus applies to versions of a model package group only.")
        return {"ModelPackageName": name, "ModelPackageArn": self._arn(name)}

    def _version(self, group: str, approval: str) -> Record:
        name = self._groups.get(group)["ModelPackageGroupName"]
        version = self._groups.next_version(name)
        record = {
            "ModelPackageName": name,
            "ModelPackageGroupName": name,
            "ModelPackageVersion": version,
            "ModelPackageArn": self._arn(f"{name}/{version}"),
        }
        _change_approval(record, approval)
        return record

    def _created_with(self, token: str | None) -> Record | None:
        if token is None:
            return None
        return next(self._packages.each({"_Token": token}), None)

    def _arn(self, name: str) -> str:
        return self._context.settings.arn("sagemaker", f"{KIND}/{name}")

    def _get(self, name_or_arn: str) -> Record:
        arn = name_or_arn if name_or_arn.startswith("arn:") else self._arn(name_or_arn)
        return self._packages.get(arn)


def _change_approval(record: Record, status: str) -> None:
    """Set a version's approval status; the only place where that happens."""
    record["ModelApprovalStatus"] = status


def _matches(record: Record, request: Request) -> bool:
    versioned = "ModelPackageVersion" in record
    return (
        request["ModelPackageType"] in ("Both", "Versioned" if versioned else "Unversioned")
        and request.get("ModelPackageGroupName", record.get("ModelPackageGroupName"))
        == record.get("ModelPackageGroupName")
        and request.get("ModelApprovalStatus", record.get("ModelApprovalStatus")) == record.get("ModelApprovalStatus")
        and request.get("NameContains", "") in record["ModelPackageName"]
        and ("CreationTimeAfter" not in request or record["CreationTime"] > request["CreationTimeAfter"])
        and ("CreationTimeBefore" not in request or record["CreationTime"] < request["CreationTimeBefore"])
    )


def _summary(record: Record) -> dict[str, Any]:
    summary = {name: record[name] for name in _SUMMARY if name in record}
    if "ModelPackageVersion" not in record:
        summary["ModelPackageName"] = record["ModelPackageName"]
    return summary


def _taken(arn: str) -> AwsError:
    return _invalid(f"ModelPackage already exists: {arn}")


def _missing(arn: str) -> AwsError:
    return _invalid(f"ModelPackage {arn} does not exist.")


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
