"""Athena's view of the Glue catalog: GetDataCatalog, ListDatabases, ListTableMetadata and their like."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import selected
from local_aws.kernel.regular_expressions import Allowance, Expression, ExpressionError, MatchTimeoutError
from local_aws.services.athena.catalog.glue import GlueCatalog
from local_aws.services.athena.errors import invalid_request

DATA_CATALOG: Final = "AwsDataCatalog"


class DataCatalog:
    """The one data catalog, Glue's."""

    def __init__(self, catalog: GlueCatalog) -> None:
        self._catalog = catalog

    def get(self, request: Request) -> Answer:
        """Serve GetDataCatalog."""
        check_catalog(request["Name"])
        return {"DataCatalog": {"Name": DATA_CATALOG, "Type": "GLUE", "Description": "AWS Glue Data Catalog"}}

    def list(self, _request: Request) -> Answer:
        """Serve ListDataCatalogs."""
        return {"DataCatalogsSummary": [{"CatalogName": DATA_CATALOG, "Type": "GLUE"}]}

    def database(self, request: Request) -> Answer:
        """Serve GetDatabase."""
        check_catalog(request["CatalogName"])
        with _metadata_errors():
            answer = self._catalog.call("GetDatabase", Name=request["DatabaseName"].lower())
        return {"Database": _database(answer["Database"])}

    def databases(self, request: Request) -> Answer:
        """Serve ListDatabases."""
        check_catalog(request["CatalogName"])
        return {"DatabaseList": map(_database, self._catalog.databases())}

    def table(self, request: Request) -> Answer:
        """Serve GetTableMetadata."""
        check_catalog(request["CatalogName"])
        with _metadata_errors():
            answer = self._catalog.call(
                "GetTable", DatabaseName=request["DatabaseName"].lower(), Name=request["TableName"].lower()
            )
        return {"TableMetadata": _table(answer["Table"])}

    def tables(self, request: Request) -> Answer:
        """Serve ListTableMetadata; Expression is a regular expression."""
        check_catalog(request["CatalogName"])
        try:
            pattern = Expression(request.get("Expression", ".*"))
            with _metadata_errors():
                tables = list(self._catalog.tables(request["DatabaseName"].lower()))
            allowance = Allowance()
            matching = [table for table in tables if pattern.matches(table["Name"], allowance)]
        except ExpressionError as error:
            raise invalid_request(f"Expression is not a regular expression: {error}") from error
        except MatchTimeoutError as error:
            raise invalid_request(f"Expression: {error}") from None
        return {"TableMetadataList": map(_table, matching)}


def check_catalog(name: str) -> None:
    """Raise an error for a data catalog other than Glue's."""
    if name.lower() != DATA_CATALOG.lower():
        raise invalid_request(f"Data catalog {name} is not found; local_aws supports only {DATA_CATALOG}")


@contextmanager
def _metadata_errors() -> Iterator[None]:
    try:
        yield
    except AwsError as error:
        raise AwsError("MetadataException", f"{error.code}: {error.message}") from error


def _database(database: Answer) -> Answer:
    return selected(database, ("Name", "Description", "Parameters"))


def _table(table: Answer) -> Answer:
    storage = table.get("StorageDescriptor", {})
    answer = {
        "Name": table["Name"],
        "TableType": table.get("TableType", "EXTERNAL_TABLE"),
        "Columns": [_column(column) for column in storage.get("Columns", [])],
        "PartitionKeys": [_column(column) for column in table.get("PartitionKeys", [])],
        "Parameters": {
            **table.get("Parameters", {}),
            "location": storage.get("Location", ""),
            "inputformat": storage.get("InputFormat", ""),
            "outputformat": storage.get("OutputFormat", ""),
            "serde.serialization.lib": storage.get("SerdeInfo", {}).get("SerializationLibrary", ""),
        },
    }
    return answer | ({"CreateTime": table["CreateTime"]} if "CreateTime" in table else {})


def _column(column: Answer) -> Answer:
    return selected(column, ("Name", "Type", "Comment"))
