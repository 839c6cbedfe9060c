"""What an update of a model package changes."""

from __future__ import annotations

from local_aws.kernel.context import Request
from local_aws.kernel.records import Record

UPDATED = (
    "ModelPackageRegistrationType",
    "ApprovalDescription",
    "InferenceSpecification",
    "SourceUri",
    "ModelCard",
    "ModelLifeCycle",
)
UPDATES = (
    *UPDATED,
    "ModelPackageArn",
    "ModelApprovalStatus",
    "CustomerMetadataProperties",
    "CustomerMetadataPropertiesToRemove",
    "AdditionalInferenceSpecificationsToAdd",
)
_UPDATED_FIELDS = {
    "CustomerMetadataPropertiesToRemove": "CustomerMetadataProperties",
    "AdditionalInferenceSpecificationsToAdd": "AdditionalInferenceSpecifications",
}
"""What members of an update change, where it is not the member of that name."""


def updated_fields(request: Request) -> list[str]:
    """Return the members of a package that an update names, as the update's event lists them."""
    named = [_UPDATED_FIELDS.get(name, name) for name in UPDATES if name in request and name != "ModelPackageArn"]
    return list(dict.fromkeys(named))


def change_properties(record: Record, request: Request) -> None:
    """Apply the change of a version's CustomerMetadataProperties."""
    properties = {**record.get("CustomerMetadataProperties", {}), **request.get("CustomerMetadataProperties", {})}
    for name in request.get("CustomerMetadataPropertiesToRemove", ()):
        properties.pop(name, None)
    record.pop("CustomerMetadataProperties", None)
    if properties:
        record["CustomerMetadataProperties"] = properties
