"""Model packages: versions in a group, or packages of their own."""

from __future__ import annotations

from typing import Any

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Pages
from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, public, selected
from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.registry.contents import check_inference_specification
from local_aws.services.sagemaker.registry.groups import Groups
from local_aws.services.sagemaker.registry.model_card import changed_card
from local_aws.services.sagemaker.resources import is_between, matching
from local_aws.services.sagemaker.state_changes import package_change
from local_aws.services.sagemaker.tags import Tags

_KIND = "model-package"

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
_UPDATED = (
    "ModelPackageRegistrationType",
    "ApprovalDescription",
    "InferenceSpecification",
    "SourceUri",
    "ModelCard",
    "ModelLifeCycle",
    "ModelApprovalStatus",
)
_UPDATES = (
    *_UPDATED,
    "ModelPackageArn",
    "CustomerMetadataProperties",
    "CustomerMetadataPropertiesToRemove",
    "AdditionalInferenceSpecificationsToAdd",
)
_UPDATED_FIELDS = {
    "CustomerMetadataPropertiesToRemove": "CustomerMetadataProperties",
    "AdditionalInferenceSpecificationsToAdd": "AdditionalInferenceSpecifications",
}
"""Which member of the package a member of an update changes, where it is not the one of that name."""
_BATCH_SUMMARY = ("InferenceSpecification", *(member for member in _SUMMARY if member != "ModelLifeCycle"))


class Packages:
    """The model packages, by ARN; packages without a group have tags, versions those of their group."""

    def __init__(self, context: Context, groups: Groups, tags: Tags) -> None:
        self._context = context
        self._records = context.records
        self._groups = groups
        self._tags = tags
        self._packages = Collection(
            context.records,
            _KIND,
            missing=lambda arn: invalid(f"ModelPackage {arn} does not exist."),
            taken=lambda arn: invalid(f"ModelPackage already exists: {arn}"),
        )
        tags.accept(_KIND, lambda arn: self._packages.find(arn) is not None)

    def operations(self) -> dict[str, Operation]:
        """Return the contract."""
        return {
            "CreateModelPackage": Operation(self.create, Members((*_KEPT, *_IDENTITY))),
            "DescribeModelPackage": Operation(self.describe),
            "BatchDescribeModelPackage": Operation(self.batch_describe),
            "ListModelPackages": Operation(self.list, pages=Pages("ModelPackageSummaryList")),
            "UpdateModelPackage": Operation(self.update, Members((*_UPDATES, "ClientToken"))),
            "DeleteModelPackage": Operation(self.delete),
        }

    def create(self, request: Request) -> Answer:
        """Serve CreateModelPackage."""
        if earlier := self._created_with(request.get("ClientToken")):
            return {"ModelPackageArn": earlier["ModelPackageArn"]}
        record = selected(request, _KEPT)
        record["InferenceSpecification"] = check_inference_specification(
            self._context.objects, request.get("InferenceSpecification"), "ModelPackageGroupName" in request
        )
        if "ModelCard" in request:
            record["ModelCard"] = changed_card({}, request["ModelCard"])
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
            try:
                summaries[arn] = selected(self._packages.get(arn), _BATCH_SUMMARY)
            except AwsError as error:
                errors[arn] = {"ErrorCode": error.code, "ErrorResponse": error.message}
        return {"ModelPackageSummaries": summaries, "BatchDescribeModelPackageErrorMap": errors}

    def list(self, request: Request) -> Answer:
        """Serve ListModelPackages; packages without a group only, unless the request names a group or a type."""
        where = {}
        if "ModelPackageGroupName" in request:
            where = {
                "ModelPackageGroupName": self._groups.get(request["ModelPackageGroupName"])["ModelPackageGroupName"]
            }
        sort_members = {"Name": "ModelPackageName"}
        records = matching(self._packages, request, _matches, sort_members, where=where, newest_first=False)
        return {"ModelPackageSummaryList": map(_summary, records)}

    def update(self, request: Request) -> Answer:
        """Serve UpdateModelPackage."""
        arn = request["ModelPackageArn"]
        package = self._get(arn)
        if "ModelPackageVersion" not in package:
            raise invalid(f"ModelPackage {arn} is not versioned; only versions in a model package group can be updated")
        changes = selected(request, _UPDATED)
        if "InferenceSpecification" in changes:
            changes["InferenceSpecification"] = check_inference_specification(
                self._context.objects, changes["InferenceSpecification"], versioned=True
            )
        if "ModelCard" in changes:
            changes["ModelCard"] = changed_card(package.get("ModelCard", {}), changes["ModelCard"])

        def change(record: Record) -> None:
            record.update(changes)
            _change_properties(record, request)
            if "AdditionalInferenceSpecificationsToAdd" in request:
                record.setdefault("AdditionalInferenceSpecifications", []).extend(
                    request["AdditionalInferenceSpecificationsToAdd"]
                )
            record["LastModifiedTime"] = now()

        with self._records.together():
            package = self._packages.change(arn, change)
            self._context.announce(package_change(package, _updated_fields(request)))
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
            raise invalid(
                "Both ModelPackageName and ModelPackageGroupName are provided in the input. "
                "Cannot determine which one to use."
            )
        if group:
            if request.get("Tags"):
                raise invalid("A version of a model package group cannot have tags: tag the group.")
            return self._version(group, request.get("ModelApprovalStatus", "PendingManualApproval"))
        if not name:
            raise invalid("Missing ARN: ModelPackageGroupName or ModelPackageName is required.")
        if "ModelApprovalStatus" in request:
            raise invalid("ModelApprovalStatus applies to versions of a model package group only.")
        return {"ModelPackageName": name, "ModelPackageArn": self._arn(name)}

    def _version(self, group: str, approval: str) -> Record:
        name = self._groups.get(group)["ModelPackageGroupName"]
        version = self._groups.next_version(name)
        return {
            "ModelPackageName": name,
            "ModelPackageGroupName": name,
            "ModelPackageVersion": version,
            "ModelPackageArn": self._arn(f"{name}/{version}"),
            "ModelApprovalStatus": approval,
        }

    def _created_with(self, token: str | None) -> Record | None:
        if token is None:
            return None
        return next(self._packages.each({"_Token": token}), None)

    def _arn(self, name: str) -> str:
        return self._context.settings.arn("sagemaker", f"{_KIND}/{name}")

    def _get(self, name_or_arn: str) -> Record:
        arn = name_or_arn if name_or_arn.startswith("arn:") else self._arn(name_or_arn)
        return self._packages.get(arn)


def _change_properties(record: Record, request: Request) -> None:
    """Apply an update of a version's CustomerMetadataProperties."""
    properties = record.pop("CustomerMetadataProperties", {}) | request.get("CustomerMetadataProperties", {})
    for name in request.get("CustomerMetadataPropertiesToRemove", ()):
        properties.pop(name, None)
    if properties:
        record["CustomerMetadataProperties"] = properties


def _updated_fields(request: Request) -> list[str]:
    """Return the members of a package that an update names, as the update's event lists them."""
    named = [_UPDATED_FIELDS.get(name, name) for name in _UPDATES if name in request and name != "ModelPackageArn"]
    return list(dict.fromkeys(named))


def _matches(record: Record, request: Request) -> bool:
    own_type = "Versioned" if "ModelPackageVersion" in record else "Unversioned"
    default_type = "Versioned" if "ModelPackageGroupName" in request else "Unversioned"
    approval = record.get("ModelApprovalStatus")
    return (
        request.get("ModelPackageType", default_type) in ("Both", own_type)
        and request.get("ModelApprovalStatus", approval) == approval
        and request.get("NameContains", "") in record["ModelPackageName"]
        and is_between(record, request, "CreationTime")
    )


def _summary(record: Record) -> Record:
    members = _SUMMARY if "ModelPackageVersion" in record else (*_SUMMARY, "ModelPackageName")
    return selected(record, members)
