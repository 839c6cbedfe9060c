"""Athena's view of the Glue catalog: GetDataCatalog, ListDatabases, ListTableMetadata and their like."""

from __future__ import annotations

from typing import Final

from local_aws.contracts.paging import page
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.regular_expressions import Allowance, Expression, ExpressionError, MatchTimeoutError
from local_aws.services.athena.glue_tables import listing

NAME: Final = "AwsDataCatalog"


class DataCatalog:
    """The one data catalog, Glue's.

    Parameters
    ----------
    context
        The server's parts.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def get(self, request: Request) -> Answer:
        """Serve GetDataCatalog."""
        self._check(request["Name"])
        return {"DataCatalog": {"Name": NAME, "Type": "GLUE", "Description": "AWS Glue Data Catalog"}}

    def list(self, request: Request) -> Answer:
        """Serve ListDataCatalogs."""
        items, token = page([{"CatalogName": NAME, "Type": "GLUE"}], request, default=50)
        return {"DataCatalogsSummary": items, **({"NextToken": token} if token else {})}

    def database(self, request: Request) -> Answer:
        """Serve GetDatabase."""
        self._check(request["CatalogName"])
        try:
            answer = self._context.call("glue", "GetDatabase", {"Name": request["DatabaseName"].lower()})
        except AwsError as error:
            raise _metadata_error(error) from error
        return {"Database": _database(answer["Database"])}

    def databases(self, request: Request) -> Answer:
        """Serve ListDatabases."""
        self._check(request["CatalogName"])
        found = [_database(each) for each in listing(self._context, "GetDatabases", "DatabaseList")]
        items, token = page(found, request, default=50)
        return {"DatabaseList": items, **({"NextToken": token} if token else {})}

    def table(self, request: Request) -> Answer:
        """Serve GetTableMetadata."""
        self._check(request["CatalogName"])
        wanted = {"DatabaseName": request["DatabaseName"].lower(), "Name": request["TableName"].lower()}
        try:
            answer = self._context.call("glue", "GetTable", wanted)
        except AwsError as error:
            raise _metadata_error(error) from error
        return {"TableMetadata": _table(answer["Table"])}

    def tables(self, request: Request) -> Answer:
        """Serve ListTableMetadata; Expression is a regular expression."""
        self._check(request["CatalogName"])
        try:
            pattern = Expression(request.get("Expression", ".*"))
            found = list(listing(self._context, "GetTables", "TableList", DatabaseName=request["DatabaseName"].lower()))
        except ExpressionError as error:
            raise AwsError("InvalidRequestException", f"Expression is no regular expression: {error}") from error
        except AwsError as error:
            raise _metadata_error(error) from error
        allowance = Allowance()
        try:
            tables = [_table(each) for each in found if pattern.matches(each["Name"], allowance)]
        except MatchTimeoutError as error:
            raise AwsError("InvalidRequestException", f"Expression: {error}") from None
        items, token = page(tables, request, default=50)
        return {"TableMetadataList": items, **({"NextToken": token} if token else {})}

    def _check(self, name: str) -> None:
        if name.lower() != NAME.lower():
            raise AwsError("InvalidRequestException", f"Data catalog {name} is not found; local_aws has {NAME}")


def _metadata_error(error: AwsError) -> AwsError:
    return AwsError("MetadataException", f"{error.code}: {error.message}")


def _database(database: Answer) -> Answer:
    return {name: database[name] for name in ("Name", "Description", "Parameters") if name in database}


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
    return {name: column[name] for name in ("Name", "Type", "Comment") if name in column}
