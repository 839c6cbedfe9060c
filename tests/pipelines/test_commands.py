"""``run-pipeline`` and ``get-pipeline-definition`` against moto's S3 and pipeline records.

moto runs no pipeline and lists no steps; following an execution is tested with recorded answers, running one
with the tests of the local services.
"""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from pipelines import get_pipeline_definition, run_pipeline
from pipelines.code_assets import processing_code, training_code
from pipelines.run_pipeline import ExecutionOutcome, upsert_pipeline, wait_for_execution
from tests.pipelines.conftest import PROJECT_ROOT, ROLE_ARN

MODULE = ["--module-name", "pipelines.accessibility.pipeline"]
BUCKET = "playgrounds-code-123456789012-us-east-1"
EXECUTION_ARN = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/p/execution/abcdefghijkl"


@pytest.fixture(autouse=True)
def aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that open nothing, and a region."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def account() -> Iterator[None]:
    """An account with the bucket for code."""
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield


def _tags(arn: str) -> dict[str, str]:
    tags = boto3.client("sagemaker").list_tags(ResourceArn=arn)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in tags}


def test_run_pipeline_uploads_creates_and_updates(account, capsys):
    arguments = [*MODULE, "--role-arn", ROLE_ARN, "--tags", '[{"Key": "team", "Value": "parks"}]']

    assert run_pipeline.main(arguments) == 0
    first = capsys.readouterr().out.splitlines()
    assert run_pipeline.main([*arguments, "--description", "second"]) == 0
    second = capsys.readouterr().out.splitlines()

    objects = boto3.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
    expected = {asset.prefix + path for asset in (processing_code(), training_code()) for path in asset.objects}
    assert {entry["Key"] for entry in objects} == expected
    assert first[0] == f"code: {len(expected)} new objects in s3://{BUCKET}/code/"
    assert second[0] == f"code: 0 new objects in s3://{BUCKET}/code/"

    pipeline = boto3.client("sagemaker").describe_pipeline(PipelineName="playground-accessibility")
    assert first[1] == f"created {pipeline['PipelineArn']}"
    assert second[1] == f"updated {pipeline['PipelineArn']}"
    assert pipeline["RoleArn"] == ROLE_ARN
    assert pipeline["PipelineDescription"] == "second"
    assert json.loads(pipeline["PipelineDefinition"])["Steps"][1]["Arguments"]["RoleArn"] == ROLE_ARN
    assert _tags(pipeline["PipelineArn"])["team"] == "parks"


def test_run_pipeline_starts_with_parameters(account, capsys, tmp_path):
    parameters = tmp_path / "parameters.json"
    parameters.write_text('{"ModelApprovalStatus": "Approved", "MaxDepth": 3}', encoding="utf-8")

    arguments = [*MODULE, "--role-arn", ROLE_ARN, "--start", "--parameters-json", str(parameters)]
    assert run_pipeline.main(arguments) == 0

    client = boto3.client("sagemaker")
    (execution,) = client.list_pipeline_executions(PipelineName="playground-accessibility")[
        "PipelineExecutionSummaries"
    ]
    assert f"started {execution['PipelineExecutionArn']}" in capsys.readouterr().out
    given = client.list_pipeline_parameters_for_execution(PipelineExecutionArn=execution["PipelineExecutionArn"])
    values = {parameter["Name"]: parameter["Value"] for parameter in given["PipelineParameters"]}
    assert values == {"ModelApprovalStatus": "Approved", "MaxDepth": "3"}


def test_run_pipeline_reports_refusals_of_the_service(capsys):
    with mock_aws():
        assert run_pipeline.main([*MODULE, "--role-arn", ROLE_ARN]) == 1

    assert "NoSuchBucket" in capsys.readouterr().err


def test_upsert_does_not_confuse_names_that_start_alike(account):
    client = boto3.client("sagemaker")
    request: dict[str, Any] = {"definition": "{}", "role_arn": ROLE_ARN, "description": "d", "tags": []}

    assert upsert_pipeline(client, name="trial-two", **request)[1] == "created"
    assert upsert_pipeline(client, name="trial", **request)[1] == "created"
    assert upsert_pipeline(client, name="trial-two", **request)[1] == "unchanged"
    assert upsert_pipeline(client, name="trial-two", **{**request, "description": "another"})[1] == "updated"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--kwargs-json", "nowhere.json"], "--kwargs-json: 'nowhere.json' is neither a file nor"),
        (["--kwargs-json", "{role: 1}"], "--kwargs-json: the argument is not JSON"),
        (["--kwargs-json", "[]"], "--kwargs-json: expected an object"),
        (["--tags", '{"team": "parks"}'], "--tags: expected a list"),
        (["--start", "--parameters-json", "[1]"], "--parameters-json: expected an object"),
        (["--kwargs-json", '{"rolle": "x"}'], "unexpected keyword argument 'rolle'"),
        (["--kwargs-json", '{"role": "x"}'], "'x' is not an IAM role ARN"),
        (["--module-name", "pipelines.nowhere"], "module 'pipelines.nowhere' does not exist"),
    ],
)
def test_run_pipeline_says_what_is_wrong_with_its_options(account, capsys, arguments, message):
    assert run_pipeline.main([*MODULE, "--role-arn", ROLE_ARN, *arguments]) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("option", [["--wait"], ["--parameters-json", "{}"]])
def test_run_pipeline_wants_a_start_to_wait_for(capsys, option):
    with pytest.raises(SystemExit):
        run_pipeline.main([*MODULE, "--role-arn", ROLE_ARN, *option])

    assert "need --start" in capsys.readouterr().err


def test_get_pipeline_definition_wants_a_region(monkeypatch, capsys, tmp_path):
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))

    assert get_pipeline_definition.main(MODULE) == 1
    assert "no region: set AWS_REGION" in capsys.readouterr().err


def test_code_assets_do_not_cost_the_sdk():
    code = "import sys, pipelines.code_assets, pipelines.run_pipeline; print('sagemaker' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "False"


def _step(name: str, status: str, seconds: int = 0, **members: Any) -> dict[str, Any]:
    start = datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC)
    end = {"EndTime": start + datetime.timedelta(seconds=seconds)} if status != "Executing" else {}
    return {"StepName": name, "StepStatus": status, "StartTime": start, **end, **members}


def _answers(stubber: Stubber, status: str, *pages: list[dict[str, Any]], **members: Any) -> None:
    """Record one look at an execution and its steps, page by page."""
    arn = {"PipelineExecutionArn": EXECUTION_ARN}
    stubber.add_response("describe_pipeline_execution", {"PipelineExecutionStatus": status, **members}, arn)
    for number, page in enumerate(pages):
        following = {"NextToken": f"page-{number + 1}"} if number + 1 < len(pages) else {}
        stubber.add_response("list_pipeline_execution_steps", {"PipelineExecutionSteps": page, **following})


def test_wait_reports_every_change_once():
    client = boto3.client("sagemaker")
    lines: list[str] = []
    with Stubber(client) as stubber:
        _answers(stubber, "Executing", [_step("Train", "Executing")])
        _answers(stubber, "Executing", [_step("Train", "Executing")])
        _answers(stubber, "Succeeded", [_step("Train", "Succeeded", 12)], [_step("Evaluate", "Succeeded", 3)])
        outcome = wait_for_execution(client, EXECUTION_ARN, report=lines.append, poll_seconds=0)

    assert outcome == ExecutionOutcome("Succeeded", "")
    assert [line.split() for line in lines] == [
        ["Train", "Executing"],
        ["Train", "Succeeded", "12", "s"],
        ["Evaluate", "Succeeded", "3", "s"],
    ]


def test_wait_tells_cached_steps():
    client = boto3.client("sagemaker")
    lines: list[str] = []
    with Stubber(client) as stubber:
        cached = _step("Train", "Succeeded", CacheHitResult={"SourcePipelineExecutionArn": EXECUTION_ARN})
        _answers(stubber, "Succeeded", [cached])
        wait_for_execution(client, EXECUTION_ARN, report=lines.append, poll_seconds=0)

    assert lines[0].endswith("(cached)")


def test_wait_names_the_step_that_failed_and_why():
    client = boto3.client("sagemaker")
    with Stubber(client) as stubber:
        failed = _step("Train", "Failed", FailureReason="AlgorithmError: no rows")
        _answers(stubber, "Failed", [_step("Prepare", "Succeeded"), failed], FailureReason="Step failure")
        outcome = wait_for_execution(client, EXECUTION_ARN, report=lambda line: None, poll_seconds=0)

    assert outcome == ExecutionOutcome("Failed", "step Train: AlgorithmError: no rows")


def test_wait_falls_back_to_the_reason_of_the_execution():
    client = boto3.client("sagemaker")
    with Stubber(client) as stubber:
        _answers(stubber, "Failed", [], FailureReason="role cannot be assumed")
        outcome = wait_for_execution(client, EXECUTION_ARN, report=lambda line: None, poll_seconds=0)

    assert outcome == ExecutionOutcome("Failed", "role cannot be assumed")
