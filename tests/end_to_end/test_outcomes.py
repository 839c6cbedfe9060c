"""Executions that end another way, and feeds that are not what they should be, on the server of the demo.

Two of the executions are those of ``run-pipeline``, as a build runs it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from inference.athena_query import AthenaWorkspace, run_query
from inference.prediction_sql import prediction_sql
from infrastructure.stacks import Stacks
from processing.feature_contract import feature_set
from tests.end_to_end.conftest import ACCOUNT, NAMES, SMALL, Demo, child_environment, playgrounds
from tests.end_to_end.executions import (
    DEPLOY_PIPELINE,
    PIPELINE,
    cached,
    ended,
    execute,
    executions,
    outputs,
    pages_of,
    parameters,
    start,
)
from tests.pipeline_steps import REUSED
from tests.waiting import wait_until

MODELS = "playgrounds-models-123456789012-us-east-1"


ROLE = f"arn:aws:iam::{ACCOUNT}:role/playgrounds-sagemaker"


@dataclass(frozen=True)
class Command:
    """``run-pipeline`` while it runs, with the files that its output and its problems go to."""

    process: subprocess.Popen[str]
    output: Path
    problems: Path

    @property
    def execution(self) -> str:
        """The ARN of the execution that it has started."""
        return wait_until(lambda: re.search(r"^started (arn:\S+)$", self.output.read_text(), re.M), "an execution")[1]


def run_pipeline(demo: Demo, folder: Path, *arguments: str) -> Command:
    command = (
        *(sys.executable, "-u", "-m", "pipelines.run_pipeline", "--start", "--wait", *arguments),
        *("--module-name", "pipelines.accessibility.pipeline", "--role-arn", ROLE),
        *("--kwargs-json", json.dumps(kwargs(demo))),
    )
    output, problems = folder / "output.txt", folder / "problems.txt"
    with output.open("w") as out, problems.open("w") as err:
        process = subprocess.Popen(command, env=child_environment(demo.environment), stdout=out, stderr=err, text=True)
    return Command(process, output, problems)


def kwargs(demo: Demo) -> dict[str, object]:
    """Arguments of the deployed pipeline but for an endpoint setting: what it has computed needs no second time."""
    arns = Stacks(demo.client("cloudformation"), demo.client("s3")).outputs(NAMES.stack)
    roles = {"jobs_role": arns["JobsRoleArn"], "model_role": arns["ModelRoleArn"]}
    return {"region": NAMES.region, **roles, "bake_seconds": 120}


@pytest.fixture(scope="module")
def commands(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Command]]:
    """Two commands at once: importing the SDK alone takes seconds."""
    commands = {
        "below the gate": run_pipeline(
            demo, tmp_path_factory.mktemp("bad"), "--parameters-json", '{"AccuracyThreshold": 0.999}'
        ),
        "unchanged": run_pipeline(demo, tmp_path_factory.mktemp("good")),
    }
    try:
        yield commands
    finally:
        for command in commands.values():
            command.process.kill()
            command.process.wait()


@pytest.fixture(scope="module")
def running(demo: Demo, commands: dict[str, Command]) -> dict[str, str]:
    """Executions on the demo's data, side by side."""
    # One stump that hardly learns: XGBoost gives everybody the common answer.
    won_by_automl = start(
        demo,
        PIPELINE,
        ModelApprovalStatus="Approved",
        EndpointName="the-other-champion",
        NumRound="1",
        MaxDepth="1",
        Eta="0.001",
        AccuracyThreshold="0.7",
        GateMargin="0.2",
    )
    started = {name: command.execution for name, command in commands.items()}
    return {**started, "won by AutoML": won_by_automl}


def test_run_pipeline_updates_starts_and_waits(commands: dict[str, Command]) -> None:
    command = commands["unchanged"]
    assert command.process.wait(timeout=120) == 0, command.problems.read_text()
    output = command.output.read_text()
    assert "0 new objects" in output
    # Whichever of the two commands comes second finds the other's definition.
    assert re.search(
        r"(updated|unchanged) arn:aws:sagemaker:us-east-1:123456789012:pipeline/playground-accessibility$", output, re.M
    )
    assert "RegisterXGBoost" in output
    assert output.rstrip().endswith("succeeded")


def test_run_pipeline_fails_with_step_and_reason(commands: dict[str, Command]) -> None:
    command = commands["below the gate"]
    assert command.process.wait(timeout=120) == 1
    problems = command.problems.read_text()
    assert "QualityTooLow" in problems
    assert "misses 99.90%" in problems


def test_a_model_below_the_gate_is_not_registered_and_the_message_has_the_figures(
    demo: Demo, running: dict[str, str]
) -> None:
    execution, steps = ended(demo, running["below the gate"])
    assert execution["PipelineExecutionStatus"] == "Failed"
    assert steps["QualityTooLow"]["StepStatus"] == "Failed"
    metrics = demo.summary["metrics"][demo.summary["champion"]]
    assert f"{metrics['accuracy']:.2%} misses 99.90%" in steps["QualityTooLow"]["FailureReason"]
    assert not [name for name in steps if name.startswith("Register")]
    sagemaker = demo.client("sagemaker")
    for found in pages_of(sagemaker, "list_model_packages", "ModelPackageSummaryList", ModelPackageGroupName=PIPELINE):
        package = sagemaker.describe_model_package(ModelPackageName=found["ModelPackageArn"])
        assert package["CustomerMetadataProperties"]["PipelineExecutionArn"] != running["below the gate"]


def test_unchanged_data_is_not_computed_again(demo: Demo, running: dict[str, str]) -> None:
    execution, steps = ended(demo, running["unchanged"])
    assert execution["PipelineExecutionStatus"] == "Succeeded"
    assert cached(steps) == REUSED
    assert steps["EngineerFeatures"]["CacheHitResult"]["SourcePipelineExecutionArn"] == demo.summary["execution"]["arn"]


def test_a_package_that_waits_for_approval_is_not_deployed(demo: Demo, running: dict[str, str]) -> None:
    _, steps = ended(demo, running["unchanged"])
    (register,) = [name for name in steps if name.startswith("Register")]
    at_once = [step for name, step in steps.items() if name.startswith("ApprovedAtOnce")]
    assert {step["Metadata"]["Condition"]["Outcome"] for step in at_once} == {"False"}
    assert not [name for name in steps if name.startswith("CreateModel")]
    arn = steps[register]["Metadata"]["RegisterModel"]["Arn"]
    found = demo.client("sagemaker").describe_model_package(ModelPackageName=arn)
    assert found["ModelApprovalStatus"] == "PendingManualApproval"
    assert not [run for run in executions(demo, DEPLOY_PIPELINE) if parameters(demo, run)["ModelPackageArn"] == arn]
    with pytest.raises(demo.client("sagemaker").exceptions.ClientError, match=r"[Aa]pproved"):
        demo.client("sagemaker").create_model(
            ModelName="too-early",
            Containers=[{"ModelPackageName": arn}],
            ExecutionRoleArn="arn:aws:iam::123456789012:role/playgrounds-sagemaker",
        )


def test_when_automl_wins_it_is_deployed_and_answers_sql(demo: Demo, running: dict[str, str]) -> None:
    execution, steps = ended(demo, running["won by AutoML"])
    assert execution["PipelineExecutionStatus"] == "Succeeded"
    assert [name for name in steps if name.startswith("Register")] == ["RegisterApprovedAutoML"]
    assert "CacheHitResult" in steps["AutoML"]
    sql = prediction_sql(feature_set("playground"), "the-other-champion", "playgrounds", answer="predicted_label")
    rows = run_query(demo.client("athena"), AthenaWorkspace("playgrounds", f"s3://{MODELS}/test-results/"), sql)
    assert len(rows) == SMALL["playgrounds"]
    assert {row["predicted_label"] for row in rows} <= {0.0, 1.0}
    hits = [row["predicted_label"] == row["label"] for row in rows if row["split"] == "test"]
    assert sum(hits) / len(hits) == pytest.approx(demo.summary["metrics"]["automl"]["accuracy"], abs=1e-9)


def test_a_package_registered_as_approved_is_deployed_by_its_own_execution_and_no_other(
    demo: Demo, running: dict[str, str]
) -> None:
    _, steps = ended(demo, running["won by AutoML"])
    arn = steps["RegisterApprovedAutoML"]["Metadata"]["RegisterModel"]["Arn"]
    deployed = {"CreateModelAutoML", "SmokeTestAutoML", "CheckSmokeTestAutoML", "DeployEndpointAutoML"}
    assert deployed <= steps.keys()
    assert outputs(steps["DeployEndpointAutoML"])["Outcome"] == "Deployed"
    (by_event,) = wait_until(
        lambda: [run for run in executions(demo, DEPLOY_PIPELINE) if parameters(demo, run)["ModelPackageArn"] == arn],
        "the execution of the event",
    )
    execution, no_op = ended(demo, by_event)
    assert execution["PipelineExecutionStatus"] == "Succeeded"
    assert set(no_op) == {"ResolveDeployment", "ShouldDeploy"}
    assert "registered as Approved" in outputs(no_op["ResolveDeployment"])["Reason"]


def test_the_report_of_any_execution_can_be_had(demo: Demo, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "console.main", "report"),
            *("--execution", demo.summary["execution"]["arn"], "--output", str(target)),
        ],
        env=child_environment(demo.environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert str(target) in done.stdout
    assert target.read_bytes() == Path(demo.summary["report"]).read_bytes()


def test_a_step_without_input_fails_the_execution_with_its_reason(demo: Demo) -> None:
    nowhere = f"s3://{MODELS}/nowhere/"
    execution, steps = execute(demo, InputDataUrl=nowhere, DataVersion="another")
    assert execution["PipelineExecutionStatus"] == "Failed"
    assert nowhere in steps["SnapshotData"]["FailureReason"]
    assert set(steps) == {"ResolveDataVersion", "ResolveDataBaseline", "SnapshotData"}
    told = outputs(steps["ResolveDataVersion"])
    assert told["DataVersion"] == "another"
    assert told["PlaygroundsDate"].startswith("unknown the data ")


def test_a_parameter_that_the_pipeline_does_not_take_is_refused_at_the_start(demo: Demo) -> None:
    for name, value in (("FeatureSet", "colours"), ("MaxDepth", "deep"), ("Colour", "red")):
        with pytest.raises(demo.client("sagemaker").exceptions.ClientError, match=name):
            execute(demo, **{name: value})


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda records: "<html>down for maintenance</html>", ("parks", "HTML")),
        (lambda records: json.dumps(records)[:-40], ("parks", "JSON")),
        (lambda records: "[]", ("parks", "empty")),
        (lambda records: json.dumps([{k: v for k, v in r.items() if k != "Zip"} for r in records]), ("parks", "Zip")),
        (lambda records: json.dumps([*records, records[0]]), ("parks", "Prop_ID")),
    ],
    ids=["html", "truncated", "empty", "missing-column", "duplicate"],
)
def test_a_bad_feed_fails_its_job_and_costs_no_data(demo: Demo, feeds: Path, tmp_path: Path, spoil, words) -> None:
    bad = tmp_path / "parks.json"
    bad.write_text(spoil(json.loads((feeds / "DPR_Parks_001.json").read_text())))
    before = count(demo, "parks")
    glue = demo.client("glue")
    run_id = glue.start_job_run(JobName="import_json_data", Arguments={"--PARKS_URL": bad.as_uri()})["JobRunId"]
    while (run := glue.get_job_run(JobName="import_json_data", RunId=run_id)["JobRun"])["JobRunState"] in (
        "STARTING",
        "RUNNING",
    ):
        time.sleep(0.1)
    assert run["JobRunState"] == "FAILED"
    for word in words:
        assert word.lower() in run["ErrorMessage"].lower()
    assert count(demo, "parks") == before > 0


def count(demo: Demo, table: str) -> int:
    workspace = AthenaWorkspace("playgrounds", f"s3://{MODELS}/test-results/")
    return run_query(demo.client("athena"), workspace, f"SELECT count(*) AS n FROM {table}")[0]["n"]


def test_a_folder_without_feeds_is_named(tmp_path: Path) -> None:
    done = playgrounds("demo", "--source", str(tmp_path), data_dir=tmp_path / "data")
    assert done.returncode == 1
    assert "DPR_Parks_001.json" in done.stderr
