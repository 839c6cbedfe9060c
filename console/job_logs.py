"""The end of a job's log, from CloudWatch Logs."""

from __future__ import annotations

import boto3
from botocore.exceptions import ClientError

_LINES = 25


def log_tail(session: boto3.session.Session, group: str, stream_prefix: str) -> str:
    """Give where a log is and its last lines.

    Parameters
    ----------
    group
        The log group.
    stream_prefix
        How the stream's name starts; the first such stream is read.

    Returns
    -------
    str
        A heading and the lines; the heading says so when there is no such log.
    """
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
