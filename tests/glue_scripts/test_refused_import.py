"""A refused import on local_aws: the job fails with the sentence, and what was imported before can be queried."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from console.sample_feeds import PARKS_FILE, PLAYGROUNDS_FILE, write_sample_feeds
from pipelines.code_assets import FEED_CONTRACT_ARCHIVE, glue_code
from tests.servers import RunningServer, running
from tests.waiting import wait_until

BUCKET = "raw"
LEVELS = "SELECT level, count(*) FROM feeds.playgrounds GROUP BY level ORDER BY level"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with the import job of the stack and the small sample as its feeds."""
    feeds = tmp_path_factory.mktemp("feeds")
    write_sample_feeds(feeds, playgrounds=180, parks=300, zip_codes=200)
    code = glue_code()
    with running(tmp_path_factory.mktemp("server")) as server:
        s3, glue, iam = server.client("s3"), server.client("glue"), server.client("iam")
        s3.create_bucket(Bucket=BUCKET)
        for path, body in code.objects.items():
            s3.put_object(Bucket=BUCKET, Key=f"{code.prefix}{path}", Body=body)
        for name in (PARKS_FILE, PLAYGROUNDS_FILE):
            s3.upload_file(str(feeds / name), BUCKET, f"feeds/{name}")
        role = iam.create_role(RoleName="glue", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        allowed = {"Effect": "Allow", "Action": ["s3:*", "glue:*", "logs:*"], "Resource": "*"}
        policy = {"Version": "2012-10-17", "Statement": [allowed]}
        iam.put_role_policy(RoleName="glue", PolicyName="all", PolicyDocument=json.dumps(policy))
        glue.create_database(DatabaseInput={"Name": "feeds"})
        modules = ("job_contract.py", "table_files.py", "feeds.py", "last_import.py", FEED_CONTRACT_ARCHIVE)
        glue.create_job(
            Name="import_json_data",
            Role=role,
            GlueVersion="5.1",
            WorkerType="G.1X",
            NumberOfWorkers=2,
            Command={
                "Name": "glueetl",
                "PythonVersion": "3",
                "ScriptLocation": code.uri(BUCKET, "import_json_data.py"),
            },
            DefaultArguments={
                "--PARKS_URL": f"s3://{BUCKET}/feeds/{PARKS_FILE}",
                "--PLAYGROUNDS_URL": f"s3://{BUCKET}/feeds/{PLAYGROUNDS_FILE}",
                "--TARGET_URI": f"s3://{BUCKET}/",
                "--extra-py-files": ",".join(code.uri(BUCKET, module) for module in modules),
            },
        )
        targets = {"S3Targets": [{"Path": f"s3://{BUCKET}/playgrounds/"}]}
        glue.create_crawler(Name="crawl", Role=role, DatabaseName="feeds", Targets=targets)
        yield server


def run_job(server: RunningServer, **arguments: str) -> dict[str, Any]:
    """Run the import, and then the crawler as the workflow does if it succeeded; return the run."""
    glue = server.client("glue")
    run_id = glue.start_job_run(
        JobName="import_json_data", Arguments={f"--{name}": value for name, value in arguments.items()}
    )["JobRunId"]

    def finished() -> dict[str, Any] | None:
        run = glue.get_job_run(JobName="import_json_data", RunId=run_id)["JobRun"]
        return run if run["JobRunState"] in ("SUCCEEDED", "FAILED", "ERROR", "TIMEOUT") else None

    run = wait_until(finished)
    if run["JobRunState"] == "SUCCEEDED":
        glue.start_crawler(Name="crawl")
        wait_until(lambda: glue.get_crawler(Name="crawl")["Crawler"]["State"] == "READY")
    return run


def query(server: RunningServer, sql: str) -> list[list[str | None]]:
    athena = server.client("athena")
    output = {"OutputLocation": f"s3://{BUCKET}/results/"}
    query_id = athena.start_query_execution(QueryString=sql, ResultConfiguration=output)["QueryExecutionId"]

    def succeeded() -> bool:
        status = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]
        assert status["State"] not in ("FAILED", "CANCELLED"), status
        return bool(status["State"] == "SUCCEEDED")

    wait_until(succeeded)
    rows = athena.get_query_results(QueryExecutionId=query_id)["ResultSet"]["Rows"]
    return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows[1:]]


def test_old_partition_can_be_queried_after_a_refused_import(server: RunningServer) -> None:
    assert run_job(server, DATE="2019-08-01")["JobRunState"] == "SUCCEEDED"
    before = query(server, LEVELS)
    assert sum(int(count or 0) for _, count in before) == 180
    s3, key = server.client("s3"), f"feeds/{PLAYGROUNDS_FILE}"
    clean = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()

    s3.put_object(Bucket=BUCKET, Key=key, Body=clean.replace(b'"Level":"4"', b'"Level":"5"', 8))
    outside = run_job(server, DATE="2019-08-02")
    s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(json.loads(clean)[::2]).encode())
    short = run_job(server, DATE="2019-08-02")

    assert (outside["JobRunState"], short["JobRunState"]) == ("FAILED", "FAILED")
    assert "field 'Level' must be one of 1, 2, 3, 4; it holds '5' (8 rows)" in outside["ErrorMessage"]
    assert "it has 90 rows, 50% fewer than the 180 of the last accepted import" in short["ErrorMessage"]
    assert query(server, LEVELS) == before

    assert run_job(server, DATE="2019-08-02", MAX_ROW_CHANGE="0.51")["JobRunState"] == "SUCCEEDED"
    assert sum(int(count or 0) for _, count in query(server, LEVELS)) == 270
