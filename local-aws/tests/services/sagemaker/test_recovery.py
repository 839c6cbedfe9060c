"""What was running when the server ended, and what goes on after the next start."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local_aws.services.sagemaker.hosting.endpoints import KIND as ENDPOINT
from local_aws.services.sagemaker.jobs.training import TrainingJobs
from tests.conftest import RunningServer
from tests.services.sagemaker.examples import (
    BUCKET,
    ROLE,
    create_endpoint_config,
    create_model,
    ended,
    processing_request,
    running_sagemaker,
    training_request,
)

PIPELINE = json.dumps(
    {"Version": "2020-12-01", "Steps": [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}]}
)
ROW = "0.9,0.2,0.3"

TRAINING = TrainingJobs.kind.resource


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data folder with a bucket in it."""
    with running_sagemaker(tmp_path) as server:
        server.client("s3").create_bucket(Bucket=BUCKET)
    yield tmp_path


def _invoke(server: RunningServer, endpoint: str) -> bytes:
    answer = server.client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, Body=ROW, ContentType="text/csv")
    return answer["Body"].read()


def test_endpoint_is_in_service_again(data_dir: Path, model_archive: bytes) -> None:
    with running_sagemaker(data_dir) as server:
        create_model(server, "lasting", model_archive)
        create_endpoint_config(server, "lasting", "lasting")
        server.client("sagemaker").create_endpoint(EndpointName="lasting", EndpointConfigName="lasting")
        ended(server, "endpoint", "lasting")
        before = _invoke(server, "lasting")
        # None of that is an endpoint's any more once it is in service.
        server.client("s3").delete_object(Bucket=BUCKET, Key="models/lasting/model.tar.gz")
        server.client("sagemaker").delete_model(ModelName="lasting")
        server.client("sagemaker").delete_endpoint_config(EndpointConfigName="lasting")

    with running_sagemaker(data_dir) as server:
        description = server.client("sagemaker").describe_endpoint(EndpointName="lasting")
        assert description["EndpointStatus"] == "InService"
        assert _invoke(server, "lasting") == before


def test_jobs_that_ran_when_the_server_stopped_have_failed(data_dir: Path) -> None:
    with running_sagemaker(data_dir) as server:
        client = server.client("sagemaker")
        client.create_processing_job(**processing_request(server, "cut", "import time; time.sleep(60)"))
        client.create_training_job(**training_request(server, "cut", "import time; time.sleep(60)"))
        time.sleep(0.5)

    with running_sagemaker(data_dir) as server:
        client = server.client("sagemaker")
        processing = client.describe_processing_job(ProcessingJobName="cut")
        training = client.describe_training_job(TrainingJobName="cut")
    assert processing["ProcessingJobStatus"] == training["TrainingJobStatus"] == "Failed"
    assert "the local_aws server stopped" in processing["FailureReason"]
    assert "the local_aws server stopped" in training["FailureReason"]


def test_what_a_killed_server_left_half_way_is_put_right(data_dir: Path, model_archive: bytes) -> None:
    with running_sagemaker(data_dir) as server:
        client = server.client("sagemaker")
        create_model(server, "half", model_archive)
        create_endpoint_config(server, "half", "half")
        client.create_endpoint(EndpointName="updating", EndpointConfigName="half")
        ended(server, "endpoint", "updating")
        client.create_training_job(**training_request(server, "running", "pass"))
        ended(server, "training_job", "running")
        # What `kill -9` leaves in the records: the status of the moment.
        records = server.context.records
        record = records.update(ENDPOINT.resource, "updating", lambda record: record.update(EndpointStatus="Updating"))
        for name in ("creating", "deleting"):
            left = {**record, "EndpointName": name, "EndpointStatus": name.capitalize()}
            records.insert(ENDPOINT.resource, name, left)
        records.update(TRAINING, "running", lambda record: record.update(TrainingJobStatus="InProgress"))

    with running_sagemaker(data_dir) as server:
        client = server.client("sagemaker")
        creating = client.describe_endpoint(EndpointName="creating")
        assert creating["EndpointStatus"] == "Failed"
        assert "the local_aws server stopped" in creating["FailureReason"]
        assert client.describe_endpoint(EndpointName="updating")["EndpointStatus"] == "InService"
        assert _invoke(server, "updating")
        with pytest.raises(ClientError, match="Could not find endpoint"):
            client.describe_endpoint(EndpointName="deleting")
        training = client.describe_training_job(TrainingJobName="running")
        assert (training["TrainingJobStatus"], training["SecondaryStatus"]) == ("Failed", "Failed")


def test_pipeline_from_before_versions_were_kept_has_its_first_one(data_dir: Path) -> None:
    with running_sagemaker(data_dir) as server:
        pipeline = {"PipelineName": "old", "PipelineDefinition": PIPELINE, "RoleArn": ROLE}
        arn = server.client("sagemaker").create_pipeline(**pipeline, ClientRequestToken="t" * 32)["PipelineArn"]
        records = server.context.records
        records.update("pipeline", "old", lambda record: record.pop("_version"))
        records.delete("pipeline-version", f"{arn}/version/1")

    with running_sagemaker(data_dir) as server:
        client = server.client("sagemaker")
        assert client.describe_pipeline(PipelineName="old")["PipelineDefinition"] == PIPELINE
        assert client.update_pipeline(PipelineName="old", PipelineDescription="later")["PipelineVersionId"] == 1
