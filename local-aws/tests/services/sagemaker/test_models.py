"""Models and endpoint configurations: what is accepted, what is refused, what is kept."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningServer
from tests.services.sagemaker.examples import BUCKET, IMAGE, ROLE, create_endpoint_config, create_model, put


def _register(server: RunningServer, archive: bytes, status: str) -> str:
    """Register a package of a group of its own; give its ARN."""
    client = server.client("sagemaker")
    group = f"group-{status.lower()}"
    client.create_model_package_group(ModelPackageGroupName=group)
    url = put(server, f"packages/{status}/model.tar.gz", archive)
    return client.create_model_package(
        ModelPackageGroupName=group,
        ModelApprovalStatus=status,
        InferenceSpecification={
            "Containers": [{"Image": IMAGE, "ModelDataUrl": url, "Environment": {"FROM": "package", "KEPT": "yes"}}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]


def test_model_is_described_as_it_was_created(server: RunningServer, model_archive: bytes) -> None:
    create_model(server, "plain", model_archive, {"A": "1"})

    model = server.client("sagemaker").describe_model(ModelName="plain")

    assert model["ModelArn"] == "arn:aws:sagemaker:us-east-1:123456789012:model/plain"
    assert model["PrimaryContainer"] == {
        "Image": IMAGE,
        "ModelDataUrl": f"s3://{BUCKET}/models/plain/model.tar.gz",
        "Environment": {"A": "1"},
    }


def test_model_of_an_approved_package(server: RunningServer, model_archive: bytes) -> None:
    arn = _register(server, model_archive, "Approved")
    client = server.client("sagemaker")

    client.create_model(
        ModelName="approved",
        ExecutionRoleArn=ROLE,
        Containers=[{"ModelPackageName": arn, "Environment": {"FROM": "me"}}],
    )

    assert client.describe_model(ModelName="approved")["Containers"][0]["ModelPackageName"] == arn


@pytest.mark.parametrize("status", ["PendingManualApproval", "Rejected"])
def test_package_that_is_not_approved_is_refused(server: RunningServer, model_archive: bytes, status: str) -> None:
    arn = _register(server, model_archive, status)

    with pytest.raises(ClientError, match=f"{arn}.*{status}") as caught:
        server.client("sagemaker").create_model(
            ModelName="refused", ExecutionRoleArn=ROLE, PrimaryContainer={"ModelPackageName": arn}
        )
    assert caught.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize(
    ("container", "words"),
    [
        ({"ModelDataUrl": f"s3://{BUCKET}/nowhere.tar.gz"}, "Could not find model data at s3://"),
        ({"ModelDataUrl": "s3://no-such-bucket/model.tar.gz"}, "Could not find model data at s3://"),
        ({"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:0.90-1"}, "is not available here"),
        ({"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1"}, "is not available here"),
        ({"Environment": {"SAGEMAKER_MULTI_MODEL": "true"}}, "SAGEMAKER_MULTI_MODEL"),
        ({"Mode": "MultiModel"}, "SingleModel"),
    ],
)
def test_container_that_cannot_be_served_is_refused(
    server: RunningServer, model_archive: bytes, container: dict[str, Any], words: str
) -> None:
    good = {"Image": IMAGE, "ModelDataUrl": put(server, "models/good/model.tar.gz", model_archive)}

    with pytest.raises(ClientError, match=words) as caught:
        server.client("sagemaker").create_model(
            ModelName="refused", ExecutionRoleArn=ROLE, PrimaryContainer={**good, **container}
        )
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_names_are_unique_and_unknown_names_are_said(server: RunningServer, model_archive: bytes) -> None:
    client = server.client("sagemaker")
    create_model(server, "twice", model_archive)
    create_endpoint_config(server, "twice", "twice")

    with pytest.raises(ClientError, match=r'Cannot create already existing model "arn:.*:model/twice"'):
        create_model(server, "twice", model_archive)
    with pytest.raises(ClientError, match="Cannot create already existing endpoint configuration"):
        create_endpoint_config(server, "twice", "twice")
    with pytest.raises(ClientError, match=r'Could not find model "arn:.*:model/nobody"'):
        client.describe_model(ModelName="nobody")
    with pytest.raises(ClientError, match="Could not find endpoint configuration"):
        client.describe_endpoint_config(EndpointConfigName="nobody")
    with pytest.raises(ClientError, match="Could not find model"):
        create_endpoint_config(server, "orphan", "nobody")


def test_deleted_model_and_config_are_gone(server: RunningServer, model_archive: bytes) -> None:
    client = server.client("sagemaker")
    create_model(server, "passing", model_archive)
    create_endpoint_config(server, "passing", "passing")

    client.delete_endpoint_config(EndpointConfigName="passing")
    client.delete_model(ModelName="passing")

    assert not client.list_models(NameContains="passing")["Models"]
    assert not client.list_endpoint_configs(NameContains="passing")["EndpointConfigs"]
    with pytest.raises(ClientError, match="Could not find model"):
        client.delete_model(ModelName="passing")


@pytest.mark.parametrize(
    ("config", "variant", "words"),
    [
        ({}, {"InitialInstanceCount": 5}, "InitialInstanceCount .* must be at most 4"),
        (
            {
                "DataCaptureConfig": {
                    "EnableCapture": True,
                    "InitialSamplingPercentage": 100,
                    "DestinationS3Uri": f"s3://{BUCKET}/captured",
                    "CaptureOptions": [{"CaptureMode": "Input"}],
                }
            },
            {
                "InstanceType": None,
                "InitialInstanceCount": None,
                "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1},
            },
            "Data capture is not supported for serverless",
        ),
        (
            {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": f"s3://{BUCKET}/x"}}},
            {},
            "does not support AsyncInferenceConfig",
        ),
    ],
)
def test_config_that_cannot_be_served_is_refused(
    server: RunningServer, model_archive: bytes, config: dict, variant: dict, words: str
) -> None:
    name = f"for-config-{words[:5].strip()}"
    create_model(server, name, model_archive)
    production = {
        "VariantName": "All",
        "ModelName": name,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        **variant,
    }
    production = {member: value for member, value in production.items() if value is not None}

    with pytest.raises(ClientError, match=words):
        server.client("sagemaker").create_endpoint_config(
            EndpointConfigName="refused", ProductionVariants=[production], **config
        )


def test_two_variants_are_refused(server: RunningServer, model_archive: bytes) -> None:
    create_model(server, "two", model_archive)
    variants = [
        {"VariantName": name, "ModelName": "two", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        for name in ("a", "b")
    ]

    with pytest.raises(ClientError, match="one production variant"):
        server.client("sagemaker").create_endpoint_config(EndpointConfigName="two", ProductionVariants=variants)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        (
            {"count": 2, "InferenceExecutionConfig": {"Mode": "Direct"}},
            "does not support InferenceExecutionConfig.Mode",
        ),
        ({"count": 0}, "the request has none"),
    ],
)
def test_containers_that_are_invoked_directly_are_refused(
    server: RunningServer, model_archive: bytes, members: dict[str, Any], words: str
) -> None:
    container = {"Image": IMAGE, "ModelDataUrl": put(server, "models/good/model.tar.gz", model_archive)}
    request = {name: value for name, value in members.items() if name != "count"}
    containers = [{**container, "ContainerHostname": f"part-{number}"} for number in range(members["count"])]

    with pytest.raises(ClientError, match=words):
        server.client("sagemaker").create_model(
            ModelName="several", ExecutionRoleArn=ROLE, Containers=containers, **request
        )
