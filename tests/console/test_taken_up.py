"""What an interrupted command left under way is taken up by the same command again."""

from __future__ import annotations

import io
import re
from pathlib import Path

import boto3
import pytest

from console.executions import under_way
from console.progress import Progress
from console.workflow_run import run_workflow
from local_aws import glue, sagemaker
from tests.local_aws.conftest import running
from tests.local_aws.glue.workflows.conftest import Flow
from tests.local_aws.pipelines.definitions import BUCKET, ROLE, definition, parameter, processing

PIPELINE = "playground-accessibility-deploy"


def test_a_workflow_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(tmp_path / "server", (glue.build,)) as server:
        for name, value in server.server.settings.client_environment().items():
            monkeypatch.setenv(name, value)
        flow = Flow(server, "imports", tmp_path)
        flow.workflow(MaxConcurrentRuns=1)
        flow.start_trigger("start", {"JobName": flow.job("wait", flow.wait_for_gate)})
        run_id = flow.glue.start_workflow_run(Name="imports")["RunId"]

        class Shown(io.StringIO):
            """Lets the job go on once the command has said that it follows the run."""

            def write(self, text: str) -> int:
                if "followed" in text:
                    flow.gate.touch()
                return super().write(text)

        shown = Shown()
        started = run_workflow(boto3.session.Session(), "imports", Progress(shown))
        assert started == flow.shown(run_id)["StartedOn"]
        assert re.search(f"workflow run +{run_id} is under way already: followed", shown.getvalue())
        assert [run["WorkflowRunId"] for run in flow.glue.get_workflow_runs(Name="imports")["Runs"]] == [run_id]


def test_an_execution_with_the_same_parameters(tmp_path: Path) -> None:
    with running(tmp_path / "server", (sagemaker.build,)) as server:
        server.client("s3").create_bucket(Bucket=BUCKET)
        client = server.client("sagemaker")
        wait = processing("Wait", "import time; time.sleep(60)")
        text = definition(wait, parameters=(parameter("ModelPackageArn", default="none"),))
        client.create_pipeline(PipelineName=PIPELINE, PipelineDefinition=text, RoleArn=ROLE)
        arn = client.start_pipeline_execution(
            PipelineName=PIPELINE, PipelineParameters=[{"Name": "ModelPackageArn", "Value": "this"}]
        )["PipelineExecutionArn"]
        assert under_way(client, PIPELINE, {"ModelPackageArn": "other"}) is None
        assert under_way(client, PIPELINE, {"ModelPackageArn": "this"}) == arn == under_way(client, PIPELINE)
        assert under_way(client, "none-such") is None
