"""Pipelines in the shapes that AWS's templates have: scripts that name ``/opt/ml``, and the built-in algorithm."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from local_aws.services.sagemaker.images.versions import numbers
from tests.services.sagemaker.pipelines.conftest import Bench
from tests.services.sagemaker.pipelines.definitions import (
    ROLE,
    Node,
    compare,
    condition,
    definition,
    get,
    join,
    json_get,
    parameter,
    property_file,
)

_REGISTRY = "683313688378.dkr.ecr.us-east-1.amazonaws.com"
_WORK = "/opt/ml/processing"

_PREPARE = """
import argparse, os, pathlib
import boto3, numpy, pandas
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

parser = argparse.ArgumentParser()
parser.add_argument("--beans", required=True)
bucket, _, key = parser.parse_args().beans.removeprefix("s3://").partition("/")
pathlib.Path("/opt/ml/processing/raw").mkdir(parents=True)
boto3.resource("s3").Bucket(bucket).download_file(key, "/opt/ml/processing/raw/beans.csv")
names = ["process", "altitude", "moisture", "cup"]
beans = pandas.read_csv("/opt/ml/processing/raw/beans.csv", header=None, names=names)
cup = beans.pop("cup").to_numpy().reshape(-1, 1)
measures = Pipeline([("fill", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
columns = ColumnTransformer([("m", measures, ["altitude", "moisture"]), ("p", OneHotEncoder(), ["process"])])
rows = numpy.concatenate((cup, columns.fit_transform(beans)), axis=1)
parts = numpy.split(rows, [int(0.6 * len(rows)), int(0.8 * len(rows))])
for name, part in zip(("train", "validation", "test"), parts):
    pandas.DataFrame(part).to_csv(f"/opt/ml/processing/{name}/{name}.csv", header=False, index=False)
"""
_EVALUATE = """
import json, pathlib, pickle, tarfile
import numpy, pandas, xgboost

with tarfile.open("/opt/ml/processing/model/model.tar.gz") as archive:
    archive.extractall(path=".")
LOAD
test = pandas.read_csv("/opt/ml/processing/test/test.csv", header=None)
labels = test.iloc[:, 0].to_numpy()
errors = labels - model.predict(xgboost.DMatrix(test.iloc[:, 1:].to_numpy()))
pathlib.Path("/opt/ml/processing/quality").mkdir(parents=True, exist_ok=True)
with open("/opt/ml/processing/quality/quality.json", "w") as file:
    json.dump({"error": {"mse": float(numpy.mean(errors**2))}}, file)
"""
_UNPICKLE = 'model = pickle.load(open("xgboost-model", "rb"))'
_LOAD = 'model = xgboost.Booster(); model.load_model("xgboost-model")'


def _beans(rows: int = 300) -> bytes:
    """Return a CSV of a text, two measures of which one may be missing, and what depends on them."""
    random = np.random.default_rng(0)
    altitude, moisture = random.uniform(800, 2200, rows), random.uniform(8, 13, rows)
    process = random.choice(["washed", "natural", "honey"], rows)
    cup = 70 + altitude / 200 - moisture / 4 + (process == "washed")
    lines = [
        f"{kind},{'' if index % 40 == 0 else high},{wet},{score}\n"
        for index, (kind, high, wet, score) in enumerate(zip(process, altitude, moisture, cup, strict=True))
    ]
    return "".join(lines).encode()


def _script_step(
    name: str, image: str, code: str, folders: dict[str, Any], outputs: tuple[str, ...], **more: Any
) -> Node:
    """Return a Processing step as a script processor makes it: the script is an input, run by ``python3 <path>``."""
    inputs = {**folders, "code": code}
    cluster = {"InstanceType": "ml.m5.xlarge", "InstanceCount": get("Parameters.Instances"), "VolumeSizeInGB": 30}
    arguments: Node = {
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": {
            "ImageUri": f"{_REGISTRY}/{image}",
            "ContainerEntrypoint": ["python3", f"{_WORK}/input/code/script.py"],
            **more.pop("application", {}),
        },
        "RoleArn": ROLE,
        "ProcessingInputs": [
            {
                "InputName": key,
                "AppManaged": False,
                "S3Input": {
                    "S3Uri": uri,
                    "LocalPath": f"{_WORK}/input/code" if key == "code" else f"{_WORK}/{key}",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                    "S3DataDistributionType": "FullyReplicated",
                    "S3CompressionType": "None",
                },
            }
            for key, uri in inputs.items()
        ],
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": key,
                    "AppManaged": False,
                    "S3Output": {
                        "S3Uri": join("s3://pipeline-tests", get("Execution.PipelineExecutionId"), name, key, on="/"),
                        "LocalPath": f"{_WORK}/{key}",
                        "S3UploadMode": "EndOfJob",
                    },
                }
                for key in outputs
            ]
        },
    }
    return {"Name": name, "Type": "Processing", "Arguments": arguments, **more}


def _channel(name: str) -> Node:
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": get(f"Steps.Prepare.ProcessingOutputConfig.Outputs['{name}'].S3Output.S3Uri"),
        "S3DataDistributionType": "FullyReplicated",
    }
    return {"DataSource": {"S3DataSource": source}, "ContentType": "text/csv", "ChannelName": name}


def _model_building(bench: Bench, tag: str, **hyperparameters: str) -> str:
    """Return the definition: prepare, train by the built-in algorithm, evaluate, register if the error is small."""
    image = f"sagemaker-xgboost:{tag}"
    load = _UNPICKLE if numbers(tag.partition("-")[0]) <= (1, 2) else _LOAD
    prepare = _script_step(
        "Prepare",
        "sagemaker-scikit-learn:0.23-1-cpu-py3",
        bench.put("scripts/prepare/script.py", _PREPARE.encode()),
        {},
        ("train", "validation", "test"),
        application={"ContainerArguments": ["--beans", get("Parameters.Beans")]},
    )
    train = {
        "Name": "Train",
        "Type": "Training",
        "Arguments": {
            "AlgorithmSpecification": {"TrainingInputMode": "File", "TrainingImage": f"{_REGISTRY}/{image}"},
            "OutputDataConfig": {"S3OutputPath": "s3://pipeline-tests/models"},
            "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
            "ResourceConfig": {"VolumeSizeInGB": 30, "InstanceCount": 1, "InstanceType": "ml.m5.xlarge"},
            "RoleArn": ROLE,
            "InputDataConfig": [_channel("train"), _channel("validation")],
            "HyperParameters": {"num_round": "30", "max_depth": "4", "eta": "0.3", **hyperparameters},
            "DebugHookConfig": {"S3OutputPath": "s3://pipeline-tests/models", "CollectionConfigurations": []},
            "ProfilerConfig": {"S3OutputPath": "s3://pipeline-tests/models", "DisableProfiler": False},
        },
    }
    evaluate = _script_step(
        "Evaluate",
        image,
        bench.put(f"scripts/evaluate-{tag}/script.py", _EVALUATE.replace("LOAD", load).encode()),
        {
            "model": get("Steps.Train.ModelArtifacts.S3ModelArtifacts"),
            "test": get("Steps.Prepare.ProcessingOutputConfig.Outputs['test'].S3Output.S3Uri"),
        },
        ("quality",),
        PropertyFiles=[property_file("Quality", "quality", "quality.json")],
    )
    specification = {
        "Containers": [
            {"Image": f"{_REGISTRY}/{image}", "ModelDataUrl": get("Steps.Train.ModelArtifacts.S3ModelArtifacts")}
        ],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
        "SupportedRealtimeInferenceInstanceTypes": ["ml.t2.medium"],
        "SupportedTransformInstanceTypes": ["ml.m5.large"],
    }
    registration = {
        "ModelPackageGroupName": f"beans-{tag.replace('.', '-')}",
        "ModelApprovalStatus": "Approved",
        "InferenceSpecification": specification,
    }
    register = {"Name": "Register", "Type": "RegisterModel", "Arguments": registration}
    small = compare("LessThanOrEqualTo", json_get("Evaluate", "Quality", "error.mse"), 2.0)
    return definition(
        prepare,
        train,
        evaluate,
        condition("Good", small, then=(register,)),
        parameters=(parameter("Beans"), parameter("Instances", "Integer", 1)),
    )


@pytest.mark.usefixtures("own_root")
@pytest.mark.parametrize(
    ("tag", "hyperparameters"),
    [
        ("1.0-1-cpu-py3", {"objective": "reg:linear", "silent": "0"}),
        ("1.2-2", {"objective": "reg:squarederror", "eval_metric": "rmse", "early_stopping_rounds": "5"}),
        ("1.7-1", {"objective": "reg:squarederror", "gamma": "1", "subsample": "0.9"}),
    ],
)
def test_prepare_train_evaluate_register_and_serve(bench: Bench, tag: str, hyperparameters: dict[str, str]) -> None:
    beans = bench.put("beans/beans.csv", _beans())
    name = f"beans-{tag.replace('.', '-')}"

    status, steps = bench.run(name, _model_building(bench, tag, **hyperparameters), Beans=beans)

    assert status == "Succeeded", steps
    assert list(steps) == ["Prepare", "Train", "Evaluate", "Good", "Register"]
    job = bench.client.describe_training_job(
        TrainingJobName=steps["Train"]["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
    )
    assert {metric["MetricName"] for metric in job["FinalMetricDataList"]} == {"train:rmse", "validation:rmse"}
    _transform(bench, name, steps["Register"]["Metadata"]["RegisterModel"]["Arn"])


def _transform(bench: Bench, name: str, package: str) -> None:
    """Score a row by the registered model."""
    bench.client.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer={"ModelPackageName": package})
    bench.client.create_transform_job(
        TransformJobName=name,
        ModelName=name,
        TransformInput={
            "ContentType": "text/csv",
            "DataSource": {
                "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": bench.put(f"rows/{name}.csv", b"0,0,1,0,0\n")}
            },
        },
        TransformOutput={"S3OutputPath": f"s3://pipeline-tests/scored/{name}"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    job = bench.transform(name)
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert 70 < float(bench.read(f"s3://pipeline-tests/scored/{name}/{name}.csv.out")) < 90


@pytest.mark.usefixtures("own_root")
def test_failing_hyperparameters_fail_the_step_in_the_containers_words(bench: Bench) -> None:
    beans = bench.put("beans/beans.csv", _beans())

    status, steps = bench.run("misspelt", _model_building(bench, "1.2-1", depth="3"), Beans=beans)

    assert status == "Failed"
    assert "UserError: Extraneous hyperparameter found: depth, exit code: 1" in steps["Train"]["FailureReason"]
