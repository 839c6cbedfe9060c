"""The work of one crawl: classify and group the files of every target, then bring the catalog in line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable

from local_aws.kernel.context import Context
from local_aws.kernel.objects import split_uri
from local_aws.kernel.records import Record
from local_aws.services.glue.crawl.catalog import CatalogWriter
from local_aws.services.glue.crawl.classify import DataFile, classify
from local_aws.services.glue.crawl.grouping import TableFound, find_tables
from local_aws.services.glue.crawl.options import crawl_options
from local_aws.services.glue.crawl.table_input import Origin
from local_aws.services.glue.crawl.targets import folder_of, included
from local_aws.services.glue.errors import invalid


class CrawlWork:
    """One crawl.

    Parameters
    ----------
    check_stopped
        Called between files and between tables; raises when the crawl is to end.
    """

    def __init__(
        self, context: Context, crawler: Record, say: Callable[[str], None], check_stopped: Callable[[], None]
    ) -> None:
        self._context = context
        self._crawler = crawler
        self._say = say
        self._check_stopped = check_stopped
        self._options = crawl_options(crawler["SchemaChangePolicy"], crawler.get("Configuration"))

    def run(self) -> Counter[tuple[str, str]]:
        """Crawl.

        Returns
        -------
        Counter
            What changed in the catalog, e.g. ``{("TABLE", "ADD"): 1, ("PARTITION", "ADD"): 3}``.

        Raises
        ------
        AwsError, UnreadableFileError, UnsupportedFormatError
            Why the crawl fails.
        """
        return self._write(self._find())

    def _find(self) -> list[tuple[Origin, TableFound]]:
        """Classify and group the files of every target."""
        combine = self._options.combine_compatible
        tables = []
        for target in self._crawler["Targets"]["S3Targets"]:
            bucket, prefix = split_uri(target["Path"])
            exclusions = tuple(target.get("Exclusions", ()))
            origin = Origin(self._crawler["Name"], bucket, self._crawler.get("TablePrefix", ""), exclusions)
            files = self._classified(bucket, prefix, exclusions)
            folder = folder_of(prefix)
            root = (
                folder if any(file.key.startswith(folder) for file in files) else folder_of(prefix.rpartition("/")[0])
            )
            tables += [(origin, table) for table in find_tables(files, root, combine=combine)]
        return tables

    def _classified(self, bucket: str, prefix: str, exclusions: tuple[str, ...]) -> list[DataFile]:
        files = []
        for info in included(self._context.objects.list(bucket, prefix.strip("/")), prefix, exclusions):
            self._check_stopped()
            file = classify(self._context.objects.get(bucket, info.key))
            if file is None:
                self._say(f"WARN : s3://{bucket}/{info.key} is of no known format; it is in no table")
            else:
                files.append(file)
        return files

    def _write(self, tables: list[tuple[Origin, TableFound]]) -> Counter[tuple[str, str]]:
        """Write the catalog; log and return what changed."""
        crawler = self._crawler
        database = crawler["DatabaseName"]
        if self._options.table_threshold is not None and len(tables) > self._options.table_threshold:
            locations = ", ".join(origin.uri(table.location) for origin, table in tables)
            raise invalid(
                f"The number of tables detected by crawler: {len(tables)} is greater than the table threshold value "
                f"provided: {self._options.table_threshold}. The tables are at {locations}"
            )
        self._say(f"BENCHMARK : Classification complete, writing results to database {database}")
        configuration = f"Configuration {crawler['Configuration']} and " if "Configuration" in crawler else ""
        policy = json.dumps(crawler["SchemaChangePolicy"])
        self._say(f"INFO : Crawler configured with {configuration}SchemaChangePolicy {policy}.")
        writer = CatalogWriter(self._context.call, database, self._options, self._say)
        for origin, table in tables:
            self._check_stopped()
            writer.write(table, origin)
        writer.settle(crawler["Name"])
        self._say("BENCHMARK : Finished writing to Catalog")
        for kind in ("TABLE", "PARTITION"):
            changes = {action: number for (changed, action), number in writer.changes.items() if changed == kind}
            if changes:
                self._say(f"INFO : Run Summary For {kind}:")
                for action, number in changes.items():
                    self._say(f"INFO : {action}: {number}")
        return writer.changes
