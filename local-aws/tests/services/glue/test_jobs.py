"""Glue jobs: definitions, and runs of plain Python scripts."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningServer
from tests.waiting import wait_until

BUCKET = "glue-code"
ENDED = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT")


class Jobs:
    """A Glue client with a bucket for scripts."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.glue = server.client("glue")
        self.s3 = server.client("s3")
        self.s3.create_bucket(Bucket=BUCKET)

    def put(self, key: str, body: str | bytes) -> str:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        return f"s3://{BUCKET}/{key}"

    def create(self, name: str, script: str = "", **members: Any) -> str:
        command = {"Name": "glueetl", "ScriptLocation": self.put(f"{name}.py", script), "PythonVersion": "3"}
        job = {"Name": name, "Role": "role", "Command": command, "GlueVersion": "5.1", **members}
        return self.glue.create_job(**job)["Name"]

    def run(self, name: str, **members: Any) -> dict[str, Any]:
        return self.ended(name, self.glue.start_job_run(JobName=name, **members)["JobRunId"])

    def ended(self, name: str, run_id: str) -> dict[str, Any]:
        def run() -> dict[str, Any] | None:
            found = self.glue.get_job_run(JobName=name, RunId=run_id)["JobRun"]
            return found if found["JobRunState"] in ENDED else None

        return wait_until(run)

    def running(self, name: str, run_id: str) -> None:
        wait_until(lambda: self.glue.get_job_run(JobName=name, RunId=run_id)["JobRun"]["JobRunState"] == "RUNNING")

    def log(self, run_id: str) -> list[str]:
        events = self.server.client("logs").get_log_events(
            logGroupName="/aws-glue/jobs/output", logStreamName=run_id, startFromHead=True
        )
        return [event["message"] for event in events["events"]]


@pytest.fixture(scope="module")
def jobs(server: RunningServer) -> Jobs:
    return Jobs(server)


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]


def test_a_definition_is_kept_with_glues_defaults(jobs: Jobs) -> None:
    jobs.create("kept", DefaultArguments={"--A": "1"})

    job = jobs.glue.get_job(JobName="kept")["Job"]

    assert job["DefaultArguments"] == {"--A": "1"}
    assert (job["GlueVersion"], job["MaxRetries"], job["Timeout"]) == ("5.1", 0, 480)
    assert job["ExecutionProperty"] == {"MaxConcurrentRuns": 1}
    assert job in jobs.glue.get_jobs()["Jobs"]
    assert "kept" in jobs.glue.list_jobs()["JobNames"]
    with pytest.raises(ClientError) as caught:
        jobs.create("kept")
    assert code_of(caught) == "AlreadyExistsException"


def test_an_update_replaces_the_whole_definition(jobs: Jobs) -> None:
    jobs.create("updated", DefaultArguments={"--A": "1"}, MaxRetries=2)
    before = jobs.glue.get_job(JobName="updated")["Job"]

    update = {"Role": "other", "Command": before["Command"], "GlueVersion": "5.0"}
    jobs.glue.update_job(JobName="updated", JobUpdate=update)

    after = jobs.glue.get_job(JobName="updated")["Job"]
    assert (after["Role"], after["GlueVersion"], after["MaxRetries"]) == ("other", "5.0", 0)
    assert after["DefaultArguments"] == {}
    assert after["CreatedOn"] == before["CreatedOn"]


def test_a_deleted_job_is_gone_and_deleting_is_idempotent(jobs: Jobs) -> None:
    jobs.create("deleted")
    jobs.glue.delete_job(JobName="deleted")
    jobs.glue.delete_job(JobName="deleted")

    with pytest.raises(ClientError) as caught:
        jobs.glue.get_job(JobName="deleted")
    assert code_of(caught) == "EntityNotFoundException"
    with pytest.raises(ClientError, match="missing metadata"):
        jobs.glue.start_job_run(JobName="deleted")


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"GlueVersion": "4.0"}, r"'4\.0' is not supported; use one of 5\.0, 5\.1"),
        ({"Command": {"Name": "pythonshell", "ScriptLocation": "s3://b/k"}}, "Command.Name 'pythonshell'"),
        ({"Command": {"Name": "gluestreaming", "ScriptLocation": "s3://b/k"}}, "'gluestreaming'"),
        ({"Command": {"Name": "glueetl", "ScriptLocation": "/home/job.py"}}, "ScriptLocation"),
        ({"Command": {"Name": "glueetl", "ScriptLocation": "s3://b"}}, "no script in it"),
        ({"Connections": {"Connections": ["vpc"]}}, "Connections"),
        ({"LogUri": "s3://b/logs/"}, "does not support LogUri of CreateJob"),
        ({"MaintenanceWindow": "Sun:3"}, "does not support MaintenanceWindow of CreateJob"),
        ({"SourceControlDetails": {"Provider": "GITHUB"}}, "does not support SourceControlDetails of CreateJob"),
        ({"DefaultArguments": {"--extra-jars": "s3://b/a.jar"}}, "--extra-jars"),
        ({"MaxCapacity": 2.0, "WorkerType": "G.1X", "NumberOfWorkers": 2}, "do not set Max Capacity if using Worker"),
        ({"MaxCapacity": 2.0, "NumberOfWorkers": 2}, "do not set Max Capacity if using Worker"),
    ],
)
def test_what_is_not_run_here_is_refused_with_what_is(jobs: Jobs, members: dict[str, Any], named: str) -> None:
    with pytest.raises(ClientError, match=named) as caught:
        jobs.create("refused", **members)

    assert code_of(caught) == "InvalidInputException"


def test_job_without_a_glue_version_is_a_6_0_one_and_refused(jobs: Jobs) -> None:
    definition = {"Role": "role", "Command": {"Name": "glueetl", "ScriptLocation": f"s3://{BUCKET}/versioned.py"}}
    with pytest.raises(ClientError, match=r"'6\.0', the version of a job that names none, is not supported; use one"):
        jobs.glue.create_job(Name="versionless", **definition)
    jobs.create("versioned")
    with pytest.raises(ClientError, match=r"'6\.0', the version of a job that names none, is not supported; use one"):
        jobs.glue.update_job(JobName="versioned", JobUpdate=definition)
    assert jobs.glue.get_job(JobName="versioned")["Job"]["GlueVersion"] == "5.1"


def test_what_is_not_run_here_is_refused_of_an_update_too(jobs: Jobs) -> None:
    jobs.create("refusing")
    command = jobs.glue.get_job(JobName="refusing")["Job"]["Command"]

    with pytest.raises(ClientError, match="LogUri"):
        jobs.glue.update_job(
            JobName="refusing",
            JobUpdate={"Role": "role", "Command": command, "GlueVersion": "5.1", "LogUri": "s3://b/logs/"},
        )
    assert "LogUri" not in jobs.glue.get_job(JobName="refusing")["Job"]


def test_capacity_is_given_in_one_way_in_updates_and_runs_too(jobs: Jobs) -> None:
    jobs.create("sized", MaxCapacity=2.0)
    command = jobs.glue.get_job(JobName="sized")["Job"]["Command"]
    both = {"MaxCapacity": 4.0, "WorkerType": "G.1X"}

    for call, request in (
        (
            jobs.glue.update_job,
            {"JobName": "sized", "JobUpdate": {"Role": "role", "Command": command, "GlueVersion": "5.1", **both}},
        ),
        (jobs.glue.start_job_run, {"JobName": "sized", **both}),
    ):
        with pytest.raises(ClientError, match="do not set Max Capacity if using Worker Type") as caught:
            call(**request)
        assert code_of(caught) == "InvalidInputException"
    assert jobs.glue.get_job(JobName="sized")["Job"]["MaxCapacity"] == 2.0
    assert jobs.glue.get_job_runs(JobName="sized")["JobRuns"] == []


def test_a_script_runs_with_its_arguments_files_and_modules(jobs: Jobs) -> None:
    pytest.importorskip("awsglue.utils", reason="awsglue for Glue 5.1 installs on Python 3.11 only")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("zipped.py", "VALUE = 'from a zip'")
    modules = [jobs.put("lib/loose.py", "VALUE = 'from a module'"), jobs.put("lib/more.zip", archive.getvalue())]
    settings = jobs.put("settings.json", '{"a": 1}')
    script = """
import json, sys
from pathlib import Path
import boto3, loose, zipped
from awsglue.utils import getResolvedOptions

options = getResolvedOptions(sys.argv, ["JOB_NAME", "TARGET", "TAX_YEAR"])
answer = {
    "options": {name: options[name] for name in ("JOB_NAME", "TARGET", "TAX_YEAR", "TempDir")},
    "values": [loose.VALUE, zipped.VALUE, json.loads(Path("settings.json").read_text())["a"]],
}
bucket, _, key = options["TARGET"].removeprefix("s3://").partition("/")
boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(answer).encode())
print("done", file=sys.stderr)
"""
    defaults = {
        "--TAX_YEAR": "2015",
        "--TARGET": f"s3://{BUCKET}/out/answer.json",
        "--TempDir": "s3://temp/",
        "--extra-py-files": ",".join(modules),
        "--extra-files": settings,
        "--enable-metrics": "true",
    }
    jobs.create("working", script, DefaultArguments=defaults)

    run = jobs.run("working", Arguments={"--TAX_YEAR": "2016"})

    assert run["JobRunState"] == "SUCCEEDED", run
    assert run["Arguments"] == {"--TAX_YEAR": "2016"}
    assert run["CompletedOn"] >= run["StartedOn"]
    assert run["Id"].startswith("jr_")
    assert len(run["Id"]) == 3 + 64
    answer = json.loads(jobs.s3.get_object(Bucket=BUCKET, Key="out/answer.json")["Body"].read())
    assert answer == {
        "options": {
            "JOB_NAME": "working",
            "TARGET": f"s3://{BUCKET}/out/answer.json",
            "TAX_YEAR": "2016",
            "TempDir": "s3://temp/",
        },
        "values": ["from a module", "from a zip", 1],
    }
    assert jobs.log(run["Id"]) == ["done"]


def test_a_failing_script_says_why_and_is_retried(jobs: Jobs) -> None:
    script = "import sys\nprint('reading')\nraise ValueError('parks feed: no Prop_ID; check --PARKS_URL')"
    jobs.create("failing", script, MaxRetries=1)

    run = jobs.run("failing")
    retry = jobs.ended("failing", f"{run['Id']}_attempt_1")

    assert run["JobRunState"] == retry["JobRunState"] == "FAILED"
    assert run["ErrorMessage"] == "ValueError: parks feed: no Prop_ID; check --PARKS_URL"
    assert (retry["Attempt"], retry["PreviousRunId"]) == (1, run["Id"])
    runs = jobs.glue.get_job_runs(JobName="failing")["JobRuns"]
    assert [found["Attempt"] for found in runs] == [1, 0]


def test_a_run_is_retried_as_it_was(jobs: Jobs) -> None:
    jobs.create("retried", "import sys\nprint(sys.argv[sys.argv.index('--A') + 1])")
    run = jobs.run("retried", Arguments={"--A": "first"}, AllocatedCapacity=3)
    assert run["AllocatedCapacity"] == 3

    with pytest.raises(ClientError, match="does not support Arguments, Timeout beside JobRunId") as caught:
        jobs.glue.start_job_run(JobName="retried", JobRunId=run["Id"], Arguments={"--A": "other"}, Timeout=9)
    assert code_of(caught) == "InvalidInputException"
    retry = jobs.run("retried", JobRunId=run["Id"])

    assert (retry["Id"], retry["PreviousRunId"]) == (f"{run['Id']}_attempt_1", run["Id"])
    assert (retry["Arguments"], retry["AllocatedCapacity"]) == ({"--A": "first"}, 3)
    assert jobs.log(retry["Id"]) == ["first"]


def test_a_script_that_is_not_there_fails_the_run(jobs: Jobs) -> None:
    jobs.create("scriptless", Command={"Name": "glueetl", "ScriptLocation": f"s3://{BUCKET}/nowhere.py"})

    run = jobs.run("scriptless")

    assert run["JobRunState"] == "FAILED"
    assert f"s3://{BUCKET}/nowhere.py" in run["ErrorMessage"]


def test_a_script_that_is_killed_says_so(jobs: Jobs) -> None:
    jobs.create("killed", "import os, signal\nprint('so far', flush=True)\nos.kill(os.getpid(), signal.SIGKILL)")

    assert jobs.run("killed")["ErrorMessage"] == "the script was ended by signal 9; its last words: so far"


def test_concurrent_runs_are_bounded_and_a_run_can_be_stopped(jobs: Jobs) -> None:
    jobs.create("long", "import time\ntime.sleep(60)")
    run_id = jobs.glue.start_job_run(JobName="long")["JobRunId"]
    jobs.running("long", run_id)

    with pytest.raises(ClientError) as caught:
        jobs.glue.start_job_run(JobName="long")
    assert code_of(caught) == "ConcurrentRunsExceededException"

    stopped = jobs.glue.batch_stop_job_run(JobName="long", JobRunIds=[run_id, "jr_unknown"])
    assert [found["JobRunId"] for found in stopped["SuccessfulSubmissions"]] == [run_id]
    assert stopped["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    assert jobs.ended("long", run_id)["JobRunState"] == "STOPPED"
    again = jobs.glue.batch_stop_job_run(JobName="long", JobRunIds=[run_id])
    assert again["SuccessfulSubmissions"] == []


def test_a_run_that_is_stopped_at_once_never_runs_to_its_end(jobs: Jobs) -> None:
    jobs.create("hasty", "import time\ntime.sleep(60)")
    run_id = jobs.glue.start_job_run(JobName="hasty")["JobRunId"]

    jobs.glue.batch_stop_job_run(JobName="hasty", JobRunIds=[run_id])

    assert jobs.ended("hasty", run_id)["JobRunState"] == "STOPPED"


def test_a_run_that_takes_too_long_is_ended(jobs: Jobs) -> None:
    jobs.create("slow", "import time\ntime.sleep(60)")
    # The API counts in whole minutes, which no test waits for.
    jobs.server.context.records.update("glue-job", "slow", lambda job: job.update(Timeout=0.3 / 60))
    run_id = jobs.glue.start_job_run(JobName="slow")["JobRunId"]

    def ended() -> dict[str, Any] | None:
        run = jobs.server.context.records.get("glue-job-run", run_id)
        return run if run and run["JobRunState"] in ENDED else None

    run = wait_until(ended)
    assert run["JobRunState"] == "TIMEOUT"
    assert "timed out" in run["ErrorMessage"]


def test_runs_are_listed_in_pages(jobs: Jobs) -> None:
    jobs.create("listed", "", ExecutionProperty={"MaxConcurrentRuns": 3})
    ids = [jobs.run("listed")["Id"] for _ in range(3)]

    first = jobs.glue.get_job_runs(JobName="listed", MaxResults=2)
    second = jobs.glue.get_job_runs(JobName="listed", MaxResults=2, NextToken=first["NextToken"])

    assert [run["Id"] for run in first["JobRuns"] + second["JobRuns"]] == ids[::-1]
    assert "NextToken" not in second


def test_tags(jobs: Jobs) -> None:
    arn = "arn:aws:glue:us-east-1:123456789012:job/tagged"
    jobs.create("tagged", Tags={"stack": "a", "owner": "b"})

    jobs.glue.tag_resource(ResourceArn=arn, TagsToAdd={"stack": "c"})
    jobs.glue.untag_resource(ResourceArn=arn, TagsToRemove=["owner"])

    assert jobs.glue.get_tags(ResourceArn=arn)["Tags"] == {"stack": "c"}
    assert jobs.glue.list_jobs(Tags={"stack": "c"})["JobNames"] == ["tagged"]
    assert jobs.glue.list_jobs(Tags={"stack": "a"})["JobNames"] == []
    with pytest.raises(ClientError) as caught:
        jobs.glue.get_tags(ResourceArn=arn.replace("tagged", "nowhere"))
    assert code_of(caught) == "EntityNotFoundException"
    with pytest.raises(ClientError, match="is not one"):
        jobs.glue.get_tags(ResourceArn="arn:aws:glue:us-east-1:123456789012:database/db")
