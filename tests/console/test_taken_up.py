"""What an interrupted command left under way is taken up by the same command again."""

from __future__ import annotations

import io
import re
from pathlib import Path

import boto3
import pytest

from console.executions import running_execution
from console.progress import Progress
from console.workflow_run import run_workflow
from tests.definitions import BUCKET, ROLE, SLEEP, definition, processing
from tests.servers import RunningServer, running

PIPELINE = "playground-accessibility-deploy"


def start_workflow_run(server: RunningServer, gate: Path) -> str:
    """Start a run of a workflow with one job, which ends once the gate is there; return the run's id."""
    s3, glue = server.client("s3"), server.client("glue")
    script = f"import pathlib, time\nwhile not pathlib.Path({str(gate)!r}).exists():\n    time.sleep(0.02)\n"
    s3.create_bucket(Bucket="imports")
    s3.put_object(Bucket="imports", Key="wait.py", Body=script.encode())
    command = {"Name": "glueetl", "ScriptLocation": "s3://imports/wait.py"}
    glue.create_job(Name="wait", Role="role", Command=command, GlueVersion="5.1")
    glue.create_workflow(Name="imports", MaxConcurrentRuns=1)
    glue.create_trigger(Name="start", WorkflowName="imports", Type="ON_DEMAND", Actions=[{"JobName": "wait"}])
    return str(glue.start_workflow_run(Name="imports")["RunId"])


def test_a_workflow_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(tmp_path / "server") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        gate = tmp_path / "gate"
        run_id = start_workflow_run(server, gate)

        class Shown(io.StringIO):
            """Lets the job go on once the command has said that it follows the run."""

            def write(self, text: str) -> int:
                if "following" in text:
                    gate.touch()
                return super().write(text)

        shown = Shown()
        started = run_workflow(boto3.session.Session(), "imports", Progress(shown))
        (run,) = server.client("glue").get_workflow_runs(Name="imports")["Runs"]
        assert (run["WorkflowRunId"], run["StartedOn"]) == (run_id, started)
        assert re.search(f"workflow run +{run_id} is running already: following it", shown.getvalue())


def test_an_execution_with_the_same_parameters(tmp_path: Path) -> None:
    with running(tmp_path / "server") as server:
        server.client("s3").create_bucket(Bucket=BUCKET)
        client = server.client("sagemaker")
        text = definition(processing("Wait", SLEEP), ModelPackageArn="none")
        client.create_pipeline(PipelineName=PIPELINE, PipelineDefinition=text, RoleArn=ROLE)
        arn = client.start_pipeline_execution(
            PipelineName=PIPELINE, PipelineParameters=[{"Name": "ModelPackageArn", "Value": "this"}]
        )["PipelineExecutionArn"]
        assert running_execution(client, PIPELINE, {"ModelPackageArn": "other"}) is None
        assert (
            running_execution(client, PIPELINE, {"ModelPackageArn": "this"})
            == arn
            == running_execution(client, PIPELINE)
        )
        assert running_execution(client, "none-such") is None
