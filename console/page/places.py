"""Places that the page may read: S3 objects of the deployment's buckets, and its log groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from console.errors import CommandError
from console.page.deployment import Deployment
from infrastructure.refusals import missing_is_fine

_LISTED = 60
_LARGEST = 20_000_000
_SHARED_GROUPS = ("/aws-glue/", "/aws/sagemaker/")


@dataclass(frozen=True)
class S3Location:
    """An object in S3, or all with its key as a prefix."""

    bucket: str
    key: str

    @classmethod
    def of(cls, deployment: Deployment, uri: str) -> S3Location:
        """Return the place of a URI; raise `CommandError` if it is not in a bucket of the deployment."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        if not uri.startswith("s3://") or bucket not in deployment.names.buckets:
            buckets = ", ".join(deployment.names.buckets)
            raise CommandError("file", f"{uri} is not in a bucket of this deployment ({buckets})")
        return cls(bucket, key)


def read(deployment: Deployment, uri: str) -> bytes:
    """Read an object; raise `CommandError` if it is too large to be shown, or not there."""
    place = S3Location.of(deployment, uri)
    try:
        answer = deployment.client("s3").get_object(Bucket=place.bucket, Key=place.key)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchKey", "404"):
            raise
        raise CommandError("file", f"{uri} does not exist; it may have been removed since") from error
    if answer["ContentLength"] > _LARGEST:
        raise CommandError("file", f"{uri} has more than {_LARGEST // 10**6} MB: download it with the AWS CLI")
    content: bytes = answer["Body"].read()
    return content


def files_below(deployment: Deployment, uri: str) -> list[dict[str, Any]]:
    """List the first objects below a prefix, with their URIs and sizes; empty for places outside the deployment."""
    try:
        place = S3Location.of(deployment, uri)
    except CommandError:
        return []
    answer = deployment.client("s3").list_objects_v2(Bucket=place.bucket, Prefix=place.key, MaxKeys=_LISTED)
    return [
        {
            "uri": f"s3://{place.bucket}/{entry['Key']}",
            "name": entry["Key"][len(place.key) :].lstrip("/") or entry["Key"].rpartition("/")[2],
            "bytes": entry["Size"],
        }
        for entry in answer.get("Contents", [])
    ]


def log_events(deployment: Deployment, group: str, stream: str, token: str | None) -> dict[str, Any]:
    """Read what a log stream has after a token, or its last lines without one.

    `stream` is the start of its name; the newest one counts. The answer's token is for the next call.
    """
    functions = tuple(f"/aws/lambda/{name}" for name in deployment.names.functions)
    if not group.startswith(_SHARED_GROUPS) and group not in functions:
        raise CommandError("log", f"{group} is not a log group of this deployment")
    logs = deployment.client("logs")
    with missing_is_fine():
        name = next(_streams(logs, group, stream), None)
        if name is None:
            return {"lines": [], "token": None, "note": "nothing is logged yet"}
        request = {"nextToken": token} if token else {}
        answer = logs.get_log_events(logGroupName=group, logStreamName=name, startFromHead=True, **request)
        lines = [{"at": event["timestamp"], "text": event["message"]} for event in answer["events"]]
        return {"lines": lines, "token": answer["nextForwardToken"], "note": ""}
    return {"lines": [], "token": None, "note": f"log group {group} does not exist yet"}


def _streams(logs: Any, group: str, prefix: str) -> Iterator[str]:
    """Yield the streams with a prefix, or all of a group from the newest without one."""
    order = {"logStreamNamePrefix": prefix} if prefix else {"orderBy": "LastEventTime", "descending": True}
    for stream in logs.describe_log_streams(logGroupName=group, **order)["logStreams"]:
        yield stream["logStreamName"]
