"""Clients that nobody here wrote, in a shell that has evaluated what the server prints and knows nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes import ServerProcess, server_process
from tests.services.glue.test_jobs import ENDED
from tests.waiting import wait_until

BUCKET = "clients-bucket"
ROLE = "arn:aws:iam::123456789012:role/clients"
STALE = {
    "AWS_PROFILE": "production",
    "AWS_DEFAULT_PROFILE": "production",
    "AWS_ACCESS_KEY_ID": "AKIASTALE",
    "AWS_SECRET_ACCESS_KEY": "stale",
    "AWS_SESSION_TOKEN": "stale",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1",
    "AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:1",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_REGION": "eu-central-1",
}
"""What an engineer's shell may be full of; it leads nowhere if any of it is still followed."""

Run = Callable[..., str]

BOTO3 = f"""
import io, os, urllib.request
import boto3
from botocore.config import Config
s3 = boto3.client("s3")
body = os.urandom(9_000_000)
s3.upload_fileobj(io.BytesIO(body), "{BUCKET}", "boto3/a b+c%2F?.bin", ExtraArgs={{"ChecksumAlgorithm": "SHA256"}})
read = io.BytesIO()
s3.download_fileobj("{BUCKET}", "boto3/a b+c%2F?.bin", read)
assert read.getvalue() == body
for version in ("s3v4", "s3"):
    signing = boto3.client("s3", config=Config(signature_version=version))
    name = {{"Bucket": "{BUCKET}", "Key": f"boto3/{{version}} +%.txt"}}
    put = urllib.request.Request(signing.generate_presigned_url("put_object", name), version.encode(), method="PUT")
    put.add_header("Content-Type", "")
    assert urllib.request.urlopen(put).status == 200
    assert urllib.request.urlopen(signing.generate_presigned_url("get_object", name)).read() == version.encode()
keys = boto3.client("sts").assume_role(RoleArn="{ROLE}", RoleSessionName="clients")["Credentials"]
role = boto3.client(
    "sts",
    aws_access_key_id=keys["AccessKeyId"],
    aws_secret_access_key=keys["SecretAccessKey"],
    aws_session_token=keys["SessionToken"],
)
print(role.get_caller_identity()["Arn"])
"""
AWSWRANGLER = f"""
import awswrangler as wr, pandas as pd
frame = pd.DataFrame({{"name": ["x", "y"], "n": [1, 2], "hour": ["10:00", "11:00"]}})
wr.catalog.create_database("clients")
wr.s3.to_parquet(
    frame, path="s3://{BUCKET}/wrangler/", dataset=True, database="clients", table="rows", partition_cols=["hour"]
)
print(sorted(wr.s3.read_parquet("s3://{BUCKET}/wrangler/", dataset=True)["n"].tolist()))
print(
    wr.athena.read_sql_query(
        "SELECT sum(n) AS total FROM rows",
        database="clients",
        ctas_approach=False,
        s3_output="s3://{BUCKET}/results/",
    )["total"][0]
)
"""
S3FS = f"""
import os, pandas as pd, s3fs
at = {{"endpoint_url": os.environ["AWS_ENDPOINT_URL"]}}  # s3fs 0.4 does not read the variable for it
files = s3fs.S3FileSystem(client_kwargs=at)
with files.open("{BUCKET}/s3fs/a=1 2/rows.csv", "w") as file:
    pd.DataFrame({{"n": [1, 2]}}).to_csv(file, index=False)
with files.open("{BUCKET}/s3fs/a=1 2/rows.csv") as file:
    print(files.ls("{BUCKET}/s3fs"), pd.read_csv(file)["n"].sum())
"""
SAGEMAKER = f"""
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.pipeline import Pipeline
session = PipelineSession(default_bucket="{BUCKET}")
pipeline = Pipeline("clients", steps=[FailStep("Stop", error_message="as planned")], sagemaker_session=session)
pipeline.upsert(role_arn="{ROLE}")
execution = pipeline.start()
try:
    execution.wait(delay=1, max_attempts=60)
except Exception as error:
    print(type(error).__name__)
print(execution.list_steps()[0]["FailureReason"])
"""
SPARK = f"""
import boto3
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
spark.range(3).write.parquet("s3://{BUCKET}/spark/hour=10%3A00/")
caller = boto3.client("sts").get_caller_identity()["Arn"]
boto3.client("s3").put_object(Bucket="{BUCKET}", Key="spark/caller", Body=caller)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with a bucket and a role."""
    with server_process(tmp_path_factory.mktemp("clients") / "data") as server:
        server.client("s3").create_bucket(Bucket=BUCKET)
        trust = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": '
        trust += '{"Service": ["glue.amazonaws.com", "sagemaker.amazonaws.com"], "AWS": "*"}}]}'
        server.client("iam").create_role(RoleName="clients", AssumeRolePolicyDocument=trust)
        allowed = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
        server.client("iam").put_role_policy(RoleName="clients", PolicyName="all", PolicyDocument=allowed)
        yield server


@pytest.fixture
def run(server: ServerProcess, tmp_path: Path) -> Run:
    """Return what runs a command in a shell that has evaluated the server's lines."""

    def run_in(shell: str, *command: str, code: str = "") -> str:
        here = Path(sys.executable).parent
        stale = STALE | {"PATH": f"{here}:{os.environ['PATH']}", "HOME": str(tmp_path), "EXPORTS": server.exports}
        done = subprocess.run(
            [shell, "-c", 'eval "$EXPORTS"; exec "$@"', shell, *command],
            input=code,
            env=stale,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run_in


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_the_aws_cli_works(server: ServerProcess, run: Run, shell: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    run(shell, "aws", "s3", "cp", "a.txt", f"s3://{BUCKET}/{shell}/b c.txt")
    run(shell, "aws", "s3", "cp", f"s3://{BUCKET}/{shell}/b c.txt", "d.txt")
    assert (tmp_path / "d.txt").read_text() == "text"
    # Version 1 of the CLI has an address of its own for SQS, which no variable changes.
    sqs = ("aws", "--endpoint-url", server.url, "sqs")
    run(shell, *sqs, "create-queue", "--queue-name", shell)
    assert shell in run(shell, *sqs, "list-queues")
    run(shell, "aws", "sagemaker", "list-endpoints")
    run(shell, "aws", "lambda", "list-functions")
    assert ":user/" in run(shell, "aws", "sts", "get-caller-identity")


def test_boto3_works(run: Run) -> None:
    assert ":assumed-role/clients/clients" in run("bash", sys.executable, "-", code=BOTO3)


def test_awswrangler_works(run: Run) -> None:
    assert run("bash", sys.executable, "-", code=AWSWRANGLER).split("\n")[:2] == ["[1, 2]", "3"]


def test_s3fs_works(run: Run) -> None:
    assert run("bash", sys.executable, "-", code=S3FS).strip() == f"['{BUCKET}/s3fs/a=1 2'] 3"


def test_the_sagemaker_sdk_works(run: Run) -> None:
    assert run("bash", sys.executable, "-", code=SAGEMAKER).strip().endswith("as planned")


def test_a_spark_job_works_and_is_its_role(server: ServerProcess) -> None:
    s3, glue = server.client("s3"), server.client("glue")
    s3.put_object(Bucket=BUCKET, Key="code/job.py", Body=SPARK)
    command = {"Name": "glueetl", "ScriptLocation": f"s3://{BUCKET}/code/job.py", "PythonVersion": "3"}
    glue.create_job(Name="clients", Role=ROLE, Command=command, GlueVersion="5.0")
    run_id = glue.start_job_run(JobName="clients")["JobRunId"]
    ended = wait_until(
        lambda: (run := glue.get_job_run(JobName="clients", RunId=run_id)["JobRun"])["JobRunState"] in ENDED and run
    )
    assert ended["JobRunState"] == "SUCCEEDED", ended
    assert b":assumed-role/clients/" in s3.get_object(Bucket=BUCKET, Key="spark/caller")["Body"].read()
    written = s3.list_objects_v2(Bucket=BUCKET, Prefix="spark/hour=10%3A00/part-")["Contents"]
    assert s3.get_object(Bucket=BUCKET, Key=written[0]["Key"])["Body"].read()[:4] == b"PAR1"
