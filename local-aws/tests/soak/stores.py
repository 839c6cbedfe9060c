"""Kinds of things with a name and a value that a client can put, look at and delete."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, Protocol

from botocore.exceptions import ClientError

BUCKET = "soak-bucket"
DATABASE = "soak"
PART_BYTES = 5 * 1024 * 1024
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
Clients = Callable[[str], Any]


class Store(Protocol):
    """One kind."""

    def put(self, clients: Clients, name: str, value: str, *, is_new: bool) -> None:
        """Create a thing, or give it another value."""

    def get(self, clients: Clients, name: str) -> str | None:
        """Return a thing's value; None when there is no such thing."""

    def delete(self, clients: Clients, name: str) -> None:
        """Delete a thing."""

    def names(self, clients: Clients) -> set[str]:
        """Return the names of all things."""


def _unless_missing(read: Callable[[], str]) -> str | None:
    try:
        return read()
    except ClientError as error:
        status, code = error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
        if status == 404 or "NotFound" in code or "NoSuch" in code:
            return None
        raise


class Objects:
    """S3 objects of one request each."""

    prefix = "objects/"

    def put(self, clients: Clients, name: str, value: str, *, is_new: bool) -> None:
        clients("s3").put_object(Bucket=BUCKET, Key=f"{self.prefix}{name}", Body=value * 50)

    def get(self, clients: Clients, name: str) -> str | None:
        return _unless_missing(lambda: self._read(clients, name))

    def delete(self, clients: Clients, name: str) -> None:
        clients("s3").delete_object(Bucket=BUCKET, Key=f"{self.prefix}{name}")

    def names(self, clients: Clients) -> set[str]:
        pages = clients("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=self.prefix)
        return {entry["Key"].removeprefix(self.prefix) for page in pages for entry in page.get("Contents", [])}

    def _read(self, clients: Clients, name: str) -> str:
        text = clients("s3").get_object(Bucket=BUCKET, Key=f"{self.prefix}{name}")["Body"].read().decode()
        value: str = text[: len(text) // 50]
        return value if value * 50 == text else f"neither: {text[:40]}"


class MultipartObjects(Objects):
    """S3 objects that come in two parts."""

    prefix = "multipart/"

    def put(self, clients: Clients, name: str, value: str, *, is_new: bool) -> None:
        where = {"Bucket": BUCKET, "Key": f"{self.prefix}{name}"}
        s3 = clients("s3")
        upload = {**where, "UploadId": s3.create_multipart_upload(**where)["UploadId"]}
        bodies = (_filled(value), value.encode())
        parts = [
            {"PartNumber": number, "ETag": s3.upload_part(**upload, PartNumber=number, Body=body)["ETag"]}
            for number, body in enumerate(bodies, start=1)
        ]
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})

    def _read(self, clients: Clients, name: str) -> str:
        content = clients("s3").get_object(Bucket=BUCKET, Key=f"{self.prefix}{name}")["Body"].read()
        value: str = content[PART_BYTES:].decode()
        return value if content[:PART_BYTES] == _filled(value) else "neither"


class Tables:
    """Tables of Glue's catalog."""

    def put(self, clients: Clients, name: str, value: str, *, is_new: bool) -> None:
        table = {"Name": name, "Parameters": {"value": value}, "StorageDescriptor": {"Columns": []}}
        call = clients("glue").create_table if is_new else clients("glue").update_table
        call(DatabaseName=DATABASE, TableInput=table)

    def get(self, clients: Clients, name: str) -> str | None:
        return _unless_missing(
            lambda: clients("glue").get_table(DatabaseName=DATABASE, Name=name)["Table"]["Parameters"]["value"]
        )

    def delete(self, clients: Clients, name: str) -> None:
        clients("glue").delete_table(DatabaseName=DATABASE, Name=name)

    def names(self, clients: Clients) -> set[str]:
        return {table["Name"] for table in clients("glue").get_tables(DatabaseName=DATABASE)["TableList"]}


class Roles:
    """IAM roles."""

    def put(self, clients: Clients, name: str, value: str, *, is_new: bool) -> None:
        iam = clients("iam")
        if is_new:
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, Description=value)
        else:
            iam.update_role_description(RoleName=name, Description=value)

    def get(self, clients: Clients, name: str) -> str | None:
        return _unless_missing(lambda: clients("iam").get_role(RoleName=name)["Role"]["Description"])

    def delete(self, clients: Clients, name: str) -> None:
        clients("iam").delete_role(RoleName=name)

    def names(self, clients: Clients) -> set[str]:
        pages = clients("iam").get_paginator("list_roles").paginate()
        return {role["RoleName"] for page in pages for role in page["Roles"] if role["RoleName"].startswith("w")}


class Topics:
    """SNS topics."""

    def put(self, clients: Clients, name: str, value: str, *, is_new: bool) -> None:
        sns = clients("sns")
        if is_new:
            sns.create_topic(Name=name, Attributes={"DisplayName": value})
        else:
            sns.set_topic_attributes(TopicArn=_arn(name), AttributeName="DisplayName", AttributeValue=value)

    def get(self, clients: Clients, name: str) -> str | None:
        return _unless_missing(
            lambda: clients("sns").get_topic_attributes(TopicArn=_arn(name))["Attributes"]["DisplayName"]
        )

    def delete(self, clients: Clients, name: str) -> None:
        clients("sns").delete_topic(TopicArn=_arn(name))

    def names(self, clients: Clients) -> set[str]:
        arns = [topic["TopicArn"] for topic in clients("sns").list_topics()["Topics"]]
        return {arn.rpartition(":")[2] for arn in arns} - {""}


class Pipelines:
    """SageMaker pipelines, records of local_aws's own."""

    _DEFINITION = json.dumps(
        {"Version": "2020-12-01", "Metadata": {}, "Parameters": [], "Steps": []}
        | {"Steps": [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "done"}}]}
    )

    def put(self, clients: Clients, name: str, value: str, *, is_new: bool) -> None:
        sagemaker = clients("sagemaker")
        call = sagemaker.create_pipeline if is_new else sagemaker.update_pipeline
        role = "arn:aws:iam::123456789012:role/soak"
        call(PipelineName=name, PipelineDefinition=self._DEFINITION, PipelineDescription=value, RoleArn=role)

    def get(self, clients: Clients, name: str) -> str | None:
        return _unless_missing(lambda: clients("sagemaker").describe_pipeline(PipelineName=name)["PipelineDescription"])

    def delete(self, clients: Clients, name: str) -> None:
        clients("sagemaker").delete_pipeline(PipelineName=name)

    def names(self, clients: Clients) -> set[str]:
        pages = clients("sagemaker").get_paginator("list_pipelines").paginate()
        names = [pipeline["PipelineName"] for page in pages for pipeline in page["PipelineSummaries"]]
        return {name for name in names if name.startswith("w")}


def _arn(topic: str) -> str:
    return f"arn:aws:sns:us-east-1:123456789012:{topic}"


def _filled(value: str) -> bytes:
    """Return a part that is as long as S3 wants, made of the value."""
    return hashlib.sha256(value.encode()).digest() * (PART_BYTES // 32)


STORES: dict[str, Store] = {
    "S3 object": Objects(),
    "S3 multipart object": MultipartObjects(),
    "Glue table": Tables(),
    "IAM role": Roles(),
    "SNS topic": Topics(),
    "SageMaker pipeline": Pipelines(),
}
