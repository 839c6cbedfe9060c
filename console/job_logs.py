"""The end of a job's log, from CloudWatch Logs."""

from __future__ import annotations

import boto3
from botocore.exceptions import ClientError

_LINES = 25


def log_tail(session: boto3.session.Session, group: str, stream_prefix: str) -> str:
    """Return a heading and the last lines of the first log stream with a prefix, or the reason why there are none."""
    logs = session.client("logs")
    try:
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=stream_prefix)["logStreams"]
        if not streams:
            return f"no log stream {stream_prefix}… in {group}"
        name = streams[0]["logStreamName"]
        events = logs.get_log_events(logGroupName=group, logStreamName=name, limit=_LINES)["events"]
    except ClientError as error:
        return f"the log {group} {stream_prefix}… cannot be read: {error}"
    return "\n".join([f"log {group} {name}:", *(f"  {event['message']}" for event in events)])
