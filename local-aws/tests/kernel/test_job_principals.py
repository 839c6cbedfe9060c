"""A job's own calls are those of the job's role, and so is what the services do with the role on its behalf."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import xgboost

from local_aws.services import athena, glue, lambda_, sagemaker
from tests.conftest import RunningServer, running
from tests.services.lambda_.conftest import zip_of
from tests.services.sagemaker.examples import ended
from tests.waiting import wait_until

ROLE = "arn:aws:iam::123456789012:role/working"
IMAGE = f"683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:{xgboost.__version__[:3]}-0"
SCRIPT = "import boto3; boto3.client('s3').list_objects_v2(Bucket='code', Prefix='{}')"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("data"), (glue.build, sagemaker.build, athena.build, lambda_.build)) as server:
        server.client("s3").create_bucket(Bucket="code")
        yield server


def caller_of_listing(server: RunningServer, prefix: str) -> str:
    """Return who listed a prefix, when somebody has."""

    def found() -> list[dict[str, Any]]:
        lines = (server.server.settings.data_dir / "calls.jsonl").read_text().splitlines()
        return [line for line in map(json.loads, lines) if line["request"].get("Prefix") == prefix]

    return wait_until(found)[0]["principal"]


def callers(server: RunningServer, operation: str, named: str) -> set[str]:
    """Return who made a call that names an object or a log group, when somebody has."""

    def found() -> set[str]:
        lines = (server.server.settings.data_dir / "calls.jsonl").read_text().splitlines()
        return {
            line["principal"]
            for line in map(json.loads, lines)
            if line["operation"] == operation
            and named in (line["request"].get("Key"), line["request"].get("logGroupName"))
        }

    return wait_until(found)


@pytest.mark.parametrize("role", ["working", ROLE])
def test_a_glue_script_calls_as_its_jobs_role(server: RunningServer, role: str) -> None:
    name = role.rpartition("/")[0] or "by-name"
    server.client("s3").put_object(Bucket="code", Key="script.py", Body=SCRIPT.format(f"glue/{name}").encode())
    command = {"Name": "glueetl", "ScriptLocation": "s3://code/script.py", "PythonVersion": "3"}
    server.client("glue").create_job(Name=name, Role=role, Command=command, GlueVersion="5.1")
    server.client("glue").start_job_run(JobName=name)
    assert caller_of_listing(server, f"glue/{name}") == ROLE


def test_a_job_cannot_sign_as_another_role(server: RunningServer) -> None:
    other = server.context.credentials.of_role("arn:aws:iam::123456789012:role/admin", "test")["AWS_ACCESS_KEY_ID"]
    script = f"import os; os.environ['AWS_ACCESS_KEY_ID'] = '{other}'; " + SCRIPT.format("pretended")
    server.client("sagemaker").create_processing_job(
        ProcessingJobName="pretends",
        RoleArn=ROLE,
        AppSpecification={"ImageUri": IMAGE, "ContainerEntrypoint": ["python3", "-c", script]},
        ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}},
    )
    job = ended(server, "processing_job", "pretends")
    assert job["ProcessingJobStatus"] == "Failed"
    assert "SignatureDoesNotMatch" in job["FailureReason"]


def test_a_processing_script_calls_as_its_role(server: RunningServer) -> None:
    server.client("sagemaker").create_processing_job(
        ProcessingJobName="calls",
        RoleArn=ROLE,
        AppSpecification={"ImageUri": IMAGE, "ContainerEntrypoint": ["python3", "-c", SCRIPT.format("processing")]},
        ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}},
    )
    assert caller_of_listing(server, "processing") == ROLE


def test_a_training_script_calls_as_its_role(server: RunningServer) -> None:
    server.client("sagemaker").create_training_job(
        TrainingJobName="calls",
        RoleArn=ROLE,
        AlgorithmSpecification={
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python3", "-c"],
            "ContainerArguments": [SCRIPT.format("training")],
        },
        OutputDataConfig={"S3OutputPath": "s3://code/out"},
        ResourceConfig={"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )
    assert caller_of_listing(server, "training") == ROLE


def test_channels_results_and_logs_are_read_and_written_as_the_role(server: RunningServer) -> None:
    server.client("s3").put_object(Bucket="code", Key="in/rows.csv", Body=b"1")
    copy = "cp /opt/ml/processing/in/rows.csv /opt/ml/processing/out/ && echo copied"
    server.client("sagemaker").create_processing_job(
        ProcessingJobName="copies",
        RoleArn=ROLE,
        AppSpecification={"ImageUri": IMAGE, "ContainerEntrypoint": ["sh", "-c", copy]},
        ProcessingInputs=[
            {
                "InputName": "in",
                "S3Input": {
                    "S3Uri": "s3://code/in/",
                    "LocalPath": "/opt/ml/processing/in",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
        ],
        ProcessingOutputConfig={
            "Outputs": [
                {
                    "OutputName": "out",
                    "S3Output": {
                        "S3Uri": "s3://code/out",
                        "LocalPath": "/opt/ml/processing/out",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
        ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}},
    )
    assert callers(server, "GetObject", "in/rows.csv") == {ROLE}
    assert callers(server, "PutObject", "out/rows.csv") == {ROLE}
    assert callers(server, "PutLogEvents", "/aws/sagemaker/ProcessingJobs") == {ROLE}


def test_a_functions_log_is_written_as_its_role_whoever_invokes_it(server: RunningServer) -> None:
    server.client("lambda").create_function(
        FunctionName="logs",
        Runtime="python3.12",
        Role=ROLE,
        Handler="app.handler",
        Code={"ZipFile": zip_of({"app.py": "def handler(event, context): print('here')"})},
    )
    server.client_of_role("arn:aws:iam::123456789012:role/invoking", "lambda").invoke(FunctionName="logs")
    assert callers(server, "PutLogEvents", "/aws/lambda/logs") == {ROLE}


def test_a_query_reads_and_writes_as_whoever_asks(server: RunningServer) -> None:
    asking = "arn:aws:iam::123456789012:role/asking"
    server.client("s3").put_object(Bucket="code", Key="table/rows.csv", Body=b"1\n")
    glue_client = server.client("glue")
    glue_client.create_database(DatabaseInput={"Name": "asked"})
    glue_client.create_table(
        DatabaseName="asked",
        TableInput={
            "Name": "rows",
            "TableType": "EXTERNAL_TABLE",
            "StorageDescriptor": {
                "Columns": [{"Name": "n", "Type": "int"}],
                "Location": "s3://code/table/",
                "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "SerdeInfo": {
                    "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                    "Parameters": {"field.delim": ","},
                },
            },
        },
    )
    query_id = server.client_of_role(asking, "athena").start_query_execution(
        QueryString="SELECT n FROM asked.rows", ResultConfiguration={"OutputLocation": "s3://code/answers/"}
    )["QueryExecutionId"]
    assert callers(server, "PutObject", f"answers/{query_id}.csv") == {asking}
    assert callers(server, "GetObject", "table/rows.csv") == {asking}
