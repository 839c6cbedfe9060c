"""Glue crawler definitions: CreateCrawler, GetCrawler, GetCrawlers, ListCrawlers, UpdateCrawler, DeleteCrawler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from local_aws.contracts.honoured import only
from local_aws.contracts.paging import page
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, public
from local_aws.services.glue.crawl.exclude_patterns import exclude_pattern
from local_aws.services.glue.crawl.options import crawl_options
from local_aws.services.glue.tags import KEY as TAGS
from local_aws.services.glue.tags import tagged
from local_aws.services.s3.objects import split_uri

KIND = "glue-crawler"

_DEFAULTS: Record = {
    "Classifiers": [],
    "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
    "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"},
    "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
}
_REFUSED = ("CatalogId", "Classifiers", "CrawlerSecurityConfiguration", "Schedule")


class CrawlerRecords:
    """The crawler definitions."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def change(self, name: str, change: Callable[[Record], None]) -> Record:
        """Change a crawler's record atomically; return it as stored.

        Raises
        ------
        AwsError
            ``EntityNotFoundException``, or what `change` raises.
        """
        try:
            return self._context.records.update(KIND, name, change)
        except KeyError:
            raise _not_found(name) from None

    def find(self, name: str) -> Record:
        """Return a crawler's record."""
        crawler = self._context.records.get(KIND, name)
        if crawler is None:
            raise _not_found(name)
        return crawler

    def all(self) -> list[Record]:
        """Return every crawler's record."""
        return self._context.records.list(KIND)

    def create(self, request: Request) -> Answer:
        """CreateCrawler."""
        name = request["Name"]
        definition = {key: value for key, value in request.items() if key != "Tags"}
        crawler = {**_DEFAULTS, **definition}
        _check(crawler)
        moment = now()
        crawler |= {"State": "READY", "CreationTime": moment, "LastUpdated": moment, "Version": 1}
        crawler[TAGS] = request.get("Tags", {})
        try:
            self._context.records.insert(KIND, name, crawler)
        except KeyError:
            raise AwsError("AlreadyExistsException", f"Crawler with name {name} already exists") from None
        return {}

    def get(self, request: Request) -> Answer:
        """GetCrawler."""
        return {"Crawler": _shown(self.find(request["Name"]))}

    def get_all(self, request: Request) -> Answer:
        """GetCrawlers."""
        crawlers, token = page([_shown(crawler) for crawler in self.all()], request)
        return {"Crawlers": crawlers, **({"NextToken": token} if token else {})}

    def list_names(self, request: Request) -> Answer:
        """ListCrawlers, by tags if any are asked for."""
        names, token = page(tagged(self.all(), request.get("Tags", {})), request)
        return {"CrawlerNames": names, **({"NextToken": token} if token else {})}

    def update(self, request: Request) -> Answer:
        """UpdateCrawler: members that are given replace the old ones."""

        def change(crawler: Record) -> None:
            _refuse_running(crawler)
            crawler |= request
            _check(crawler)
            crawler |= {"LastUpdated": now(), "Version": crawler["Version"] + 1}

        self.change(request["Name"], change)
        return {}

    def delete(self, request: Request) -> Answer:
        """DeleteCrawler."""
        _refuse_running(self.find(request["Name"]))
        self._context.records.delete(KIND, request["Name"])
        return {}


def _shown(crawler: Record) -> Record:
    shown = public(crawler)
    running = crawler["State"] != "READY"
    elapsed = (now() - crawler["_started"]).total_seconds() * 1000 if running else 0
    return {**shown, "CrawlElapsedTime": int(elapsed)}


def _check(definition: Mapping[str, Any]) -> None:
    targets = {kind: found for kind, found in definition["Targets"].items() if found}
    if targets.keys() != {"S3Targets"}:
        raise AwsError("InvalidInputException", "local_aws crawls S3: Targets must hold S3Targets and nothing else")
    for target in targets["S3Targets"]:
        _check_target(target)
    if not definition.get("DatabaseName"):
        raise AwsError("InvalidInputException", "DatabaseName is required: the database that tables are written to")
    asked_for = [member for member in _REFUSED if definition.get(member)]
    if asked_for:
        raise AwsError(
            "InvalidInputException", f"local_aws does not do {', '.join(asked_for)} of crawlers; leave it out"
        )
    only(
        definition.get("LakeFormationConfiguration", {}),
        (),
        "a crawler's LakeFormationConfiguration",
        "InvalidInputException",
    )
    if definition["LineageConfiguration"].get("CrawlerLineageSettings", "DISABLE") != "DISABLE":
        raise AwsError("InvalidInputException", "local_aws records no lineage: CrawlerLineageSettings must be DISABLE")
    if definition["RecrawlPolicy"].get("RecrawlBehavior", "CRAWL_EVERYTHING") != "CRAWL_EVERYTHING":
        raise AwsError("InvalidInputException", "local_aws crawls everything: RecrawlBehavior must be CRAWL_EVERYTHING")
    crawl_options(definition["SchemaChangePolicy"], definition.get("Configuration"))


def _check_target(target: Mapping[str, Any]) -> None:
    unknown = target.keys() - {"Path", "Exclusions"}
    if unknown:
        raise AwsError("InvalidInputException", f"local_aws does not do {', '.join(sorted(unknown))} of S3 targets")
    try:
        split_uri(target.get("Path", ""))
    except AwsError as error:
        raise AwsError("InvalidInputException", f"S3 target path: {error.message}") from None
    for pattern in target.get("Exclusions", []):
        exclude_pattern(pattern)


def _refuse_running(crawler: Mapping[str, Any]) -> None:
    if crawler["State"] != "READY":
        raise AwsError("CrawlerRunningException", f"Crawler with name {crawler['Name']} is running")


def _not_found(name: str) -> AwsError:
    return AwsError("EntityNotFoundException", f"Crawler with name {name} does not exist")
