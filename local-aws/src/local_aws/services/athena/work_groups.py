"""Work groups: where results go, and how much a query may scan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from local_aws.contracts.tags import TAGS, TagErrors, TagForm, TagOperations
from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, public, selected
from local_aws.services.athena.errors import invalid_request

PRIMARY: Final = "primary"
ENGINE_VERSION: Final = {
    "SelectedEngineVersion": "AUTO",
    "EffectiveEngineVersion": "Athena engine version 3",
}
_DEFAULTS: Final[dict[str, Any]] = {
    "EnforceWorkGroupConfiguration": True,
    "PublishCloudWatchMetricsEnabled": True,
    "RequesterPaysEnabled": False,
}
# Members of WorkGroupConfigurationUpdates that remove a setting, and the setting.
_REMOVALS: Final = {"RemoveBytesScannedCutoffPerQuery": "BytesScannedCutoffPerQuery"}
_RESULT_REMOVALS: Final = {
    "RemoveOutputLocation": "OutputLocation",
    "RemoveEncryptionConfiguration": "EncryptionConfiguration",
    "RemoveExpectedBucketOwner": "ExpectedBucketOwner",
    "RemoveAclConfiguration": "AclConfiguration",
}
_TAG_FORM: Final = TagForm(resource="ResourceARN")

_TAG_ERRORS = TagErrors(lambda: AwsError("InvalidRequestException", "A resource can have at most 50 tags"))


class WorkGroups:
    """The work groups of the account."""

    def __init__(self, context: Context) -> None:
        self._groups = Collection(
            context.records,
            "athena-work-group",
            missing=lambda name: invalid_request(f"WorkGroup {name} is not found."),
            taken=lambda name: invalid_request(f"WorkGroup {name} is already created"),
        )
        self._arn_prefix = context.settings.arn("athena", "workgroup/")
        self.tags = TagOperations(self._change_by_arn, _TAG_FORM, _TAG_ERRORS)
        if self._groups.find(PRIMARY) is None:
            self._groups.add(PRIMARY, _record(PRIMARY, {"EnforceWorkGroupConfiguration": False}))

    def create(self, request: Request) -> Answer:
        """Serve CreateWorkGroup."""
        check_output_location(request.get("Configuration", {}).get("ResultConfiguration", {}))
        _check_tags(request)
        record = _record(request["Name"], request.get("Configuration", {}))
        if "Description" in request:
            record["Description"] = request["Description"]
        record[TAGS] = _TAG_FORM.read(request)
        self._groups.add(request["Name"], record)
        return {}

    def get(self, request: Request) -> Answer:
        """Serve GetWorkGroup."""
        group = public(self._groups.get(request["WorkGroup"]))
        return {"WorkGroup": {**group, "Configuration": {**group["Configuration"], "EngineVersion": ENGINE_VERSION}}}

    def list(self, _request: Request) -> Answer:
        """Serve ListWorkGroups."""
        members = ("Name", "State", "Description", "CreationTime")
        summaries = (selected(group, members) | {"EngineVersion": ENGINE_VERSION} for group in self._groups.each())
        return {"WorkGroups": summaries}

    def update(self, request: Request) -> Answer:
        """Serve UpdateWorkGroup."""
        updates = request.get("ConfigurationUpdates", {})

        def change(group: Record) -> None:
            check_output_location(updates.get("ResultConfigurationUpdates", {}))
            group |= selected(request, ("Description", "State"))
            _update_configuration(group["Configuration"], updates)

        self._groups.change(request["WorkGroup"], change)
        return {}

    def delete(self, name: str) -> None:
        """Remove a work group, whether it has queries or not."""
        if name == PRIMARY:
            raise invalid_request(f"WorkGroup {PRIMARY} cannot be deleted")
        self._groups.remove(name)

    def tag(self, request: Request) -> Answer:
        """Serve TagResource of a work group."""
        _check_tags(request)
        return self.tags.tag(request)

    def query_settings(self, name: str, requested: dict[str, Any]) -> tuple[dict[str, Any], int | None]:
        """Return a query's ``ResultConfiguration``, from its own, and the limit of bytes that it may scan, if any.

        Raise an error if the group is missing or disabled, or neither it nor the query has an output location.
        """
        group = self._groups.get(name)
        if group["State"] != "ENABLED":
            raise invalid_request(f"WorkGroup {name} is disabled")
        configuration = group["Configuration"]
        own = configuration.get("ResultConfiguration", {})
        enforced = configuration["EnforceWorkGroupConfiguration"] and "OutputLocation" in own
        results = own if enforced else {**own, **requested}
        if "OutputLocation" not in results:
            raise invalid_request(
                "No output location provided. An output location is required either through the Workgroup result "
                "configuration setting or as an API input.",
            )
        check_output_location(results)
        return results, configuration.get("BytesScannedCutoffPerQuery")

    def _change_by_arn(self, arn: str, change: Callable[[Record], None]) -> Record:
        if not arn.startswith(self._arn_prefix):
            raise AwsError("ResourceNotFoundException", f"{arn} is not a work group of this account and region")
        return self._groups.change(arn.removeprefix(self._arn_prefix), change)


def check_output_location(results: dict[str, Any]) -> None:
    """Raise Athena's error for a location of results that is not a prefix of keys in a bucket."""
    location = results.get("OutputLocation")
    if location is None:
        return
    path = location.removeprefix("s3://")
    invalid = {".", ".."} & set(path.split("/")) or any(ord(character) < 32 for character in path)
    if path == location or not path.partition("/")[0] or invalid:
        raise invalid_request(
            f"outputLocation is not a valid S3 path: {location!r}; write s3://bucket/prefix/, without '.' and '..'",
        )


def _check_tags(request: Request) -> None:
    if not all("Key" in tag for tag in request.get("Tags", [])):
        raise invalid_request("each of the Tags must have a Key")


def _record(name: str, configuration: dict[str, Any]) -> Record:
    return {
        "Name": name,
        "State": "ENABLED",
        "CreationTime": now(),
        "Configuration": {**_DEFAULTS, **configuration},
    }


def _update_configuration(configuration: dict[str, Any], updates: dict[str, Any]) -> None:
    updates = dict(updates)
    results = dict(updates.pop("ResultConfigurationUpdates", {}))
    kept = configuration.setdefault("ResultConfiguration", {})
    for flags, removals, target in ((updates, _REMOVALS, configuration), (results, _RESULT_REMOVALS, kept)):
        for flag, member in removals.items():
            if flags.pop(flag, False):
                target.pop(member, None)
        target.update(flags)
