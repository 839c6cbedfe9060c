"""What a job sees of ``/opt/ml``: in a root of its own, and where paths are rewritten."""

from __future__ import annotations

import os

from tests.conftest import RunningServer
from tests.services.sagemaker.examples import (
    BUCKET,
    create_model,
    ended,
    get,
    processing_request,
    put,
    s3_input,
    s3_output,
    training_request,
)

_HARD_CODED = """
import json, pathlib, sys
own = pathlib.Path("/opt/ml/processing/x")
own.mkdir()
(own / sys.argv[1]).touch()
pathlib.Path("../extracted").write_text("relative to the working directory")
pathlib.Path("/opt/ml/processing/result/report.json").write_text(json.dumps({
    "mine": [path.name for path in own.iterdir()],
    "input": pathlib.Path("/opt/ml/processing/input/data/in.txt").read_text(),
    "extracted": pathlib.Path("/extracted").read_text(),
}))
"""


def test_two_jobs_side_by_side_see_only_their_own(own_root_server: RunningServer) -> None:
    server = own_root_server
    put(server, "in/in.txt", "text")
    before = sorted(entry.path for entry in os.scandir("/opt"))
    for name in ("first", "second"):
        request = processing_request(
            server,
            name,
            _HARD_CODED,
            name,
            ProcessingInputs=[s3_input(f"s3://{BUCKET}/in/", "/opt/ml/processing/input/data")],
            ProcessingOutputConfig={"Outputs": [s3_output(f"s3://{BUCKET}/{name}", "/opt/ml/processing/result")]},
        )
        server.client("sagemaker").create_processing_job(**request)

    for name in ("first", "second"):
        job = ended(server, "processing_job", name)
        assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
        report = get(server, f"{name}/report.json").decode()
        assert report == (f'{{"mine": ["{name}"], "input": "text", "extracted": "relative to the working directory"}}')
    assert sorted(entry.path for entry in os.scandir("/opt")) == before


def test_records_and_keys_of_the_server_are_not_there(own_root_server: RunningServer) -> None:
    server = own_root_server
    data_dir = server.context.settings.data_dir
    assert (data_dir / "keys").exists()
    script = f"import os; print(os.path.exists({str(data_dir / 'keys')!r}), os.path.exists({str(data_dir)!r}))"
    server.client("sagemaker").create_processing_job(**processing_request(server, "curious", script))

    ended(server, "processing_job", "curious")

    log = (server.context.jobs.folder("processing-jobs", "curious") / "log.txt").read_text()
    assert log == "False False\n"


def test_training_script_finds_the_containers_places(own_root_server: RunningServer) -> None:
    server = own_root_server
    script = """
import os, pathlib
assert os.environ["SM_MODEL_DIR"] == "/opt/ml/model", os.environ["SM_MODEL_DIR"]
assert os.getcwd() == "/opt/ml/code", os.getcwd()
assert pathlib.Path("/opt/ml/input/config/hyperparameters.json").exists()
"""
    server.client("sagemaker").create_training_job(**training_request(server, "places", script))
    job = ended(server, "training_job", "places")

    log = (server.context.jobs.folder("training-jobs", "places") / "log.txt").read_text()
    assert job["TrainingJobStatus"] == "Completed", log


def test_model_server_has_a_root_of_its_own(own_root_server: RunningServer, model_archive: bytes) -> None:
    server = own_root_server
    create_model(server, "scores", model_archive)
    put(server, "rows/rows.csv", "0.9,0.2,0.3\n")
    server.client("sagemaker").create_transform_job(
        TransformJobName="scores",
        ModelName="scores",
        TransformInput={
            "ContentType": "text/csv",
            "SplitType": "Line",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/rows/"}},
        },
        TransformOutput={"S3OutputPath": f"s3://{BUCKET}/scored"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    job = ended(server, "transform_job", "scores")

    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert float(get(server, "scored/rows.csv.out")) > 0.5


def test_where_paths_are_rewritten_arguments_and_variables_lead_to_the_jobs_own_folder(
    rewriting_server: RunningServer,
) -> None:
    server = rewriting_server
    script = "import os, pathlib, sys; pathlib.Path(sys.argv[1], 'made').write_text(os.environ['PLACE'])"
    for name in ("first", "second"):
        request = processing_request(
            server,
            name,
            script,
            "/opt/ml/processing/result",
            Environment={"PLACE": "/opt/ml/processing/x"},
            ProcessingOutputConfig={"Outputs": [s3_output(f"s3://{BUCKET}/{name}", "/opt/ml/processing/result")]},
        )
        server.client("sagemaker").create_processing_job(**request)

    for name in ("first", "second"):
        job = ended(server, "processing_job", name)
        assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
        folder = server.context.jobs.folder("processing-jobs", name)
        assert get(server, f"{name}/made").decode() == f"{folder}/container/opt/ml/processing/x"
        assert "local_aws: paths below /opt/ml are rewritten" in (folder / "log.txt").read_text()
