"""Jobs and endpoints on more instances than the account may have are refused, and nothing is recorded of them."""

from __future__ import annotations

import time

import pytest
from botocore.exceptions import ClientError

from local_aws.services.service_quotas.quotas import VARIABLE
from tests.services.sagemaker.examples import (
    BUCKET,
    channel,
    create_endpoint_config,
    create_model,
    ended,
    processing_request,
    running_sagemaker,
    training_request,
)

QUOTAS = (
    "ml.m5.large for processing job usage=1, ml.m5.large for training job usage=0, "
    "ml.m5.large for transform job usage=0, ml.m5.large for endpoint usage=1"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(VARIABLE, QUOTAS)
        with running_sagemaker(tmp_path_factory.mktemp("data")) as server:
            server.client("s3").create_bucket(Bucket=BUCKET)
            yield server


def refusal(name: str, quota: int, used: int) -> str:
    return (
        f"'{name} usage' is {quota} Instances, with current utilization of {used} Instances and a request delta of 1 "
        "Instances. Please use AWS Service Quotas"
    )


def test_running_jobs_count_and_ended_ones_do_not(server) -> None:
    client = server.client("sagemaker")
    client.create_processing_job(**processing_request(server, "first", "import time; time.sleep(60)"))
    with pytest.raises(client.exceptions.ResourceLimitExceeded) as caught:
        client.create_processing_job(**processing_request(server, "second", "pass"))
    assert refusal("ml.m5.large for processing job", 1, 1) in str(caught.value)
    assert [job["ProcessingJobName"] for job in client.list_processing_jobs()["ProcessingJobSummaries"]] == ["first"]

    client.stop_processing_job(ProcessingJobName="first")
    ended(server, "processing_job", "first")
    client.create_processing_job(**processing_request(server, "second", "pass"))
    assert ended(server, "processing_job", "second")["ProcessingJobStatus"] == "Completed"


def test_training_and_transform_have_quotas_of_their_own(server, model_archive: bytes) -> None:
    client = server.client("sagemaker")
    request = training_request(server, "none", "pass", InputDataConfig=[channel("train", f"s3://{BUCKET}/rows/")])
    with pytest.raises(ClientError) as caught:
        client.create_training_job(**request)
    assert refusal("ml.m5.large for training job", 0, 0) in str(caught.value)

    create_model(server, "scores", model_archive)
    with pytest.raises(ClientError) as caught:
        client.create_transform_job(
            TransformJobName="none",
            ModelName="scores",
            TransformInput={
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/rows/"}}
            },
            TransformOutput={"S3OutputPath": f"s3://{BUCKET}/out/"},
            TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        )
    assert refusal("ml.m5.large for transform job", 0, 0) in str(caught.value)


def test_endpoint_that_serves_counts_beside_the_new_fleet(server, model_archive: bytes) -> None:
    client = server.client("sagemaker")
    create_model(server, "served", model_archive)
    create_endpoint_config(server, "served", "served")
    client.create_endpoint(EndpointName="served", EndpointConfigName="served")
    assert ended(server, "endpoint", "served")["EndpointStatus"] == "InService"

    for refused in (
        lambda: client.create_endpoint(EndpointName="another", EndpointConfigName="served"),
        lambda: client.update_endpoint(EndpointName="served", EndpointConfigName="served"),
        lambda: client.update_endpoint_weights_and_capacities(
            EndpointName="served",
            DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "DesiredInstanceCount": 2}],
        ),
    ):
        with pytest.raises(ClientError) as caught:
            refused()
        assert refusal("ml.m5.large for endpoint", 1, 1) in str(caught.value)
    assert client.describe_endpoint(EndpointName="served")["EndpointStatus"] == "InService"

    client.delete_endpoint(EndpointName="served")
    deadline = time.monotonic() + 30
    while client.list_endpoints()["Endpoints"] and time.monotonic() < deadline:
        time.sleep(0.1)
    client.create_endpoint(EndpointName="another", EndpointConfigName="served")
    assert ended(server, "endpoint", "another")["EndpointStatus"] == "InService"
