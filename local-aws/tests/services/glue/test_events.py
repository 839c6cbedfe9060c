"""The events of job runs and crawls, in the shapes that the EventBridge user guide documents."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.contracts.operations import Service
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.events import Event
from local_aws.kernel.principals import principal, role_arn
from local_aws.services import glue
from tests.conftest import RunningServer, running
from tests.waiting import wait_until

LOG = "https://console.aws.amazon.com/cloudwatch/home?region=us-east-1#logEventViewer:group=/aws-glue/crawlers;stream="
SECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class Heard:
    """What a server announces."""

    def __init__(self, server: RunningServer) -> None:
        self._happenings: list[Event] = []
        server.context.listen(self._happenings.append)

    def of(self, member: str, name: str) -> list[Event]:
        return [found for found in self._happenings if found.detail.get(member) == name]

    def crawl(self, name: str) -> list[Event]:
        """Wait for a crawl's end, and give all that was told of it."""
        wait_until(lambda: len(self.of("crawlerName", name)) > 1)
        return self.of("crawlerName", name)


@pytest.fixture(scope="module")
def heard(server: RunningServer) -> Heard:
    return Heard(server)


@pytest.fixture(scope="module")
def bucket(server: RunningServer) -> str:
    server.client("s3").create_bucket(Bucket="events")
    return "events"


def run_job(server: RunningServer, bucket: str, name: str, script: str) -> str:
    server.client("s3").put_object(Bucket=bucket, Key=f"{name}.py", Body=script.encode())
    command = {"Name": "glueetl", "ScriptLocation": f"s3://{bucket}/{name}.py"}
    server.client("glue").create_job(Name=name, Role="role", Command=command, GlueVersion="5.1")
    return server.client("glue").start_job_run(JobName=name)["JobRunId"]


def crawl(server: RunningServer, name: str, path: str, **members: Any) -> None:
    targets = {"S3Targets": [{"Path": path}]}
    server.client("glue").create_crawler(Name=name, Role="role", DatabaseName=name, Targets=targets, **members)
    server.client("glue").start_crawler(Name=name)


@pytest.mark.parametrize(
    ("script", "state", "severity", "message"),
    [
        ("pass", "SUCCEEDED", "INFO", "Job run succeeded"),
        ("raise ValueError('no such feed')", "FAILED", "ERROR", "ValueError: no such feed"),
    ],
)
def test_a_job_run_that_ends_is_told_once(
    server: RunningServer, heard: Heard, bucket: str, script: str, state: str, severity: str, message: str
) -> None:
    run_id = run_job(server, bucket, f"job-{state}", script)

    (event,) = wait_until(lambda: heard.of("jobRunId", run_id))

    assert (event.source, event.detail_type) == ("aws.glue", "Glue Job State Change")
    assert event.detail == {
        "jobName": f"job-{state}",
        "severity": severity,
        "state": state,
        "jobRunId": run_id,
        "message": message,
    }
    run = server.client("glue").get_job_run(JobName=f"job-{state}", RunId=run_id)["JobRun"]
    assert run["JobRunState"] == state


def test_a_job_run_that_is_stopped_is_told(server: RunningServer, heard: Heard, bucket: str) -> None:
    run_id = run_job(server, bucket, "stopped", "import time\ntime.sleep(60)")
    server.client("glue").batch_stop_job_run(JobName="stopped", JobRunIds=[run_id])

    (event,) = wait_until(lambda: heard.of("jobRunId", run_id))

    assert (event.detail["state"], event.detail["severity"]) == ("STOPPED", "INFO")
    assert event.detail["message"] == "Job run stopped"


def test_a_crawl_tells_its_start_and_what_it_changed(server: RunningServer, heard: Heard, bucket: str) -> None:
    s3 = server.client("s3")
    for day in ("01", "02"):
        s3.put_object(Bucket=bucket, Key=f"lake/rows/day={day}/rows.csv", Body=b"name,count\na,1\nb,2\n")
    crawl(server, "counting", f"s3://{bucket}/lake/")

    started, succeeded = heard.crawl("counting")

    assert {started.detail_type, succeeded.detail_type} == {"Glue Crawler State Change"}
    of_crawler = {"accountId": "123456789012", "crawlerName": "counting"}
    start_time = started.detail["startTime"]
    assert started.detail == {
        **of_crawler,
        "state": "Started",
        "message": "Crawler Started",
        "startTime": start_time,
    }
    varying = {key: succeeded.detail[key] for key in ("completionDate", "runningTime (sec)")}
    assert SECOND.fullmatch(start_time) and SECOND.fullmatch(varying["completionDate"])
    assert varying["runningTime (sec)"].isdigit()
    assert succeeded.detail == {
        **of_crawler,
        **varying,
        "state": "Succeeded",
        "message": "Crawler Succeeded",
        "warningMessage": "N/A",
        "cloudWatchLogLink": f"{LOG}counting",
        "tablesCreated": "1",
        "tablesUpdated": "0",
        "tablesDeleted": "0",
        "partitionsCreated": "2",
        "partitionsUpdated": "0",
        "partitionsDeleted": "0",
    }


def test_a_crawl_that_fails_tells_why(server: RunningServer, heard: Heard, bucket: str) -> None:
    server.client("s3").put_object(Bucket=bucket, Key="bad/rows.json", Body=b'{"a": 1}')
    crawl(server, "failing", f"s3://{bucket}/bad/")

    _, failed = heard.crawl("failing")

    last = server.client("glue").get_crawler(Name="failing")["Crawler"]["LastCrawl"]
    assert failed.detail == {
        "accountId": "123456789012",
        "crawlerName": "failing",
        "state": "Failed",
        "message": "Crawler Failed",
        "errorMessage": last["ErrorMessage"],
        "cloudWatchLogLink": f"{LOG}failing",
    }


def test_a_delay_notification_is_refused(server: RunningServer, bucket: str) -> None:
    """It is what asks for "Glue Job Run Status" events, which are not sent here."""
    command = {"Name": "glueetl", "ScriptLocation": f"s3://{bucket}/a.py"}
    with pytest.raises(ClientError, match="NotificationProperty"):
        server.client("glue").create_job(
            Name="delayed", Role="role", Command=command, NotificationProperty={"NotifyDelayAfter": 1}
        )


def test_the_catalog_is_written_as_the_crawlers_role(tmp_path: Path) -> None:
    callers: dict[str, str] = {}

    def build(context: Context) -> Service:
        def call(service: str, operation: str, request: Request) -> Answer:
            callers[operation] = principal()
            return context.call(service, operation, request)

        return glue.build(replace(context, call=call))

    with running(tmp_path, (build,)) as server:
        server.client("s3").create_bucket(Bucket="lake")
        server.client("s3").put_object(Bucket="lake", Key="rows/rows.csv", Body=b"name,count\na,1\nb,2\n")
        crawl(server, "crawler", "s3://lake/rows/")
        wait_until(lambda: "LastCrawl" in server.client("glue").get_crawler(Name="crawler")["Crawler"])

    assert callers["CreateTable"] == "arn:aws:iam::123456789012:role/role"


@pytest.mark.parametrize("path", ["", "service-role/", "/service-role/", "arn:aws:iam::123456789012:role/"])
def test_role_is_a_name_with_or_without_a_path_or_an_arn(path: str) -> None:
    path_of_arn = "service-role/" if "service-role" in path else ""

    assert role_arn(f"{path}crawler") == f"arn:aws:iam::123456789012:role/{path_of_arn}crawler"
