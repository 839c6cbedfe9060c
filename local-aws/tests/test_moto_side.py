"""Each operation that is passed on to moto has its effect, which later calls show."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)
COLUMNS = {"Columns": [{"Name": "a", "Type": "int"}], "Location": "s3://bucket-a/t/"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    from tests.conftest import running

    with running(tmp_path_factory.mktemp("data")) as server:
        yield server


def test_buckets(server) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="bucket-a")
    assert "bucket-a" in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert s3.head_bucket(Bucket="bucket-a")["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert s3.get_bucket_location(Bucket="bucket-a")["LocationConstraint"] is None
    assert "Status" not in s3.get_bucket_versioning(Bucket="bucket-a")
    s3.put_bucket_tagging(Bucket="bucket-a", Tagging={"TagSet": [{"Key": "Stack", "Value": "lab"}]})
    assert s3.get_bucket_tagging(Bucket="bucket-a")["TagSet"] == [{"Key": "Stack", "Value": "lab"}]
    s3.delete_bucket_tagging(Bucket="bucket-a")
    with pytest.raises(ClientError, match="NoSuchTagSet"):
        s3.get_bucket_tagging(Bucket="bucket-a")
    s3.delete_bucket(Bucket="bucket-a")
    with pytest.raises(ClientError, match="404"):
        s3.head_bucket(Bucket="bucket-a")


def test_objects(server) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="bucket-b")
    s3.put_object(Bucket="bucket-b", Key="k", Body=b"content")
    s3.copy_object(Bucket="bucket-b", Key="copy", CopySource="bucket-b/k")
    assert s3.get_object(Bucket="bucket-b", Key="copy")["Body"].read() == b"content"
    assert [found["Key"] for found in s3.list_objects(Bucket="bucket-b")["Contents"]] == ["copy", "k"]
    s3.put_object_tagging(Bucket="bucket-b", Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    assert s3.get_object_tagging(Bucket="bucket-b", Key="k")["TagSet"] == [{"Key": "a", "Value": "b"}]
    s3.delete_object_tagging(Bucket="bucket-b", Key="k")
    assert s3.get_object_tagging(Bucket="bucket-b", Key="k")["TagSet"] == []


def test_multipart_uploads(server, tmp_path: Path) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="bucket-c")
    s3.put_object(Bucket="bucket-c", Key="source", Body=b"x" * (5 << 20))
    place = {"Bucket": "bucket-c", "Key": "whole"}
    upload = s3.create_multipart_upload(**place)["UploadId"]
    assert [found["UploadId"] for found in s3.list_multipart_uploads(Bucket="bucket-c")["Uploads"]] == [upload]
    copied = s3.upload_part_copy(**place, UploadId=upload, PartNumber=1, CopySource="bucket-c/source")
    sent = s3.upload_part(**place, UploadId=upload, PartNumber=2, Body=b"end")
    assert [part["PartNumber"] for part in s3.list_parts(**place, UploadId=upload)["Parts"]] == [1, 2]
    parts = [
        {"PartNumber": 1, "ETag": copied["CopyPartResult"]["ETag"]},
        {"PartNumber": 2, "ETag": sent["ETag"]},
    ]
    s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": parts})
    assert s3.get_object(**place)["Body"].read() == b"x" * (5 << 20) + b"end"
    given_up = s3.create_multipart_upload(**place)["UploadId"]
    s3.abort_multipart_upload(**place, UploadId=given_up)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="bucket-c")


def test_databases_and_tables(server) -> None:
    glue = server.client("glue")
    glue.create_database(DatabaseInput={"Name": "d1"})
    glue.update_database(Name="d1", DatabaseInput={"Name": "d1", "Description": "changed"})
    assert glue.get_database(Name="d1")["Database"]["Description"] == "changed"
    assert "d1" in [database["Name"] for database in glue.get_databases()["DatabaseList"]]
    for name in ("t1", "t2"):
        glue.create_table(DatabaseName="d1", TableInput={"Name": name, "StorageDescriptor": COLUMNS})
    glue.update_table(DatabaseName="d1", TableInput={"Name": "t1", "Parameters": {"classification": "parquet"}})
    assert glue.get_table(DatabaseName="d1", Name="t1")["Table"]["Parameters"] == {"classification": "parquet"}
    glue.delete_table(DatabaseName="d1", Name="t1")
    assert [table["Name"] for table in glue.get_tables(DatabaseName="d1")["TableList"]] == ["t2"]
    glue.batch_delete_table(DatabaseName="d1", TablesToDelete=["t2"])
    assert glue.get_tables(DatabaseName="d1")["TableList"] == []
    glue.delete_database(Name="d1")
    with pytest.raises(ClientError, match="EntityNotFound"):
        glue.get_database(Name="d1")


def test_partitions(server) -> None:
    glue = server.client("glue")
    table = {"DatabaseName": "d2", "TableName": "t"}

    def values() -> list[str]:
        return sorted(found["Values"][0] for found in glue.get_partitions(**table)["Partitions"])

    def place(year: str) -> dict:
        return {"Values": [year], "StorageDescriptor": {"Location": f"s3://bucket-a/t/year={year}/"}}

    glue.create_database(DatabaseInput={"Name": "d2"})
    keys = [{"Name": "year", "Type": "string"}]
    glue.create_table(DatabaseName="d2", TableInput={"Name": "t", "StorageDescriptor": COLUMNS, "PartitionKeys": keys})
    glue.create_partition(**table, PartitionInput=place("2016"))
    glue.batch_create_partition(**table, PartitionInputList=[place("2017"), place("2018")])
    assert values() == ["2016", "2017", "2018"]
    glue.update_partition(**table, PartitionValueList=["2016"], PartitionInput=place("2015"))
    entries = [{"PartitionValueList": ["2017"], "PartitionInput": {**place("2017"), "Parameters": {"rows": "1"}}}]
    glue.batch_update_partition(**table, Entries=entries)
    assert glue.get_partition(**table, PartitionValues=["2017"])["Partition"]["Parameters"] == {"rows": "1"}
    found = glue.batch_get_partition(**table, PartitionsToGet=[{"Values": ["2015"]}, {"Values": ["1900"]}])
    assert [partition["Values"] for partition in found["Partitions"]] == [["2015"]]
    glue.delete_partition(**table, PartitionValues=["2015"])
    glue.batch_delete_partition(**table, PartitionsToDelete=[{"Values": ["2017"]}])
    assert values() == ["2018"]


def test_roles_and_policies(server) -> None:
    iam = server.client("iam")
    iam.create_role(RoleName="role-a", AssumeRolePolicyDocument=TRUST, Tags=[{"Key": "a", "Value": "b"}])
    assert [role["RoleName"] for role in iam.list_roles()["Roles"]] == ["role-a"]
    iam.tag_role(RoleName="role-a", Tags=[{"Key": "c", "Value": "d"}])
    iam.untag_role(RoleName="role-a", TagKeys=["a"])
    assert iam.list_role_tags(RoleName="role-a")["Tags"] == [{"Key": "c", "Value": "d"}]
    trust = json.loads(TRUST) | {"Id": "changed"}
    iam.update_assume_role_policy(RoleName="role-a", PolicyDocument=json.dumps(trust))
    assert iam.get_role(RoleName="role-a")["Role"]["AssumeRolePolicyDocument"]["Id"] == "changed"

    iam.put_role_policy(RoleName="role-a", PolicyName="inline", PolicyDocument=POLICY)
    assert iam.list_role_policies(RoleName="role-a")["PolicyNames"] == ["inline"]
    assert iam.get_role_policy(RoleName="role-a", PolicyName="inline")["PolicyDocument"] == json.loads(POLICY)
    iam.delete_role_policy(RoleName="role-a", PolicyName="inline")
    assert iam.list_role_policies(RoleName="role-a")["PolicyNames"] == []

    arn = iam.create_policy(PolicyName="managed", PolicyDocument=POLICY)["Policy"]["Arn"]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["PolicyName"] == "managed"
    assert arn in [policy["Arn"] for policy in iam.list_policies(Scope="Local")["Policies"]]
    version = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert version["Document"] == json.loads(POLICY)
    iam.attach_role_policy(RoleName="role-a", PolicyArn=arn)
    attached = iam.list_attached_role_policies(RoleName="role-a")["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [arn]
    iam.detach_role_policy(RoleName="role-a", PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)
    assert iam.list_policies(Scope="Local")["Policies"] == []
    iam.delete_role(RoleName="role-a")
    assert iam.list_roles()["Roles"] == []


def test_logs(server) -> None:
    logs = server.client("logs")
    stream = {"logGroupName": "/group", "logStreamName": "stream"}
    logs.create_log_group(logGroupName="/group")
    logs.create_log_stream(**stream)
    events = [{"timestamp": int(time.time() * 1000), "message": word} for word in ("started", "failed")]
    logs.put_log_events(**stream, logEvents=events)
    assert [event["message"] for event in logs.get_log_events(**stream)["events"]] == ["started", "failed"]
    found = logs.filter_log_events(logGroupName="/group", filterPattern="failed")["events"]
    assert [event["message"] for event in found] == ["failed"]
    assert [s["logStreamName"] for s in logs.describe_log_streams(logGroupName="/group")["logStreams"]] == ["stream"]
    logs.delete_log_stream(**stream)
    assert logs.describe_log_streams(logGroupName="/group")["logStreams"] == []
    logs.delete_log_group(logGroupName="/group")
    assert logs.describe_log_groups()["logGroups"] == []
