"""The catalog does what a request asks for, or refuses it by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.contracts.moto_operations import MOTO
from local_aws.kernel.account import ACCOUNT_ID
from tests.conftest import RunningServer

DATABASE = "rules"
COLUMNS = {"Columns": [{"Name": "a", "Type": "int"}], "Location": "s3://bucket/t/"}
SCHEMA = {"SchemaReference": {"SchemaId": {"SchemaName": "s", "RegistryName": "r"}, "SchemaVersionNumber": 1}}
IN_DATABASE = {"DatabaseName": DATABASE}
IN_TABLE = {**IN_DATABASE, "TableName": "t"}
TABLE = {"Name": "t", "StorageDescriptor": COLUMNS, "PartitionKeys": [{"Name": "year", "Type": "string"}]}
NEW_TABLE = {"Name": "new", "StorageDescriptor": COLUMNS}
NEW_PARTITION = {"Values": ["1900"], "StorageDescriptor": SCHEMA}
UPDATED = {**TABLE, "Parameters": {"updated": "yes"}}
LINK = {"CatalogId": ACCOUNT_ID, "DatabaseName": "elsewhere"}
SHARED = {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}
ICEBERG = {"IcebergInput": {"MetadataOperation": "CREATE"}}
ICEBERG_UPDATE: dict[str, Any] = {"UpdateIcebergInput": {"UpdateIcebergTableInput": {"Updates": []}}}


def _partition(year: str) -> dict[str, Any]:
    return {"Values": [year], "StorageDescriptor": {"Location": f"s3://bucket/t/year={year}/"}}


@pytest.fixture
def catalog(server: RunningServer) -> Iterator[Any]:
    """Yield a Glue client whose database has one table of two partitions."""
    client = server.client("glue")
    client.create_database(DatabaseInput={"Name": DATABASE, "CreateTableDefaultPermissions": [{"Principal": SHARED}]})
    client.create_table(**IN_DATABASE, TableInput=TABLE)
    client.batch_create_partition(**IN_TABLE, PartitionInputList=[_partition("2016"), _partition("2017")])
    yield client
    client.delete_database(Name=DATABASE)


def _contents(client: Any) -> list[Any]:
    databases = [database["Name"] for database in client.get_databases()["DatabaseList"]]
    return [databases, client.get_tables(**IN_DATABASE)["TableList"], client.get_partitions(**IN_TABLE)["Partitions"]]


def test_rules_cover_the_catalog(server: RunningServer) -> None:
    model = server.client("glue").meta.service_model

    for operation, members in MOTO["glue"].items():
        assert members.honoured <= model.operation_model(operation).input_shape.members.keys() | {"CatalogId"}


@pytest.mark.parametrize(
    ("operation", "request_members", "named"),
    [
        ("create_database", {"DatabaseInput": {"Name": "new"}, "CatalogId": "210987654321"}, "CatalogId '2109"),
        ("create_database", {"DatabaseInput": {"Name": "new"}, "Tags": {"a": "b"}}, "Tags of CreateDatabase"),
        (
            "create_database",
            {"DatabaseInput": {"Name": "new", "FederatedDatabase": {"ConnectionName": "c"}}},
            "DatabaseInput.FederatedDatabase of CreateDatabase",
        ),
        ("create_database", {"DatabaseInput": {"Name": "new", "TargetDatabase": LINK}}, "TargetDatabase"),
        ("update_database", {"Name": DATABASE, "DatabaseInput": {"Name": DATABASE, "TargetDatabase": LINK}}, "Target"),
        ("update_database", {"Name": DATABASE, "DatabaseInput": {"Name": "new"}}, "DatabaseInput.Name 'new'"),
        ("get_databases", {"ResourceShareType": "FOREIGN"}, "ResourceShareType 'FOREIGN'"),
        ("get_databases", {"AttributesToGet": ["NAME"]}, "AttributesToGet of GetDatabases"),
        ("get_databases", {"NextToken": "from-elsewhere"}, "NextToken"),
        ("get_database", {"Name": DATABASE, "CatalogId": "210987654321"}, "CatalogId"),
        ("delete_database", {"Name": DATABASE, "CatalogId": "210987654321"}, "CatalogId"),
        ("create_table", {**IN_DATABASE, "TableInput": NEW_TABLE, "CatalogId": "s3tablescatalog"}, "CatalogId"),
        ("create_table", {**IN_DATABASE, "TableInput": NEW_TABLE, "Name": "new"}, "Name of CreateTable"),
        (
            "create_table",
            {**IN_DATABASE, "TableInput": NEW_TABLE, "PartitionIndexes": [{"Keys": ["a"], "IndexName": "i"}]},
            "PartitionIndexes of CreateTable",
        ),
        ("create_table", {**IN_DATABASE, "TableInput": NEW_TABLE, "TransactionId": "t"}, "TransactionId"),
        ("create_table", {**IN_DATABASE, "TableInput": NEW_TABLE, "OpenTableFormatInput": ICEBERG}, "OpenTableFormat"),
        (
            "create_table",
            {**IN_DATABASE, "TableInput": {**NEW_TABLE, "TargetTable": LINK}},
            "TableInput.TargetTable of CreateTable",
        ),
        (
            "create_table",
            {**IN_DATABASE, "TableInput": {"Name": "new", "FederatedTable": {"Identifier": "i"}}},
            "Federa",
        ),
        (
            "create_table",
            {**IN_DATABASE, "TableInput": {"Name": "new", "ViewDefinition": {"IsProtected": True}}},
            "ViewDef",
        ),
        (
            "create_table",
            {**IN_DATABASE, "TableInput": {"Name": "new", "StorageDescriptor": SCHEMA}},
            "SchemaReference",
        ),
        ("create_table", IN_DATABASE, "CreateTable needs TableInput"),
        ("update_table", {**IN_DATABASE, "TableInput": UPDATED, "VersionId": "1"}, "VersionId of UpdateTable"),
        ("update_table", {**IN_DATABASE, "TableInput": UPDATED, "ViewUpdateAction": "ADD"}, "ViewUpdateAction"),
        ("update_table", {**IN_DATABASE, "TableInput": UPDATED, "TransactionId": "t"}, "TransactionId"),
        ("update_table", {**IN_DATABASE, "TableInput": UPDATED, "Force": True}, "Force"),
        ("update_table", {**IN_DATABASE, "TableInput": UPDATED, "Name": "t"}, "Name of UpdateTable"),
        (
            "update_table",
            {**IN_DATABASE, "TableInput": UPDATED, "UpdateOpenTableFormatInput": ICEBERG_UPDATE},
            "UpdateOpenTableFormatInput",
        ),
        ("update_table", {**IN_DATABASE, "Name": "t"}, "Name of UpdateTable"),
        ("get_table", {**IN_DATABASE, "Name": "t", "QueryAsOfTime": 0}, "QueryAsOfTime of GetTable"),
        ("get_table", {**IN_DATABASE, "Name": "t", "IncludeStatusDetails": True}, "IncludeStatusDetails"),
        ("get_tables", {**IN_DATABASE, "TransactionId": "t"}, "TransactionId"),
        ("get_tables", {**IN_DATABASE, "Expression": "*t"}, r"Expression '\*t'"),
        ("get_tables", {**IN_DATABASE, "Expression": "t|u"}, "Expression"),
        ("get_tables", {**IN_DATABASE, "NextToken": "from-elsewhere"}, "NextToken"),
        ("delete_table", {**IN_DATABASE, "Name": "t", "TransactionId": "t"}, "TransactionId of DeleteTable"),
        ("batch_delete_table", {**IN_DATABASE, "TablesToDelete": ["t"], "TransactionId": "t"}, "TransactionId"),
        ("create_partition", {**IN_TABLE, "PartitionInput": NEW_PARTITION}, "SchemaReference"),
        ("batch_create_partition", {**IN_TABLE, "PartitionInputList": [NEW_PARTITION]}, "SchemaReference"),
        (
            "update_partition",
            {**IN_TABLE, "PartitionValueList": ["2016"], "PartitionInput": NEW_PARTITION},
            "SchemaReference",
        ),
        (
            "batch_update_partition",
            {**IN_TABLE, "Entries": [{"PartitionValueList": ["2016"], "PartitionInput": NEW_PARTITION}]},
            "SchemaReference",
        ),
        (
            "get_partitions",
            {**IN_TABLE, "Segment": {"SegmentNumber": 1, "TotalSegments": 2}},
            "TotalSegments 2",
        ),
        ("get_partitions", {**IN_TABLE, "ExcludeColumnSchema": True}, "ExcludeColumnSchema of GetPartitions"),
        ("get_partitions", {**IN_TABLE, "QueryAsOfTime": 0}, "QueryAsOfTime"),
        ("get_partitions", {**IN_TABLE, "NextToken": "from-elsewhere"}, "NextToken"),
        ("get_partition", {**IN_TABLE, "PartitionValues": ["2016"], "CatalogId": "210987654321"}, "CatalogId"),
        (
            "batch_get_partition",
            {**IN_TABLE, "PartitionsToGet": [], "QuerySessionContext": {"QueryId": "q"}},
            "QuerySes",
        ),
        ("delete_partition", {**IN_TABLE, "PartitionValues": ["2016"], "CatalogId": "210987654321"}, "CatalogId"),
        ("batch_delete_partition", {**IN_TABLE, "PartitionsToDelete": [], "CatalogId": "210987654321"}, "CatalogId"),
    ],
)
def test_what_has_no_effect_is_refused(
    catalog: Any, operation: str, request_members: dict[str, Any], named: str
) -> None:
    before = _contents(catalog)

    with pytest.raises(ClientError, match=named) as caught:
        getattr(catalog, operation)(**request_members)

    assert caught.value.response["Error"]["Code"] == "InvalidInputException"
    assert _contents(catalog) == before


def test_what_needs_no_effect_is_let_through(catalog: Any) -> None:
    own = {"CatalogId": ACCOUNT_ID}

    catalog.update_table(**own, **IN_DATABASE, TableInput=UPDATED, SkipArchive=True, Force=False)
    assert catalog.get_table(**own, **IN_DATABASE, Name="t", IncludeStatusDetails=False)["Table"]["Parameters"] == {
        "updated": "yes"
    }
    assert catalog.get_databases(**own, MaxResults=100, ResourceShareType="ALL")["DatabaseList"]
    whole = catalog.get_partitions(**own, **IN_TABLE, Segment={"SegmentNumber": 0, "TotalSegments": 1})
    assert len(whole["Partitions"]) == 2


def test_default_permissions_of_a_database_are_given_back(catalog: Any) -> None:
    database = catalog.get_database(Name=DATABASE)["Database"]

    assert database["CreateTableDefaultPermissions"] == [{"Principal": SHARED}]


def test_expressions_select(catalog: Any) -> None:
    catalog.create_table(**IN_DATABASE, TableInput=NEW_TABLE)

    found = catalog.get_partitions(**IN_TABLE, Expression="year > '2016'")["Partitions"]
    assert [partition["Values"] for partition in found] == [["2017"]]
    for pattern, names in (("t*", ["t"]), ("*e*", ["new"]), ("ne.*", ["new"]), ("*", ["t", "new"])):
        tables = catalog.get_tables(**IN_DATABASE, Expression=pattern)["TableList"]
        assert [table["Name"] for table in tables] == names
