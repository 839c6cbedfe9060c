"""Work groups: their settings, and what they do to queries."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningServer
from tests.services.athena.queries import BUCKET, execute, put, rows

LOCATION = "s3://athena-results/group/"


def create(server: RunningServer, name: str, **configuration: object) -> None:
    server.client("athena").create_work_group(Name=name, Configuration=configuration)


def test_primary_group_exists_and_cannot_be_deleted(server: RunningServer) -> None:
    group = server.client("athena").get_work_group(WorkGroup="primary")["WorkGroup"]

    assert group["State"] == "ENABLED"
    assert group["Configuration"]["EnforceWorkGroupConfiguration"] is False
    assert group["Configuration"]["EngineVersion"]["EffectiveEngineVersion"] == "Athena engine version 3"
    with pytest.raises(ClientError, match="cannot be deleted"):
        server.client("athena").delete_work_group(WorkGroup="primary", RecursiveDeleteOption=True)


def test_enforced_location_overrides_the_querys(server: RunningServer) -> None:
    create(server, "enforced", ResultConfiguration={"OutputLocation": LOCATION})
    create(server, "free", ResultConfiguration={"OutputLocation": LOCATION}, EnforceWorkGroupConfiguration=False)

    enforced = execute(server, "SHOW TABLES", WorkGroup="enforced")
    free = execute(server, "SHOW TABLES", WorkGroup="free")

    assert enforced["ResultConfiguration"]["OutputLocation"].startswith(LOCATION)
    assert not free["ResultConfiguration"]["OutputLocation"].startswith(LOCATION)
    by_default = execute(server, "SHOW TABLES", WorkGroup="free", ResultConfiguration={})
    assert by_default["ResultConfiguration"]["OutputLocation"].startswith(LOCATION)


def test_query_that_scans_too_much_is_cancelled(server: RunningServer) -> None:
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 2**62, 1_500_000)
    pq.write_table(pa.table({"n": noise, "m": noise[::-1].copy()}), file, compression="none", use_dictionary=False)
    put(server, "wide/part.parquet", file.getvalue())
    rows(server, f"CREATE EXTERNAL TABLE wide (n bigint, m bigint) STORED AS PARQUET LOCATION 's3://{BUCKET}/wide/'")
    create(server, "thrifty", ResultConfiguration={"OutputLocation": LOCATION}, BytesScannedCutoffPerQuery=15_000_000)

    one = execute(server, "SELECT sum(n % 7) FROM wide", WorkGroup="thrifty")
    both = execute(server, "SELECT sum(n % 7), sum(m % 7) FROM wide", WorkGroup="thrifty")

    assert one["Status"]["State"] == "SUCCEEDED"
    assert both["Status"]["State"] == "CANCELLED"
    assert both["Status"]["StateChangeReason"] == "Bytes scanned limit was exceeded"
    assert both["Statistics"]["DataScannedInBytes"] > 15_000_000


def test_group_is_updated_disabled_and_deleted(server: RunningServer) -> None:
    client = server.client("athena")
    create(server, "changing", ResultConfiguration={"OutputLocation": LOCATION}, BytesScannedCutoffPerQuery=10**8)
    client.update_work_group(
        WorkGroup="changing",
        Description="changed",
        ConfigurationUpdates={
            "RemoveBytesScannedCutoffPerQuery": True,
            "EnforceWorkGroupConfiguration": False,
            "ResultConfigurationUpdates": {"RemoveOutputLocation": True},
        },
    )

    group = client.get_work_group(WorkGroup="changing")["WorkGroup"]
    assert group["Description"] == "changed"
    assert "BytesScannedCutoffPerQuery" not in group["Configuration"]
    assert "OutputLocation" not in group["Configuration"]["ResultConfiguration"]

    execute(server, "SHOW TABLES", WorkGroup="changing")
    client.update_work_group(WorkGroup="changing", State="DISABLED")
    with pytest.raises(ClientError, match="WorkGroup changing is disabled"):
        execute(server, "SHOW TABLES", WorkGroup="changing")
    with pytest.raises(ClientError, match="WorkGroup changing is not empty"):
        client.delete_work_group(WorkGroup="changing")
    client.delete_work_group(WorkGroup="changing", RecursiveDeleteOption=True)
    assert "changing" not in [group["Name"] for group in client.list_work_groups()["WorkGroups"]]


def test_duplicate_name_is_refused(server: RunningServer) -> None:
    create(server, "once")

    with pytest.raises(ClientError, match="WorkGroup once is already created"):
        create(server, "once")


def test_tags_are_added_removed_and_listed(server: RunningServer) -> None:
    client = server.client("athena")
    client.create_work_group(Name="tagged", Tags=[{"Key": "stack", "Value": "a"}])
    arn = server.context.settings.arn("athena", "workgroup/tagged")

    client.tag_resource(ResourceARN=arn, Tags=[{"Key": "team", "Value": "b"}])
    client.untag_resource(ResourceARN=arn, TagKeys=["stack"])

    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "team", "Value": "b"}]
    with pytest.raises(ClientError, match="is not a work group"):
        client.list_tags_for_resource(ResourceARN="arn:aws:athena:us-east-1:123456789012:datacatalog/x")
