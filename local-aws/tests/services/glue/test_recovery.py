"""What was running when the server ended is reported as failed, never as running for ever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from local_aws.kernel.records import now
from local_aws.services import glue
from tests.conftest import running
from tests.waiting import wait_until

REASON = "the local_aws server stopped before this ended"


def test_a_run_that_the_server_ends_is_failed_and_the_definition_lasts(tmp_path: Path) -> None:
    with running(tmp_path, (glue.build,)) as server:
        server.client("s3").create_bucket(Bucket="code")
        server.client("s3").put_object(Bucket="code", Key="job.py", Body=b"import time\ntime.sleep(60)")
        client = server.client("glue")
        command = {"Name": "glueetl", "ScriptLocation": "s3://code/job.py"}
        client.create_job(Name="job", Role="role", Command=command, GlueVersion="5.1")
        run_id = client.start_job_run(JobName="job")["JobRunId"]
        state = lambda: client.get_job_run(JobName="job", RunId=run_id)["JobRun"]["JobRunState"]  # noqa: E731
        wait_until(lambda: state() == "RUNNING")

    with running(tmp_path, (glue.build,)) as server:
        run = server.client("glue").get_job_run(JobName="job", RunId=run_id)["JobRun"]
        assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", REASON)
        assert server.client("glue").get_job(JobName="job")["Job"]["Command"] == command


def test_what_a_killed_server_left_running_is_failed_at_start(tmp_path: Path) -> None:
    run: dict[str, Any] = {"Id": "jr_1", "JobName": "job", "JobRunState": "RUNNING", "Attempt": 0, "StartedOn": now()}
    crawler = {"Name": "crawler", "State": "RUNNING", "_started": now(), "_crawl_id": "id"}
    with running(tmp_path, (glue.build,)) as server:
        client = server.client("glue")
        command = {"Name": "glueetl", "ScriptLocation": "s3://b/k.py"}
        client.create_job(Name="job", Role="r", Command=command, GlueVersion="5.1")
        server.context.records.insert("glue-job-run", "jr_1", run)
        targets = {"S3Targets": [{"Path": "s3://b/"}]}
        client.create_crawler(Name="crawler", Role="r", DatabaseName="db", Targets=targets)
        server.context.records.update("glue-crawler", "crawler", lambda record: record.update(crawler))

    with running(tmp_path, (glue.build,)) as server:
        client = server.client("glue")
        found = client.get_job_run(JobName="job", RunId="jr_1")["JobRun"]
        assert (found["JobRunState"], found["ErrorMessage"]) == ("FAILED", REASON)
        last = client.get_crawler(Name="crawler")["Crawler"]
        assert (last["State"], last["LastCrawl"]["Status"]) == ("READY", "FAILED")
