"""``playgrounds report`` against a server with executions that have a report, have none, or do not exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.main import main
from tests.definitions import BUCKET, ROLE, definition, fail, processing
from tests.servers import RunningServer
from tests.waiting import wait_until

PIPELINE = "playground-accessibility"
WRITE_REPORT = processing(
    "WriteReport",
    "import os; open('/opt/ml/processing/output/report/report.html', 'w').write(os.environ['TEXT'])",
    output="report",
    environment={"TEXT": {"Get": "Parameters.Text"}},
)
WITH_REPORT = definition(WRITE_REPORT, Text="first")
WITHOUT_REPORT = definition(fail("EngineerFeatures", "no rows"))


@pytest.fixture(autouse=True)
def bucket_and_empty_folder(aws: RunningServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Make the bucket of the reports, and an empty folder the current one."""
    aws.client("s3").create_bucket(Bucket=BUCKET)  # which in us-east-1 also succeeds for the owner of the bucket
    monkeypatch.chdir(tmp_path)


def execute(server: RunningServer, pipeline: str, text: str, **parameters: str) -> str:
    """Run an execution to its end; give its ARN."""
    client = server.client("sagemaker")
    names = {found["PipelineName"] for found in client.list_pipelines()["PipelineSummaries"]}
    put = client.update_pipeline if pipeline in names else client.create_pipeline
    put(PipelineName=pipeline, PipelineDefinition=text, RoleArn=ROLE)
    given = [{"Name": name, "Value": value} for name, value in parameters.items()]
    arn: str = client.start_pipeline_execution(PipelineName=pipeline, PipelineParameters=given)["PipelineExecutionArn"]
    wait_until(
        lambda: client.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"] != "Executing"
    )
    return arn


def test_the_latest_report_or_that_of_a_given_execution(aws, tmp_path, capsys):
    first = execute(aws, PIPELINE, WITH_REPORT)
    second = execute(aws, PIPELINE, WITH_REPORT, Text="second")

    assert main(["report"]) == 0
    assert main(["report", "--execution", first, "--output", "reports/of-the-first.html"]) == 0

    latest = tmp_path / f"report-{second.rpartition('/')[2]}.html"
    given = tmp_path / "reports" / "of-the-first.html"
    assert capsys.readouterr().out.splitlines() == [str(latest), str(given)]
    assert (latest.read_text(), given.read_text()) == ("second", "first")


def test_an_execution_without_a_report_says_so(aws, tmp_path, capsys):
    arn = execute(aws, f"bare-{PIPELINE}", WITHOUT_REPORT)

    assert main(["report", "--prefix", "bare-"]) == 1
    assert f"execution {arn} (Failed) has no report" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_there_is_named(aws, capsys):
    aws.client("sagemaker").create_pipeline(
        PipelineName=f"new-{PIPELINE}", PipelineDefinition=WITH_REPORT, RoleArn=ROLE, ClientRequestToken="x" * 32
    )
    nowhere = f"arn:aws:sagemaker:us-east-1:123456789012:pipeline/{PIPELINE}/execution/abcdefghijkl"
    for arguments, message in (
        (["--prefix", "other-"], "failed: pipeline other-playground-accessibility"),
        (["--prefix", "new-"], "it has never run"),
        (["--execution", nowhere], f"execution {nowhere} does not exist"),
    ):
        assert main(["report", *arguments]) == 1
        assert message in capsys.readouterr().err
