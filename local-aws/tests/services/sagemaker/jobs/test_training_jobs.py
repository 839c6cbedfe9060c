"""Training jobs: script mode under the toolkit's contract, artifacts, metrics and every way to end."""

from __future__ import annotations

import io
import json
import re
import tarfile
import time
from importlib import metadata

import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningServer
from tests.services.sagemaker.examples import (
    BUCKET,
    SCIKIT_LEARN_IMAGE,
    channel,
    ended,
    get,
    keys,
    put,
    tar_of,
    training_request,
)

_REPORT = """
import json, os, pathlib, sys
report = {
    "arguments": sys.argv[1:],
    "variables": {name: value for name, value in os.environ.items() if name.startswith(("SM_", "TRAINING_"))},
    "code": pathlib.Path("train.py").exists(),
    "train": pathlib.Path(os.environ["SM_CHANNEL_TRAIN"], "train.csv").read_text(),
    "config": {
        path.name: json.loads(path.read_text()) for path in pathlib.Path(os.environ["SM_INPUT_CONFIG_DIR"]).iterdir()
    },
}
pathlib.Path(os.environ["SM_MODEL_DIR"], "report.json").write_text(json.dumps(report))
pathlib.Path(os.environ["SM_OUTPUT_DATA_DIR"], "notes.txt").write_text("more")
print("[0]\\ttrain-error:0.3\\tvalidation-auc:0.5")
print("[1]#011train-error:nan#011validation-auc:7.5e-1")
print("validation-auc:0.9 and [2]\\tvalidation-secret:1")
"""


def _members(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {entry.name: tar.extractfile(entry).read() for entry in tar.getmembers()}


def test_script_mode_contract(server: RunningServer) -> None:
    put(server, "channels/train/train.csv", "1,2\n")
    request = training_request(
        server,
        "contract",
        _REPORT,
        {"eta": "0.2", "name": '"quoted"', "plain": "text", "z": "true", "sagemaker_container_log_level": "10"},
        InputDataConfig=[channel("train", f"s3://{BUCKET}/channels/train/")],
    )

    server.client("sagemaker").create_training_job(**request)
    job = ended(server, "training_job", "contract")

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{BUCKET}/training/contract/output/model.tar.gz"
    assert _members(get(server, "training/contract/output/output.tar.gz")) == {"notes.txt": b"more"}
    report = json.loads(_members(get(server, "training/contract/output/model.tar.gz"))["report.json"])
    assert report["arguments"] == ["--eta", "0.2", "--name", "quoted", "--plain", "text", "-z", "True"]
    assert report["train"] == "1,2\n"
    assert report["code"], "the working directory must be the code folder"
    variables = report["variables"]
    assert json.loads(variables["SM_HPS"]) == {"eta": 0.2, "name": "quoted", "plain": "text", "z": True}
    assert variables["SM_HP_ETA"] == "0.2"
    assert variables["SM_HP_Z"] == "true"
    assert json.loads(variables["SM_CHANNELS"]) == ["train"]
    assert json.loads(variables["SM_HOSTS"]) == ["algo-1"]
    assert variables["SM_CURRENT_HOST"] == "algo-1"
    assert variables["SM_USER_ENTRY_POINT"] == "train.py"
    assert variables["SM_MODULE_NAME"] == "train"
    assert variables["SM_LOG_LEVEL"] == "10"
    assert json.loads(variables["SM_USER_ARGS"]) == report["arguments"]
    assert int(variables["SM_NUM_CPUS"]) >= 1
    assert variables["TRAINING_JOB_NAME"] == "contract"
    assert report["config"]["hyperparameters.json"]["eta"] == "0.2"
    assert report["config"]["inputdataconfig.json"]["train"]["TrainingInputMode"] == "File"
    assert report["config"]["resourceconfig.json"]["current_host"] == "algo-1"


def test_metrics_keep_their_last_finite_value(server: RunningServer) -> None:
    put(server, "channels/metrics/train.csv", "1\n")
    request = training_request(
        server, "metrics", _REPORT, InputDataConfig=[channel("train", f"s3://{BUCKET}/channels/metrics/")]
    )

    server.client("sagemaker").create_training_job(**request)
    job = ended(server, "training_job", "metrics")

    assert [(metric["MetricName"], metric["Value"]) for metric in job["FinalMetricDataList"]] == [
        ("train:error", 0.3),
        ("validation:auc", 0.75),
    ]


def test_statuses_move_and_are_kept(server: RunningServer) -> None:
    server.client("sagemaker").create_training_job(**training_request(server, "moves", "pass"))
    job = ended(server, "training_job", "moves")

    transitions = job["SecondaryStatusTransitions"]
    assert [entry["Status"] for entry in transitions] == [
        "Starting",
        "Downloading",
        "Training",
        "Uploading",
        "Completed",
    ]
    assert all(entry["StartTime"] <= entry["EndTime"] for entry in transitions)
    assert job["SecondaryStatus"] == "Completed"
    assert job["CreationTime"] <= job["TrainingStartTime"] <= job["TrainingEndTime"]
    assert keys(server, "training/moves/") == [], "a script that saves no model gives no artifact"
    (summary,) = server.client("sagemaker").list_training_jobs(NameContains="moves")["TrainingJobSummaries"]
    assert (summary["TrainingJobName"], summary["TrainingJobStatus"]) == ("moves", "Completed")


def test_script_that_fails_has_its_command_as_the_reason_and_its_words_in_the_log(server: RunningServer) -> None:
    script = """
import os, pathlib
pathlib.Path(os.environ["SM_OUTPUT_DIR"], "failure").write_text("the labels are all equal")
raise SystemExit(3)
"""
    server.client("sagemaker").create_training_job(**training_request(server, "explains", script))
    job = ended(server, "training_job", "explains")

    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Failed"
    command = job["FailureReason"].removeprefix("AlgorithmError: ExecuteUserScriptError:\n")
    assert re.fullmatch(r'Command "python3 -m train( --\S+ \S+)*", exit code: 1', command)
    assert job["SecondaryStatusTransitions"][-1]["StatusMessage"] == job["FailureReason"]


def test_container_states_its_reason_in_the_failure_file(server: RunningServer) -> None:
    request = training_request(server, "contained", "pass")
    words = "mkdir -p /opt/ml/output && printf 'the labels are all equal' > /opt/ml/output/failure; exit 3"
    request["AlgorithmSpecification"] |= {"ContainerEntrypoint": ["sh", "-c", words]}
    server.client("sagemaker").create_training_job(**request)
    job = ended(server, "training_job", "contained")

    assert job["FailureReason"] == "AlgorithmError: the labels are all equal, exit code: 3"


def test_container_without_a_failure_file_has_its_log_as_the_reason(server: RunningServer) -> None:
    request = training_request(server, "raises", "pass")
    request["AlgorithmSpecification"] |= {"ContainerEntrypoint": ["python3", "-c", "raise KeyError('no label')"]}
    server.client("sagemaker").create_training_job(**request)
    job = ended(server, "training_job", "raises")

    assert job["FailureReason"].startswith("AlgorithmError: exit code 1: Traceback")
    assert job["FailureReason"].endswith("KeyError: 'no label'")


@pytest.mark.parametrize(("seconds", "secondary"), [(1, "MaxRuntimeExceeded"), (60, "Stopped")])
def test_a_job_that_ends_early_keeps_the_model_saved_so_far(
    server: RunningServer, seconds: int, secondary: str
) -> None:
    script = """
import os, pathlib, time
pathlib.Path(os.environ["SM_MODEL_DIR"], "xgboost-model").write_text("so far")
print("saved", flush=True)
time.sleep(60)
"""
    name = f"early-{seconds}"
    client = server.client("sagemaker")
    request = training_request(server, name, script, StoppingCondition={"MaxRuntimeInSeconds": seconds})
    client.create_training_job(**request)
    if secondary == "Stopped":
        _await_line(server, name, "saved")
        client.stop_training_job(TrainingJobName=name)

    job = ended(server, "training_job", name)

    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", secondary)
    assert _members(get(server, f"training/{name}/output/model.tar.gz")) == {"xgboost-model": b"so far"}


def _await_line(server: RunningServer, name: str, line: str) -> None:
    log = server.context.jobs.folder("training-jobs", name) / "log.txt"
    for _ in range(500):
        if log.exists() and line in log.read_text():
            return
        time.sleep(0.02)
    raise TimeoutError(f"{name} did not print {line!r}")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"other.py": b""}, "holds no file train.py"),
        ({"../train.py": b""}, "cannot be unpacked"),
    ],
)
def test_unusable_code_fails_the_job(server: RunningServer, files: dict[str, bytes], words: str) -> None:
    name = f"code-{list(files)[-1].strip('./').replace('.', '-')}-{len(files)}"
    job_request = training_request(server, name, "")
    put(server, f"code/{name}/sourcedir.tar.gz", tar_of(files))

    server.client("sagemaker").create_training_job(**job_request)
    job = ended(server, "training_job", name)

    assert job["TrainingJobStatus"] == "Failed"
    assert words in job["FailureReason"]


def test_container_entrypoint_runs_instead_of_the_toolkit(server: RunningServer) -> None:
    request = training_request(server, "entrypoint", "")
    request["AlgorithmSpecification"]["ContainerEntrypoint"] = ["/bin/sh", "-c", "echo made > /opt/ml/model/made"]
    del request["HyperParameters"]

    server.client("sagemaker").create_training_job(**request)

    assert ended(server, "training_job", "entrypoint")["TrainingJobStatus"] == "Completed"
    assert _members(get(server, "training/entrypoint/output/model.tar.gz")) == {"made": b"made\n"}


def test_name_is_unique(server: RunningServer) -> None:
    client = server.client("sagemaker")
    request = training_request(server, "once", "pass")
    client.create_training_job(**request)

    with pytest.raises(client.exceptions.ResourceInUse):
        client.create_training_job(**request)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"HyperParameters": {"sagemaker_program": "train.sh"}}, "runs a .py file, not sagemaker_program='train.sh'"),
        ({"HyperParameters": {"sagemaker_program": "train.py"}}, "sagemaker_submit_directory"),
        ({"ResourceConfig": {"InstanceCount": 2, "InstanceType": "ml.m5.large"}}, "InstanceCount must be 1"),
        (
            {
                "InputDataConfig": [
                    {
                        "ChannelName": "train",
                        "DataSource": {"S3DataSource": {"S3DataType": "ManifestFile", "S3Uri": "s3://bucket/x"}},
                    }
                ]
            },
            "'ManifestFile'.*S3Prefix",
        ),
    ],
)
def test_what_cannot_be_done_here_is_refused(server: RunningServer, change: dict, words: str) -> None:
    with pytest.raises(ClientError, match=words) as caught:
        server.client("sagemaker").create_training_job(**{**training_request(server, "refused", ""), **change})
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def _scikit_learn_request(server: RunningServer, name: str, files: dict[str, bytes], program: str) -> dict:
    """Return the request of a job in script mode of a scikit-learn image that is not of the installed version."""
    request = training_request(server, name, "", {"sagemaker_program": program, "n-jobs": "2"})
    put(server, f"code/{name}/sourcedir.tar.gz", tar_of(files))
    request["AlgorithmSpecification"]["TrainingImage"] = SCIKIT_LEARN_IMAGE
    return request


def test_scikit_learn_image_runs_a_program_and_says_which_version_stands_for_it(server: RunningServer) -> None:
    script = b"import sys, sklearn; print('arguments', sys.argv, 'score=0.5 score=0.75')"
    request = _scikit_learn_request(server, "fits", {"train.py": script}, "train.py")
    definitions = [{"Name": "score", "Regex": "score=([0-9.]+)"}, {"Name": "never", "Regex": "loss=(.*)"}]
    request["AlgorithmSpecification"]["MetricDefinitions"] = definitions

    server.client("sagemaker").create_training_job(**request)
    job = ended(server, "training_job", "fits")

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert [(metric["MetricName"], metric["Value"]) for metric in job["FinalMetricDataList"]] == [("score", 0.75)]
    substitution = f"scikit-learn {metadata.version('scikit-learn')} stands for 0.23 of {SCIKIT_LEARN_IMAGE}"
    assert job["SecondaryStatusTransitions"][0]["StatusMessage"] == f"Preparing the job folder; {substitution}"
    log = (server.context.jobs.folder("training-jobs", "fits") / "log.txt").read_text().splitlines()
    assert log[0] == f"local_aws: {substitution}"
    assert log[-1] == "arguments ['train.py', '--n-jobs', '2'] score=0.5 score=0.75"


def test_scikit_learn_image_runs_a_shell_program(server: RunningServer) -> None:
    files = {"train.sh": b"#!/bin/sh\necho $2 jobs > $SM_MODEL_DIR/notes; exit 3\n"}
    server.client("sagemaker").create_training_job(**_scikit_learn_request(server, "shells", files, "train.sh"))
    job = ended(server, "training_job", "shells")

    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"] == (
        'AlgorithmError: ExecuteUserScriptError:\nExitCode 3\nErrorMessage ""\n'
        'Command "/bin/sh -c ./train.sh --n-jobs 2", exit code: 1'
    )


@pytest.mark.parametrize(("expression", "words"), [("score=.*", "no group for the value"), ("(", "Regex of metric")])
def test_metric_definition_must_capture_a_value(server: RunningServer, expression: str, words: str) -> None:
    request = _scikit_learn_request(server, "captures", {"train.py": b""}, "train.py")
    request["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "score", "Regex": expression}]
    with pytest.raises(ClientError, match=words):
        server.client("sagemaker").create_training_job(**request)


def test_own_image_runs_its_command(server: RunningServer) -> None:
    uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/ours:1"
    request = training_request(server, "ours", "")
    request["AlgorithmSpecification"]["TrainingImage"] = uri
    del request["HyperParameters"]
    client = server.client("sagemaker")
    file = server.context.settings.data_dir / "images.txt"
    with pytest.raises(ClientError, match=f"add the line '{uri} python' to {file}"):
        client.create_training_job(**request)
    file.write_text(f"{uri} python sh -c 'echo $1 > /opt/ml/model/made' sh\n")

    client.create_training_job(**request)

    assert ended(server, "training_job", "ours")["TrainingJobStatus"] == "Completed"
    assert _members(get(server, "training/ours/output/model.tar.gz")) == {"made": b"train\n"}


def test_metric_definitions_are_refused_for_awss_own_image(server: RunningServer) -> None:
    request = training_request(server, "metric-definitions", "pass")
    request["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "auc", "Regex": "auc=([0-9.]+)"}]

    with pytest.raises(ClientError, match="You can't override the metric definitions for Amazon SageMaker algorithms"):
        server.client("sagemaker").create_training_job(**request)
