"""Serving by a user's script: endpoints and transform jobs, where the code comes from, and what it installs."""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError
from sklearn.linear_model import LinearRegression

from tests.conftest import RunningServer
from tests.services.sagemaker.examples import (
    BUCKET,
    FEATURES,
    IMAGE,
    ROLE,
    SCIKIT_LEARN_IMAGE,
    channel,
    create_endpoint_config,
    ended,
    get,
    put,
    tar_of,
    training_request,
)
from tests.services.sagemaker.jobs.test_requirements import WHEEL, wheel

MODEL_CODE = "/opt/ml/model/code"
LOAD = """
import os, pickle
def model_fn(model_dir):
    with open(os.path.join(model_dir, "line.pickle"), "rb") as file:
        return pickle.load(file)
"""
OWN_FUNCTIONS = (
    LOAD
    + """
import json
import boto3
from sagemaker_containers.beta.framework import content_types, encoders, worker
def input_fn(text, content_type):
    if content_type != "application/jsonlines":
        raise ValueError(f"no {content_type} here")
    return [json.loads(line) for line in text.decode().splitlines()]
def predict_fn(rows, model):
    return {"scores": model.predict(rows).round(3).tolist(), "keys": boto3.Session().get_credentials() is not None}
def output_fn(prediction, accept):
    return worker.Response(json.dumps(prediction), mimetype=content_types.JSON)
"""
)


@pytest.fixture(scope="module")
def line() -> bytes:
    """A pickled model: the sum of three features."""
    rows = np.eye(FEATURES)
    return pickle.dumps(LinearRegression(fit_intercept=False).fit(rows, rows.sum(axis=1)))


def _model(server: RunningServer, name: str, files: Mapping[str, bytes], image: str, **environment: str) -> None:
    url = put(server, f"models/{name}/model.tar.gz", tar_of(files))
    container = {"Image": image, "ModelDataUrl": url, "Environment": environment}
    server.client("sagemaker").create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container)


def _endpoint(server: RunningServer, name: str) -> dict[str, Any]:
    create_endpoint_config(server, name, name)
    server.client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=name)
    return ended(server, "endpoint", name)


def _invoke(
    server: RunningServer, name: str, body: str | bytes, content_type: str, **members: str
) -> tuple[str, bytes]:
    answer = server.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=name, Body=body, ContentType=content_type, **members
    )
    return answer["ContentType"], answer["Body"].read()


@pytest.fixture(scope="module")
def by_defaults(server: RunningServer, line: bytes) -> Iterator[str]:
    """A scikit-learn endpoint whose script, in the model's archive, only loads the model."""
    files = {"line.pickle": line, "code/inference.py": LOAD.encode()}
    program = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": MODEL_CODE}
    _model(server, "by-defaults", files, SCIKIT_LEARN_IMAGE, **program)
    description = _endpoint(server, "by-defaults")
    assert description["EndpointStatus"] == "InService", description.get("FailureReason")
    yield "by-defaults"


@pytest.mark.parametrize(
    ("body", "content_type", "accept", "answer"),
    [
        ("1,2,3\n4,5,6\n", "text/csv", "text/csv", ("text/csv; charset=utf-8", b"6.0\n15.0\n")),
        ("[[1,2,3]]", "application/json", "*/*", ("application/json", b"[6.0]")),
    ],
)
def test_functions_of_the_container_serve_where_the_script_has_none(
    server: RunningServer, by_defaults: str, body: str, content_type: str, accept: str, answer: tuple[str, bytes]
) -> None:
    said, scores = _invoke(server, by_defaults, body, content_type, Accept=accept)

    assert (said, [round(float(word), 3) for word in scores.decode().strip("[]\n").split()]) == (
        answer[0],
        [float(word) for word in answer[1].decode().strip("[]\n").split()],
    )


def test_numpy_payloads_pass_both_ways(server: RunningServer, by_defaults: str) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.ones((2, FEATURES)))

    _, scores = _invoke(server, by_defaults, buffer.getvalue(), "application/x-npy", Accept="application/x-npy")

    np.testing.assert_allclose(np.load(io.BytesIO(scores)), [3, 3], rtol=1e-6)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [("1,2,3", "text/csv"), ("a,b,c\n1,2,3", "text/csv"), ("<a/>", "application/xml"), ("[[1]]", "application/json")],
)
def test_what_a_function_raises_is_an_error_of_the_model(
    server: RunningServer, by_defaults: str, body: str, content_type: str
) -> None:
    with pytest.raises(
        ClientError, match=r"(?s)server error \(500\) from primary.*500 Internal Server Error"
    ) as caught:
        _invoke(server, by_defaults, body, content_type)

    assert caught.value.response["OriginalStatusCode"] == 500


def test_script_of_an_archive_serves_by_its_own_functions(server: RunningServer, line: bytes) -> None:
    source = put(server, "code/own/sourcedir.tar.gz", tar_of({"serve_line.py": OWN_FUNCTIONS.encode()}))
    program = {"SAGEMAKER_PROGRAM": "serve_line.py", "SAGEMAKER_SUBMIT_DIRECTORY": source}
    _model(server, "own", {"line.pickle": line}, SCIKIT_LEARN_IMAGE, **program)
    description = _endpoint(server, "own")
    assert description["EndpointStatus"] == "InService", description.get("FailureReason")

    said, content = _invoke(server, "own", "[1,2,3]\n[0,0,1]", "application/jsonlines")

    assert (said, json.loads(content)) == ("application/json", {"scores": [6.0, 1.0], "keys": True})
    with pytest.raises(ClientError, match="500 Internal Server Error"):
        _invoke(server, "own", "[1,2,3]", "application/json")


def test_xgboost_script_gets_a_matrix_and_serves_a_transform(server: RunningServer, booster) -> None:
    script = b"""
import os, xgboost
from sagemaker_xgboost_container import encoder
def input_fn(text, content_type):
    return encoder.decode(text.strip(), content_type)
def model_fn(model_dir):
    return xgboost.Booster(model_file=os.path.join(model_dir, "model.ubj"))
"""
    requirements = f"./{WHEEL}\n".encode()
    files = {
        "model.ubj": bytes(booster.save_raw("ubj")),
        "code/inference.py": b"import tidings\n" + script,
        "code/requirements.txt": requirements,
        f"code/{WHEEL}": wheel(),
    }
    program = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": MODEL_CODE}
    _model(server, "matrix", files, IMAGE, **program)
    rows = np.random.default_rng(0).random((7, FEATURES))
    put(server, "batch/rows.csv", "\n".join(",".join(map(repr, row)) for row in rows.tolist()))
    server.client("sagemaker").create_transform_job(
        TransformJobName="matrix",
        ModelName="matrix",
        BatchStrategy="SingleRecord",
        TransformInput={
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/batch/rows.csv"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={"S3OutputPath": f"s3://{BUCKET}/scored", "Accept": "text/csv", "AssembleWith": "Line"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )

    job = ended(server, "transform_job", "matrix")

    log = (server.context.jobs.folder("transform-jobs", "matrix") / "log.txt").read_text()
    assert job["TransformJobStatus"] == "Completed", log
    scores = [float(word) for word in get(server, "scored/rows.csv.out").split()]
    np.testing.assert_allclose(scores, booster.inplace_predict(rows), rtol=1e-5)


@pytest.mark.parametrize(
    ("environment", "script", "words"),
    [
        ({}, LOAD, "scikit-learn container serves by a script only"),
        ({"SAGEMAKER_PROGRAM": "inference.py"}, LOAD, "'inference.py' is not in /opt/ml/code"),
        ({"SAGEMAKER_PROGRAM": "a.py", "SAGEMAKER_SUBMIT_DIRECTORY": MODEL_CODE}, LOAD, f"is not in {MODEL_CODE}"),
        ({"SAGEMAKER_PROGRAM": "a.py", "SAGEMAKER_SUBMIT_DIRECTORY": "s3://nowhere/a.gz"}, LOAD, "cannot be read"),
        (
            {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": MODEL_CODE},
            "def predict_fn(data, model): ...",
            "NotImplementedError: Please provide a",
        ),
        (
            {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": MODEL_CODE},
            "def transform_fn(*x): ...\ndef input_fn(*x): ...",
            "Cannot use transform_fn implementation with input_fn",
        ),
    ],
)
def test_script_that_cannot_serve_fails_the_endpoint(
    server: RunningServer, line: bytes, environment: dict[str, str], script: str, words: str
) -> None:
    name = "fails-" + str(abs(hash((words, script))))[:12]
    _model(server, name, {"line.pickle": line, "code/inference.py": script.encode()}, SCIKIT_LEARN_IMAGE, **environment)

    description = _endpoint(server, name)

    assert description["EndpointStatus"] == "Failed"
    assert words in description["FailureReason"]


def test_requirement_that_cannot_be_had_fails_the_endpoint(
    server: RunningServer, line: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    files = {"line.pickle": line, "code/inference.py": LOAD.encode(), "code/requirements.txt": b"tidings-of-nobody==7"}
    program = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": MODEL_CODE}
    _model(server, "absent", files, SCIKIT_LEARN_IMAGE, **program)

    description = _endpoint(server, "absent")

    assert description["EndpointStatus"] == "Failed"
    assert "No matching distribution found for tidings-of-nobody==7" in description["FailureReason"]


@pytest.mark.usefixtures("own_root")
def test_repacked_model_is_served(server: RunningServer, line: bytes) -> None:
    launcher = '\n#!/bin/bash\n\nname="${SM_HP_INFERENCE_SCRIPT}"\npython _pack.py --inference_script "${name}"\n'
    pack = (
        "import argparse, shutil, tarfile\n"
        "from distutils.dir_util import copy_tree\n"
        "parser = argparse.ArgumentParser()\n"
        "parser.add_argument('--inference_script')\n"
        "name = parser.parse_args().inference_script\n"
        "tarfile.open('/opt/ml/input/data/training/model.tar.gz').extractall('/tmp/src', filter='data')\n"
        "copy_tree('/tmp/src', '/opt/ml/model')\n"
        "shutil.copytree('/opt/ml/code', '/opt/ml/model/code')\n"
    )
    files = {"_launch.sh": launcher.encode(), "_pack.py": pack.encode(), "serve.py": LOAD.encode()}
    source = put(server, "code/launch/sourcedir.tar.gz", tar_of({**files, "requirements.txt": b"numpy\n"}))
    model = put(server, "models/repack/model.tar.gz", tar_of({"line.pickle": line}))
    parameters = {"inference_script": '"serve.py"', "model_archive": f'"{model}"', "dependencies": "null"}
    request = training_request(
        server,
        "repack",
        "",
        {**parameters, "sagemaker_program": '"_launch.sh"', "sagemaker_submit_directory": f'"{source}"'},
        AlgorithmSpecification={"TrainingImage": SCIKIT_LEARN_IMAGE, "TrainingInputMode": "File"},
        InputDataConfig=[channel("training", model)],
    )
    server.client("sagemaker").create_training_job(**request)
    job = ended(server, "training_job", "repack")
    assert job["TrainingJobStatus"] == "Completed", job["FailureReason"]
    log = (server.context.jobs.folder("training-jobs", "repack") / "log.txt").read_text()
    assert "numpy" not in log
    server.client("sagemaker").create_model(
        ModelName="repack",
        ExecutionRoleArn=ROLE,
        PrimaryContainer={
            "Image": SCIKIT_LEARN_IMAGE,
            "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"],
            "Environment": {"SAGEMAKER_PROGRAM": "serve.py", "SAGEMAKER_SUBMIT_DIRECTORY": MODEL_CODE},
        },
    )

    description = _endpoint(server, "repack")

    assert description["EndpointStatus"] == "InService", description.get("FailureReason")
    assert json.loads(_invoke(server, "repack", "[[1,1,1]]", "application/json")[1]) == [pytest.approx(3)]


def test_training_script_imports_the_toolkits_too(server: RunningServer) -> None:
    script = (
        "from sagemaker_containers.beta.framework import content_types, encoders, worker\n"
        "from sagemaker_inference import decoder\n"
        "print('array', encoders.decode('1,2', content_types.CSV).tolist())\n"
        "print('array', decoder.decode('[3]', content_types.JSON))\n"
    )
    request = training_request(
        server,
        "imports",
        script,
        AlgorithmSpecification={"TrainingImage": SCIKIT_LEARN_IMAGE, "TrainingInputMode": "File"},
    )
    server.client("sagemaker").create_training_job(**request)

    job = ended(server, "training_job", "imports")

    log = (server.context.jobs.folder("training-jobs", "imports") / "log.txt").read_text()
    assert job["TrainingJobStatus"] == "Completed", log
    assert "array [1.0, 2.0]\narray [3]" in log
