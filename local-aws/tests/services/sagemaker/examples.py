"""Requests and artifacts that the tests share."""

from __future__ import annotations

import functools
import io
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import xgboost

from local_aws.services import sagemaker
from tests.conftest import RunningServer, running
from tests.processes import ServerProcess
from tests.waiting import wait_until

BUCKET = "test-bucket"
FEATURES = 3
IMAGE = f"683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:{xgboost.__version__[:3]}-0"
SCIKIT_LEARN_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:0.23-1-cpu-py3"
ROLE = "arn:aws:iam::123456789012:role/sagemaker"

AnyServer = RunningServer | ServerProcess


@contextmanager
def running_sagemaker(data_dir: Path, **options: Any) -> Iterator[RunningServer]:
    """Run a server with SageMaker for the time of the block; a client of it is made once."""
    with running(data_dir, (sagemaker.build,), **options) as server:
        server.client = functools.cache(server.client)  # type: ignore[method-assign]
        yield server


def train_booster(features: int, seed: int = 0) -> xgboost.Booster:
    """Train a model of five trees."""
    random = np.random.default_rng(seed)
    rows = random.random((200, features))
    matrix = xgboost.DMatrix(rows, label=(rows[:, 0] > 0.5).astype(int))
    return xgboost.train({"objective": "binary:logistic", "max_depth": 3, "seed": seed}, matrix, 5)


def tar_of(files: Mapping[str, bytes]) -> bytes:
    """Pack files into a gzipped tar."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def put(server: AnyServer, key: str, content: str | bytes) -> str:
    """Put an object; return its URI."""
    server.client("s3").put_object(Bucket=BUCKET, Key=key, Body=content)
    return f"s3://{BUCKET}/{key}"


def get(server: AnyServer, key: str) -> bytes:
    """Get an object's content."""
    return server.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()


def keys(server: AnyServer, prefix: str) -> list[str]:
    """Return the keys below a prefix."""
    listing = server.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix)
    return [entry["Key"] for entry in listing.get("Contents", [])]


def ended(server: AnyServer, kind: str, name: str) -> dict[str, Any]:
    """Wait until a job or endpoint is in a final status; return its description."""
    client = server.client("sagemaker")
    describe = getattr(client, f"describe_{kind}")
    member = "".join(word.capitalize() for word in kind.split("_"))

    def lasting() -> dict[str, Any] | None:
        description: dict[str, Any] = describe(**{f"{member}Name": name})
        status = description[f"{member}Status"]
        return None if status.endswith("ing") or status == "InProgress" else description

    return wait_until(lasting, f"the end of {kind} {name}")


def processing_request(server: AnyServer, name: str, script: str, *arguments: str, **members: Any) -> dict[str, Any]:
    """Upload a Python script, and return the request of a processing job that runs it."""
    code = s3_input(put(server, f"code/{name}/main.py", script), "/opt/ml/processing/input/code")
    return {
        "ProcessingJobName": name,
        "RoleArn": ROLE,
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}
        },
        "AppSpecification": {
            "ImageUri": IMAGE,
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/main.py"],
            **({"ContainerArguments": list(arguments)} if arguments else {}),
        },
        **members,
        "ProcessingInputs": [code, *members.get("ProcessingInputs", ())],
    }


def s3_input(uri: str, local_path: str) -> dict[str, Any]:
    """Return a processing input."""
    source = {"S3Uri": uri, "LocalPath": local_path, "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": local_path.rpartition("/")[2], "S3Input": source}


def s3_output(uri: str, local_path: str) -> dict[str, Any]:
    """Return a processing output."""
    target = {"S3Uri": uri, "LocalPath": local_path, "S3UploadMode": "EndOfJob"}
    return {"OutputName": local_path.rpartition("/")[2], "S3Output": target}


def training_request(
    server: AnyServer, name: str, script: str, hyperparameters: Mapping[str, str] | None = None, **members: Any
) -> dict[str, Any]:
    """Upload a script, and return the request of a training job in script mode."""
    source = put(server, f"code/{name}/sourcedir.tar.gz", tar_of({"train.py": script.encode()}))
    return {
        "TrainingJobName": name,
        "RoleArn": ROLE,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "HyperParameters": {
            "sagemaker_program": '"train.py"',
            "sagemaker_submit_directory": source,
            **(hyperparameters or {}),
        },
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/training"},
        "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **members,
    }


def channel(name: str, uri: str) -> dict[str, Any]:
    """Return a training channel."""
    return {
        "ChannelName": name,
        "ContentType": "text/csv",
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}},
    }


def create_model(
    server: RunningServer,
    name: str,
    archive: bytes,
    environment: Mapping[str, str] | None = None,
    image: str = IMAGE,
) -> None:
    """Upload a model archive and make a model of it."""
    url = put(server, f"models/{name}/model.tar.gz", archive)
    server.client("sagemaker").create_model(
        ModelName=name,
        ExecutionRoleArn=ROLE,
        PrimaryContainer={"Image": image, "ModelDataUrl": url, "Environment": dict(environment or {})},
    )


def create_endpoint_config(
    server: RunningServer, name: str, model: str, instances: int = 1, serverless: int | None = None, **members: Any
) -> None:
    """Create an endpoint configuration of one variant: on instances, or serverless with that `MaxConcurrency`."""
    where: dict[str, Any] = {"InstanceType": "ml.m5.large", "InitialInstanceCount": instances}
    if serverless is not None:
        where = {"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": serverless}}
    variant = {"VariantName": "AllTraffic", "ModelName": model, **where}
    server.client("sagemaker").create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], **members)
