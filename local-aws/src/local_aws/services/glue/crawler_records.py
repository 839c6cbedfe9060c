"""Glue crawler definitions: CreateCrawler, GetCrawler, GetCrawlers, ListCrawlers, UpdateCrawler, DeleteCrawler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from local_aws.contracts.members import Members
from local_aws.contracts.tags import TAGS, tagged
from local_aws.kernel.collection import Collection
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import split_uri
from local_aws.kernel.records import Record, now, public, without
from local_aws.services.glue.crawl.options import crawl_options
from local_aws.services.glue.crawl.targets import exclude_pattern
from local_aws.services.glue.errors import invalid

KIND = "glue-crawler"
_OTHER_TARGETS = (
    *("JdbcTargets", "MongoDBTargets", "DynamoDBTargets", "CatalogTargets", "DeltaTargets", "IcebergTargets"),
    "HudiTargets",
)

_DEFAULTS: Record = {
    "Classifiers": [],
    "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
    "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"},
    "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
}
DEFINITION = Members(
    refused=(
        *("CatalogId", "Classifiers", "CrawlerSecurityConfiguration", "Schedule"),
        "LakeFormationConfiguration.UseLakeFormationCredentials",
        "LakeFormationConfiguration.AccountId",
        *(f"Targets.{kind}" for kind in _OTHER_TARGETS),
        *(f"Targets.S3Targets.{member}" for member in ("ConnectionName", "SampleSize", "EventQueueArn")),
        "Targets.S3Targets.DlqEventQueueArn",
    ),
    values={
        "LineageConfiguration.CrawlerLineageSettings": ("DISABLE",),
        "RecrawlPolicy.RecrawlBehavior": ("CRAWL_EVERYTHING",),
    },
)


class CrawlerRecords:
    """The crawler definitions."""

    def __init__(self, context: Context) -> None:
        self._crawlers = Collection(context.records, KIND, _missing, _taken)

    def change(self, name: str, change: Callable[[Record], None]) -> Record:
        """Change a crawler's record atomically, and return it."""
        return self._crawlers.change(name, change)

    def find(self, name: str) -> Record:
        """Return a crawler's record, or raise ``EntityNotFoundException``."""
        return self._crawlers.get(name)

    def all(self) -> list[Record]:
        """Return every crawler's record."""
        return self._crawlers.list()

    def create(self, request: Request) -> Answer:
        """Serve CreateCrawler."""
        name = request["Name"]
        definition = without(request, "Tags")
        crawler = {**_DEFAULTS, **definition}
        _check(crawler)
        created = now()
        crawler |= {"State": "READY", "CreationTime": created, "LastUpdated": created, "Version": 1}
        crawler[TAGS] = request.get("Tags", {})
        self._crawlers.add(name, crawler)
        return {}

    def get(self, request: Request) -> Answer:
        """Serve GetCrawler."""
        return {"Crawler": _shown(self.find(request["Name"]))}

    def get_all(self, request: Request) -> Answer:
        """Serve GetCrawlers."""
        return {"Crawlers": map(_shown, self.all())}

    def list_names(self, request: Request) -> Answer:
        """Serve ListCrawlers, by tags if the request names any."""
        return {"CrawlerNames": [crawler["Name"] for crawler in tagged(self.all(), request.get("Tags", {}))]}

    def update(self, request: Request) -> Answer:
        """Serve UpdateCrawler: the members in the request replace the old ones."""

        def change(crawler: Record) -> None:
            _refuse_running(crawler)
            crawler |= request
            _check(crawler)
            crawler |= {"LastUpdated": now(), "Version": crawler["Version"] + 1}

        self.change(request["Name"], change)
        return {}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteCrawler."""
        _refuse_running(self.find(request["Name"]))
        self._crawlers.discard(request["Name"])
        return {}


def _shown(crawler: Record) -> Record:
    shown = public(crawler)
    running = crawler["State"] != "READY"
    elapsed = (now() - crawler["_started"]).total_seconds() * 1000 if running else 0
    return {**shown, "CrawlElapsedTime": int(elapsed)}


def _check(definition: Mapping[str, Any]) -> None:
    if not definition["Targets"].get("S3Targets"):
        raise invalid("Targets must have S3Targets: local_aws supports no other target")
    for target in definition["Targets"]["S3Targets"]:
        _check_target(target)
    if not definition.get("DatabaseName"):
        raise invalid("DatabaseName is required: the database that tables are written to")
    crawl_options(definition["SchemaChangePolicy"], definition.get("Configuration"))


def _check_target(target: Mapping[str, Any]) -> None:
    try:
        split_uri(target.get("Path", ""))
    except AwsError as error:
        raise invalid(f"S3 target path: {error.message}") from None
    for pattern in target.get("Exclusions", []):
        exclude_pattern(pattern)


def _refuse_running(crawler: Mapping[str, Any]) -> None:
    if crawler["State"] != "READY":
        raise AwsError("CrawlerRunningException", f"Crawler with name {crawler['Name']} is running")


def _taken(name: str) -> AwsError:
    return AwsError("AlreadyExistsException", f"Crawler with name {name} already exists")


def _missing(name: str) -> AwsError:
    return AwsError("EntityNotFoundException", f"Crawler with name {name} does not exist")
