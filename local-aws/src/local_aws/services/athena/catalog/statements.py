"""What statements about the catalog have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from local_aws.kernel.context import Answer
from local_aws.services.athena.catalog.glue import GlueCatalog


class CatalogStatement(ABC):
    """A parsed statement about the catalog."""

    result_columns: ClassVar[tuple[str, ...]] = ()
    """The names of the result's columns."""

    @abstractmethod
    def run(self, catalog: GlueCatalog, database: str) -> list[str]:
        """Run the statement in the query's database and return the lines of its result.

        Raise `QueryFailedError`, in Hive's words, if it cannot be done.
        """


@dataclass(frozen=True)
class TableName:
    """A table as a statement names it; without a database, the query's own is meant."""

    database: str | None
    table: str

    def find(self, catalog: GlueCatalog, database: str) -> Answer:
        """Return Glue's ``Table``, or raise `QueryFailedError`."""
        return catalog.require_table(self.database or database, self.table)
