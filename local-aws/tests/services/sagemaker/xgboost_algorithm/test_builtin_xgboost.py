"""Training jobs without a script, and where the pickles of models come from that are served."""

from __future__ import annotations

import io
import pickle
import tarfile
from typing import Any

import xgboost

from tests.conftest import RunningServer
from tests.services.sagemaker.examples import (
    BUCKET,
    IMAGE,
    channel,
    create_model,
    ended,
    get,
    put,
    tar_of,
    training_request,
)

_PICKLING_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.0-1-cpu-py3"
_ROWS = "1,0.9,0.1,0.2\n0,0.1,0.2,0.1\n" * 20


def _train(server: RunningServer, name: str, image: str, **hyperparameters: str) -> dict[str, Any]:
    put(server, f"{name}/train/train.csv", _ROWS)
    request = training_request(server, name, "")
    request["AlgorithmSpecification"]["TrainingImage"] = image
    request["HyperParameters"] = {"num_round": "2", "objective": "binary:logistic", **hyperparameters}
    request["InputDataConfig"] = [channel("train", f"s3://{BUCKET}/{name}/train")]
    server.client("sagemaker").create_training_job(**request)
    return ended(server, "training_job", name)


def _transform(server: RunningServer, name: str, archive: bytes) -> dict[str, Any]:
    create_model(server, name, archive)
    uri = put(server, f"{name}/rows.csv", "0.9,0.1,0.2\n0.1,0.2,0.1\n")
    server.client("sagemaker").create_transform_job(
        TransformJobName=name,
        ModelName=name,
        TransformInput={
            "ContentType": "text/csv",
            "SplitType": "Line",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}},
        },
        TransformOutput={"S3OutputPath": f"s3://{BUCKET}/{name}/scored"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    return ended(server, "transform_job", name)


def _foreign_archive(booster: xgboost.Booster) -> bytes:
    return tar_of({"xgboost-model": pickle.dumps(booster)})


def test_model_of_the_installed_version_is_native(server: RunningServer) -> None:
    job = _train(server, "native", IMAGE, eval_metric="auc")

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert [(metric["MetricName"], metric["Value"]) for metric in job["FinalMetricDataList"]] == [("train:auc", 1.0)]
    with tarfile.open(fileobj=io.BytesIO(get(server, "training/native/output/model.tar.gz"))) as tar:
        content = tar.extractfile("xgboost-model").read()
    assert xgboost.Booster(model_file=bytearray(content)).num_boosted_rounds() == 2


def test_invalid_hyperparameter_fails_the_job_with_the_containers_reason(server: RunningServer) -> None:
    job = _train(server, "invalid", IMAGE, subsample="2")

    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"] == (
        "AlgorithmError: framework error: \nsagemaker_algorithm_toolkit.exceptions.UserError: "
        "Hyperparameter subsample: 2.0 is not in (0, 1], exit code: 1"
    )


def test_pickle_that_a_training_job_has_written_is_served_wherever_paths_are_rewritten(
    rewriting_server: RunningServer,
) -> None:
    server = rewriting_server
    job = _train(server, "pickled", _PICKLING_IMAGE)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")

    transformed = _transform(server, "serves", get(server, "training/pickled/output/model.tar.gz"))

    assert transformed["TransformJobStatus"] == "Completed", transformed.get("FailureReason")
    high, low = map(float, get(server, "serves/scored/rows.csv.out").split())
    assert high > 0.5 > low


def test_any_other_pickle_is_not_loaded_there(rewriting_server: RunningServer, booster: xgboost.Booster) -> None:
    job = _transform(rewriting_server, "foreign", _foreign_archive(booster))

    assert job["TransformJobStatus"] == "Failed"
    assert "hold the pickle xgboost-model, which no training job of this server has written" in job["FailureReason"]


def test_any_other_pickle_is_loaded_in_a_root_of_its_own(
    own_root_server: RunningServer, booster: xgboost.Booster
) -> None:
    job = _transform(own_root_server, "foreign", _foreign_archive(booster))
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
