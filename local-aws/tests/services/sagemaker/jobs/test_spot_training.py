"""Managed spot training: its limits, checkpoints in S3, and jobs that start again after the server was killed."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.services.sagemaker.jobs.checkpoints import Checkpoints
from tests.conftest import RunningServer
from tests.processes import ServerProcess, server_process
from tests.services.sagemaker.examples import BUCKET, ROLE, ended, get, keys, put, training_request
from tests.waiting import wait_until

SPOT: dict[str, Any] = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 120},
}
RECORDING = """
import os, pathlib, sys, time
folder = pathlib.Path(sys.argv[sys.argv.index("--checkpoint-dir") + 1])
seen = sorted(path.name for path in folder.iterdir())
(folder / "sub").mkdir(exist_ok=True)
(folder / "sub" / f"run-{len(seen)}").write_text(str(seen))
(folder / "unfinished.sagemaker-ignore").write_text("half")
(folder / "link").symlink_to("/etc/hostname")
pathlib.Path(os.environ["SM_MODEL_DIR"], "seen").write_text(str(seen))
"""
FOLDER = {"checkpoint-dir": "/opt/ml/checkpoints"}


def checkpoints(name: str) -> dict[str, Any]:
    return {"CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/checkpoints/{name}"}}


@pytest.mark.parametrize(
    ("spot", "condition", "words"),
    [
        (True, {"MaxRuntimeInSeconds": 60}, "It must be present and be greater than or equal to MaxRuntimeInSeconds"),
        (True, {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 59}, "greater than or equal"),
        (True, {"MaxWaitTimeInSeconds": 60}, "greater than or equal"),
        (False, {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60}, "only supported when EnableManagedSpotTrain"),
    ],
)
def test_waiting_time_goes_with_spot_instances_alone(
    server: RunningServer, spot: bool, condition: dict[str, int], words: str
) -> None:
    request = training_request(server, "waits", "", EnableManagedSpotTraining=spot, StoppingCondition=condition)
    with pytest.raises(ClientError, match=f"Invalid MaxWaitTimeInSeconds.*{words}"):
        server.client("sagemaker").create_training_job(**request)


@pytest.mark.parametrize("path", ["/opt/ml", "/checkpoints", "/opt/ml/../x"])
def test_checkpoints_lie_in_a_folder_of_the_container(server: RunningServer, path: str) -> None:
    request = training_request(
        server, "elsewhere", "", CheckpointConfig={"S3Uri": f"s3://{BUCKET}/checkpoints", "LocalPath": path}
    )
    with pytest.raises(ClientError, match="LocalPath must be a folder below /opt/ml"):
        server.client("sagemaker").create_training_job(**request)


def test_checkpoints_come_before_the_job_and_are_in_s3_after_it(server: RunningServer) -> None:
    put(server, "checkpoints/copies/first", "1")
    put(server, "checkpoints/copies-of-another/second", "2")
    request = training_request(server, "copies", RECORDING, FOLDER, **SPOT, **checkpoints("copies"))
    server.client("sagemaker").create_training_job(**request)

    job = ended(server, "training_job", "copies")

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["BillableTimeInSeconds"] == job["TrainingTimeInSeconds"]
    assert keys(server, "checkpoints/copies/") == ["checkpoints/copies/first", "checkpoints/copies/sub/run-1"]
    assert get(server, "checkpoints/copies/sub/run-1") == b"['first']"


def test_failed_job_leaves_its_checkpoints(server: RunningServer) -> None:
    text = RECORDING + "raise SystemExit(1)"
    request = training_request(server, "fails-later", text, FOLDER, **checkpoints("fails-later"))
    server.client("sagemaker").create_training_job(**request)

    assert ended(server, "training_job", "fails-later")["TrainingJobStatus"] == "Failed"
    assert keys(server, "checkpoints/fails-later/") == ["checkpoints/fails-later/sub/run-0"]


def test_changed_file_is_copied_again_and_an_unchanged_one_is_not(server: RunningServer, tmp_path: Path) -> None:
    uri = f"s3://{BUCKET}/checkpoints/rounds"
    kept = Checkpoints(server.context.objects, tmp_path, {"CheckpointConfig": {"S3Uri": uri}, "RoleArn": ROLE})
    put(server, "checkpoints/rounds/old", "old")
    with kept.kept():
        (tmp_path / "new").write_text("1")
        wait_until(lambda: keys(server, "checkpoints/rounds/new"), "the first copy")
        (tmp_path / "new").write_text("1 and 2")
        wait_until(lambda: get(server, "checkpoints/rounds/new") == b"1 and 2", "the second copy")
        put(server, "checkpoints/rounds/old", "written by another")

    assert get(server, "checkpoints/rounds/old") == b"written by another"


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_job_on_spot_instances_starts_again_with_its_checkpoints(tmp_path: Path, end: str) -> None:
    waiting = RECORDING + "time.sleep(0 if seen else 60)\n"
    server = ServerProcess(tmp_path / "data")
    server.client("s3").create_bucket(Bucket=BUCKET)
    client = server.client("sagemaker")
    client.create_training_job(**training_request(server, "again", waiting, FOLDER, **SPOT, **checkpoints("again")))
    client.create_training_job(**training_request(server, "once", waiting, FOLDER, **checkpoints("once")))
    for name in ("again", "once"):
        wait_until(partial(keys, server, f"checkpoints/{name}/"), f"the first checkpoint of {name}")
    getattr(server, end)()

    with server_process(tmp_path / "data") as server:
        again, once = (ended(server, "training_job", name) for name in ("again", "once"))

        assert once["TrainingJobStatus"] == "Failed"
        assert again["TrainingJobStatus"] == "Completed", again.get("FailureReason")
        statuses = [entry["Status"] for entry in again["SecondaryStatusTransitions"]]
        run = ["Starting", "Downloading", "Training"]
        assert statuses == [*run, "Interrupted", *run, "Uploading", "Completed"]
        assert get(server, "checkpoints/again/sub/run-1") == b"['sub']"


def test_job_on_spot_instances_ends_when_its_waiting_time_is_over(server: RunningServer) -> None:
    limits = {"MaxRuntimeInSeconds": 2, "MaxWaitTimeInSeconds": 2}
    request = training_request(server, "late", "import time; time.sleep(60)", **SPOT | {"StoppingCondition": limits})
    server.client("sagemaker").create_training_job(**request)

    job = ended(server, "training_job", "late")

    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxWaitTimeExceeded")
