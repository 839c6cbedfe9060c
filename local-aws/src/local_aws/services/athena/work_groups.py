"""Work groups: where results go, and how much a query may scan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from local_aws.contracts.paging import page
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now

PRIMARY: Final = "primary"
ENGINE_VERSION: Final = {
    "SelectedEngineVersion": "AUTO",
    "EffectiveEngineVersion": "Athena engine version 3",
}
_KIND: Final = "athena-work-group"
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


@dataclass(frozen=True)
class QuerySettings:
    """What a query runs under.

    Parameters
    ----------
    results
        ``ResultConfiguration``, with the ``OutputLocation`` below which the results go.
    cutoff_bytes
        How much it may scan; None for any.
    """

    results: dict[str, Any]
    cutoff_bytes: int | None


class WorkGroups:
    """The work groups of the account.

    Parameters
    ----------
    context
        The server's parts.
    """

    def __init__(self, context: Context) -> None:
        self._records = context.records
        self._arn = context.settings.arn
        if self._records.get(_KIND, PRIMARY) is None:
            self._records.insert(_KIND, PRIMARY, _record(PRIMARY, {"EnforceWorkGroupConfiguration": False}))

    def create(self, request: Request) -> Answer:
        """Serve CreateWorkGroup."""
        name = request["Name"]
        check_output_location(request.get("Configuration", {}).get("ResultConfiguration", {}))
        record = _record(name, request.get("Configuration", {}))
        if "Description" in request:
            record["Description"] = request["Description"]
        record["_tags"] = _tags(request)
        try:
            self._records.insert(_KIND, name, record)
        except KeyError:
            raise AwsError("InvalidRequestException", f"WorkGroup {name} is already created") from None
        return {}

    def get(self, request: Request) -> Answer:
        """Serve GetWorkGroup."""
        return {"WorkGroup": _answer(self._require(request["WorkGroup"]))}

    def list(self, request: Request) -> Answer:
        """Serve ListWorkGroups."""
        summaries = [
            {name: record[name] for name in ("Name", "State", "Description", "CreationTime") if name in record}
            | {"EngineVersion": ENGINE_VERSION}
            for record in self._records.list(_KIND)
        ]
        items, token = page(summaries, request, default=50)
        return {"WorkGroups": items, **({"NextToken": token} if token else {})}

    def update(self, request: Request) -> Answer:
        """Serve UpdateWorkGroup."""
        name = request["WorkGroup"]
        self._require(name)
        updates = request.get("ConfigurationUpdates", {})
        check_output_location(updates.get("ResultConfigurationUpdates", {}))

        def change(record: Record) -> None:
            for member in ("Description", "State"):
                if member in request:
                    record[member] = request[member]
            _apply(record["Configuration"], updates)

        self._records.update(_KIND, name, change)
        return {}

    def delete(self, request: Request) -> Answer:
        """Remove a work group, whether it has queries or not (`QueryExecutions.delete_work_group` asks)."""
        name = request["WorkGroup"]
        self._require(name)
        if name == PRIMARY:
            raise AwsError("InvalidRequestException", f"WorkGroup {PRIMARY} cannot be deleted")
        self._records.delete(_KIND, name)
        return {}

    def tags(self, request: Request) -> Answer:
        """Serve ListTagsForResource of a work group."""
        record = self._require(self._name(request["ResourceARN"]))
        tags = [{"Key": key, "Value": value} for key, value in record.get("_tags", {}).items()]
        return {"Tags": tags}

    def tag(self, request: Request) -> Answer:
        """Serve TagResource of a work group."""
        added = _tags(request)
        self._change_tags(request, lambda tags: tags.update(added))
        return {}

    def untag(self, request: Request) -> Answer:
        """Serve UntagResource of a work group."""
        self._change_tags(request, lambda tags: [tags.pop(key, None) for key in request["TagKeys"]])
        return {}

    def settings(self, name: str, requested: dict[str, Any]) -> QuerySettings:
        """Give what a query of a group runs under.

        Parameters
        ----------
        name
            The work group.
        requested
            The query's own ``ResultConfiguration``.

        Returns
        -------
        QuerySettings

        Raises
        ------
        AwsError
            If the group is missing or disabled, or no output location is known.
        """
        record = self._require(name)
        if record["State"] != "ENABLED":
            raise AwsError("InvalidRequestException", f"WorkGroup {name} is disabled")
        configuration = record["Configuration"]
        own = configuration.get("ResultConfiguration", {})
        enforced = configuration["EnforceWorkGroupConfiguration"] and "OutputLocation" in own
        results = own if enforced else {**own, **requested}
        if "OutputLocation" not in results:
            raise AwsError(
                "InvalidRequestException",
                "No output location provided. An output location is required either through the Workgroup result "
                "configuration setting or as an API input.",
            )
        check_output_location(results)
        return QuerySettings(results, configuration.get("BytesScannedCutoffPerQuery"))

    def _require(self, name: str) -> Record:
        record = self._records.get(_KIND, name)
        if record is None:
            raise AwsError("InvalidRequestException", f"WorkGroup {name} is not found.")
        return record

    def _name(self, arn: str) -> str:
        prefix = self._arn("athena", "workgroup/")
        if not arn.startswith(prefix):
            raise AwsError("ResourceNotFoundException", f"{arn} is no work group of this account and region")
        return arn.removeprefix(prefix)

    def _change_tags(self, request: Request, change: Any) -> None:
        name = self._name(request["ResourceARN"])
        self._require(name)
        self._records.update(_KIND, name, lambda record: change(record.setdefault("_tags", {})))


def check_output_location(results: dict[str, Any]) -> None:
    """Refuse a place for results that is not a prefix of keys in a bucket.

    Raises
    ------
    AwsError
        ``InvalidRequestException``, in Athena's words.
    """
    location = results.get("OutputLocation")
    if location is None:
        return
    path = location.removeprefix("s3://")
    odd = [part for part in path.split("/") if part in (".", "..")] or any(ord(character) < 32 for character in path)
    if path == location or not path.partition("/")[0] or odd:
        raise AwsError(
            "InvalidRequestException",
            f"outputLocation is not a valid S3 path: {location!r}; write s3://bucket/prefix/, without '.' and '..'",
        )


def _record(name: str, configuration: dict[str, Any]) -> Record:
    return {
        "Name": name,
        "State": "ENABLED",
        "CreationTime": now(),
        "Configuration": {**_DEFAULTS, **configuration},
    }


def _answer(record: Record) -> Answer:
    shown = {key: value for key, value in record.items() if not key.startswith("_")}
    return {**shown, "Configuration": {**record["Configuration"], "EngineVersion": ENGINE_VERSION}}


def _apply(configuration: dict[str, Any], updates: dict[str, Any]) -> None:
    """Change a configuration as ``ConfigurationUpdates`` says."""
    updates = dict(updates)
    results = dict(updates.pop("ResultConfigurationUpdates", {}))
    kept = configuration.setdefault("ResultConfiguration", {})
    for flags, removals, target in ((updates, _REMOVALS, configuration), (results, _RESULT_REMOVALS, kept)):
        for flag, member in removals.items():
            if flags.pop(flag, False):
                target.pop(member, None)
        target.update(flags)


def _tags(request: Request) -> dict[str, str]:
    """Return the tags of a request; a tag without a key is none, one without a value has an empty one."""
    tags = request.get("Tags", [])
    if not all("Key" in tag for tag in tags):
        raise AwsError("InvalidRequestException", "each of the Tags must have a Key")
    return {tag["Key"]: tag.get("Value", "") for tag in tags}
