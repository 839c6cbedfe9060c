"""Work groups of Athena."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from local_aws.kernel.errors import AwsError

ACCOUNT = "123456789012"


def test_work_group_is_created_updated_and_deleted(server, resource) -> None:
    athena, group = server.client("athena"), resource("AWS::Athena::WorkGroup")
    results = {"OutputLocation": "s3://results/a/", "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"}}
    made = group.create(
        Name="lab",
        Description="first",
        WorkGroupConfiguration={"BytesScannedCutoffPerQuery": "10000000", "ResultConfiguration": results},
        Tags=[{"Key": "a", "Value": "b"}],
    )
    assert made.physical_id == "lab"
    found = athena.get_work_group(WorkGroup="lab")["WorkGroup"]
    assert found["Configuration"]["BytesScannedCutoffPerQuery"] == 10_000_000
    assert found["Configuration"]["ResultConfiguration"] == results

    group.update(
        Name="lab",
        State="DISABLED",
        RecursiveDeleteOption=True,
        WorkGroupConfiguration={"ResultConfiguration": {"OutputLocation": "s3://results/b/"}},
        Tags=[{"Key": "c", "Value": "d"}],
    )
    found = athena.get_work_group(WorkGroup="lab")["WorkGroup"]
    assert (found["State"], found.get("Description", "")) == ("DISABLED", "")
    assert "BytesScannedCutoffPerQuery" not in found["Configuration"]
    assert found["Configuration"]["ResultConfiguration"] == {"OutputLocation": "s3://results/b/"}
    arn = f"arn:aws:athena:us-east-1:{ACCOUNT}:workgroup/lab"
    assert athena.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "c", "Value": "d"}]
    group.delete()
    with pytest.raises(ClientError, match="is not found"):
        athena.get_work_group(WorkGroup="lab")


def test_work_group_is_created_disabled_and_old_property_is_refused(server, resource) -> None:
    group = resource("AWS::Athena::WorkGroup")
    group.create(Name="disabled", State="DISABLED")
    assert server.client("athena").get_work_group(WorkGroup="disabled")["WorkGroup"]["State"] == "DISABLED"
    group.delete()
    with pytest.raises(AwsError, match="WorkGroupConfigurationUpdates"):
        group.create(Name="disabled", WorkGroupConfigurationUpdates={})
