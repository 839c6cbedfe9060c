"""Athena's view of the Glue catalog."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningServer
from tests.services.athena.queries import DATABASE, rows

CATALOG = "AwsDataCatalog"


def test_data_catalog_is_glues(server: RunningServer) -> None:
    client = server.client("athena")

    assert client.get_data_catalog(Name=CATALOG)["DataCatalog"]["Type"] == "GLUE"
    assert client.list_data_catalogs()["DataCatalogsSummary"] == [{"CatalogName": CATALOG, "Type": "GLUE"}]
    with pytest.raises(ClientError, match="Data catalog other is not found"):
        client.get_data_catalog(Name="other")


def test_databases_of_the_catalog_are_listed(server: RunningServer) -> None:
    client = server.client("athena")

    assert DATABASE in [each["Name"] for each in client.list_databases(CatalogName=CATALOG)["DatabaseList"]]
    assert client.get_database(CatalogName=CATALOG, DatabaseName=DATABASE)["Database"]["Name"] == DATABASE
    with pytest.raises(client.exceptions.MetadataException):
        client.get_database(CatalogName=CATALOG, DatabaseName="nowhere")


def test_tables_of_the_catalog_are_listed(server: RunningServer) -> None:
    client = server.client("athena")
    rows(
        server,
        "CREATE EXTERNAL TABLE IF NOT EXISTS listed (a int COMMENT 'one') PARTITIONED BY (y string) STORED AS PARQUET "
        "LOCATION 's3://athena-data/listed/'",
    )

    table = client.get_table_metadata(CatalogName=CATALOG, DatabaseName=DATABASE, TableName="listed")["TableMetadata"]
    assert table["Columns"] == [{"Name": "a", "Type": "int", "Comment": "one"}]
    assert table["PartitionKeys"] == [{"Name": "y", "Type": "string"}]
    assert table["Parameters"]["location"] == "s3://athena-data/listed/"
    listed = client.list_table_metadata(CatalogName=CATALOG, DatabaseName=DATABASE, Expression="list.*")
    assert [each["Name"] for each in listed["TableMetadataList"]] == ["listed"]
    with pytest.raises(client.exceptions.MetadataException):
        client.get_table_metadata(CatalogName=CATALOG, DatabaseName=DATABASE, TableName="nope")
