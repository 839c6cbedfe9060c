"""Model packages of the tests, cheap copies of a trained one, and what the endpoint serves."""

from __future__ import annotations

import functools
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import xgboost

from processing.feature_contract import feature_set
from tests.end_to_end.conftest import Server
from tests.end_to_end.executions import DEPLOY_PIPELINE, PIPELINE, ended, executions, parameters, started_since
from tests.waiting import wait_until

ENDPOINT = PIPELINE
ERRORS_ALARM = "playgrounds-endpoint-errors"
WIDTH = len(feature_set("playground").features)
_BUCKET = "playgrounds-models-123456789012-us-east-1"
_PACKAGES = f"arn:aws:sagemaker:us-east-1:123456789012:model-package/{PIPELINE}"
_COPIED = ("InferenceSpecification", "CustomerMetadataProperties", "Domain", "Task", "ModelMetrics")


@functools.cache
def constant_model(answer: float, width: int = WIDTH) -> bytes:
    """Make the archive of a model that gives every row the same answer."""
    names = list(feature_set("playground").feature_names)[:width]
    rows = xgboost.DMatrix(np.zeros((2, width), dtype=np.float32), label=[0, 1], feature_names=names)
    # A tree without a split whose leaf counts for nothing: what is left is the base score.
    settings = {"objective": "binary:logistic", "base_score": answer, "eta": 0.0, "max_depth": 1}
    booster = xgboost.train(settings, rows, num_boost_round=1)
    return archive(bytes(booster.save_raw("ubj")))


def archive(content: bytes) -> bytes:
    """Make a model archive around the content of ``xgboost-model``."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as tar:
        entry = tarfile.TarInfo("xgboost-model")
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return written.getvalue()


def register(
    server: Server, model: bytes, name: str, *, status: str = "PendingManualApproval", group: str = PIPELINE
) -> str:
    """Register another version: the first one with another model; give its ARN."""
    sagemaker = server.client("sagemaker")
    package = sagemaker.describe_model_package(ModelPackageName=f"{_PACKAGES}/1")
    request = {member: package[member] for member in _COPIED if member in package}
    key = f"tests/{name}/model.tar.gz"
    server.client("s3").put_object(Bucket=_BUCKET, Key=key, Body=model)
    (container,) = request["InferenceSpecification"]["Containers"]
    # The rest of a described container is what SageMaker has added: digests and the like.
    request["InferenceSpecification"]["Containers"] = [
        {"Image": container["Image"], "ModelDataUrl": f"s3://{_BUCKET}/{key}"}
    ]
    answer = sagemaker.create_model_package(ModelPackageGroupName=group, ModelApprovalStatus=status, **request)
    return answer["ModelPackageArn"]


def version(arn: str) -> str:
    """Return a package's number."""
    return arn.rpartition("/")[2]


def set_status(server: Server, arn: str, status: str) -> None:
    """Approve or reject, as any client does."""
    server.client("sagemaker").update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status)


def deployments_of(server: Server, arn: str) -> list[str]:
    """List the executions of the deploy pipeline for a package, the oldest first."""
    return [run for run in executions(server, DEPLOY_PIPELINE) if parameters(server, run)["ModelPackageArn"] == arn]


def approve(server: Server, arn: str) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Approve as any client does; give the execution that this starts, at its end, and its steps by name."""
    look = started_since(server, executions(server, DEPLOY_PIPELINE), DEPLOY_PIPELINE)
    set_status(server, arn, "Approved")
    (run,) = wait_until(look, f"a deployment of {arn}")
    assert parameters(server, run)["ModelPackageArn"] == arn
    return ended(server, run)


def serving(server: Server, endpoint: str = ENDPOINT) -> str:
    """Return the package that an endpoint serves; it must be in service."""
    sagemaker = server.client("sagemaker")
    found = sagemaker.describe_endpoint(EndpointName=endpoint)
    assert found["EndpointStatus"] == "InService"
    config = sagemaker.describe_endpoint_config(EndpointConfigName=found["EndpointConfigName"])
    model = sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
    return model["PrimaryContainer"]["ModelPackageName"]


def answer_of(server: Server, endpoint: str = ENDPOINT, runtime: Any = None) -> float:
    """Send a row of missing values to an endpoint; give the answer, to two digits."""
    answer = (runtime or server.client("sagemaker-runtime")).invoke_endpoint(
        EndpointName=endpoint, ContentType="text/csv", Body="," * (WIDTH - 1)
    )
    return round(float(answer["Body"].read()), 2)


def tags(server: Server, endpoint: str = ENDPOINT) -> dict[str, str]:
    """Return an endpoint's tags."""
    sagemaker = server.client("sagemaker")
    arn = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointArn"]
    return {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]}


def told(server: Server, execution_arn: str) -> dict[str, str]:
    """Wait until an endpoint's tags tell of an execution; give them."""
    return wait_until(
        lambda: (found := tags(server)).get("LastDeploymentExecution") == execution_arn and found,
        f"tags of {execution_arn}",
    )


@contextmanager
def baking(server: Server, seconds: int) -> Iterator[None]:
    """Let updates of the endpoint watch the alarms for so long, for the time of the block."""
    sagemaker = server.client("sagemaker")
    before = sagemaker.describe_pipeline(PipelineName=DEPLOY_PIPELINE)
    definition = json.loads(before["PipelineDefinition"])
    for parameter in definition["Parameters"]:
        if parameter["Name"] == "BakeTimeInSeconds":
            parameter["DefaultValue"] = seconds
    role = {"PipelineName": DEPLOY_PIPELINE, "RoleArn": before["RoleArn"]}
    sagemaker.update_pipeline(**role, PipelineDefinition=json.dumps(definition))
    try:
        yield
    finally:
        sagemaker.update_pipeline(**role, PipelineDefinition=before["PipelineDefinition"])
