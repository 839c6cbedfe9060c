"""The events that Glue sends when a job run has ended, and when a crawl starts and has ended.

Their shapes are those of the EventBridge user guide: every value of a crawler's event is a string. There is no event
of workflows, and none of a crawl that was cancelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.events import Event
from local_aws.kernel.records import Record

SOURCE = "aws.glue"

_SEVERITIES = {"SUCCEEDED": "INFO", "FAILED": "ERROR", "TIMEOUT": "WARN", "STOPPED": "INFO"}
_MESSAGES = {"SUCCEEDED": "Job run succeeded", "TIMEOUT": "Job run timed out", "STOPPED": "Job run stopped"}
_COUNTS = {
    f"{noun}{verb}": (kind, action)
    for kind, noun in (("TABLE", "tables"), ("PARTITION", "partitions"))
    for action, verb in (("ADD", "Created"), ("UPDATE", "Updated"), ("DELETE", "Deleted"))
}


def job_run_ended(run: Record) -> Event:
    """Return "Glue Job State Change" for a job run in a final state."""
    state = run["JobRunState"]
    detail = {
        "jobName": run["JobName"],
        "severity": _SEVERITIES[state],
        "state": state,
        "jobRunId": run["Id"],
        "message": _MESSAGES.get(state) or run.get("ErrorMessage", ""),
    }
    return Event(SOURCE, "Glue Job State Change", detail)


def crawler_started(name: str, started: datetime) -> Event:
    """Return "Glue Crawler State Change" for a crawl that starts."""
    return _crawler_event(name, "Started", {"startTime": _second(started)})


def crawler_succeeded(
    name: str, log_link: str, started: datetime, ended: datetime, changes: Mapping[tuple[str, str], int]
) -> Event:
    """Return "Glue Crawler State Change" for a crawl that succeeded.

    Parameters
    ----------
    changes
        What it did to the catalog, e.g. ``{("TABLE", "ADD"): 2}``.
    """
    counts = {member: str(changes.get(change, 0)) for member, change in _COUNTS.items()}
    members = {
        **counts,
        "warningMessage": "N/A",
        "runningTime (sec)": str(round((ended - started).total_seconds())),
        "completionDate": _second(ended),
        "cloudWatchLogLink": log_link,
    }
    return _crawler_event(name, "Succeeded", members)


def crawler_failed(name: str, log_link: str, reason: str) -> Event:
    """Return "Glue Crawler State Change" for a crawl that failed."""
    return _crawler_event(name, "Failed", {"errorMessage": reason, "cloudWatchLogLink": log_link})


def _crawler_event(name: str, state: str, members: Mapping[str, str]) -> Event:
    detail = {
        "accountId": ACCOUNT_ID,
        "crawlerName": name,
        "state": state,
        "message": f"Crawler {state}",
        **members,
    }
    return Event(SOURCE, "Glue Crawler State Change", detail)


def _second(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
