"""The events of jobs, endpoints, packages and executions, as EventBridge gets them."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from local_aws.kernel.events import Event
from local_aws.kernel.records import now
from local_aws.services.sagemaker.state_changes import resource_changes
from tests.conftest import RunningServer
from tests.services.sagemaker.examples import (
    IMAGE,
    ROLE,
    create_endpoint_config,
    create_model,
    ended,
    processing_request,
    put,
    training_request,
)
from tests.services.sagemaker.pipelines.definitions import definition, fail, processing
from tests.waiting import wait_until


class Heard:
    """What was announced."""

    def __init__(self) -> None:
        self._happenings: list[Event] = []

    def listen(self, event: Event) -> None:
        json.dumps(event.detail)
        self._happenings.append(event)

    def of(self, detail_type: str, **members: Any) -> list[Event]:
        """Return the events of a type whose detail has these members."""
        return [
            event
            for event in list(self._happenings)
            if event.detail_type == detail_type and members.items() <= dict(event.detail).items()
        ]


@pytest.fixture(scope="module")
def heard(server: RunningServer) -> Heard:
    heard = Heard()
    server.context.listen(heard.listen)
    return heard


def register(server: RunningServer, group: str, **members: Any) -> str:
    client = server.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName=group)
    url = put(server, f"packages/{group}/model.tar.gz", b"a model")
    specification = {
        "Containers": [{"Image": IMAGE, "ModelDataUrl": url}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    answer = client.create_model_package(ModelPackageGroupName=group, InferenceSpecification=specification, **members)
    return answer["ModelPackageArn"]


def test_registration_and_each_update_of_a_package_are_events(server: RunningServer, heard: Heard):
    arn = register(server, "told", ModelApprovalStatus="PendingManualApproval")
    client = server.client("sagemaker")
    client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="good")
    client.update_model_package(ModelPackageArn=arn, CustomerMetadataProperties={"a": "1"})
    events = heard.of("SageMaker Model Package State Change", ModelPackageArn=arn)
    assert [event.detail["ModelApprovalStatus"] for event in events] == [
        "PendingManualApproval",
        "Approved",
        "Approved",
    ]
    assert [event.detail.get("UpdatedModelPackageFields") for event in events] == [
        None,
        ["ApprovalDescription", "ModelApprovalStatus"],
        ["CustomerMetadataProperties"],
    ]
    event = events[1]
    assert (event.source, event.resources) == ("aws.sagemaker", [arn])
    assert event.detail["ModelPackageGroupName"] == "told"
    assert event.detail["ModelPackageVersion"] == 1
    assert event.detail["ModelPackageStatus"] == "Completed"
    assert isinstance(event.detail["CreationTime"], int)
    assert event.detail["InferenceSpecification"]["Containers"][0]["Image"] == IMAGE
    assert event.detail["ModelPackageName"] == "told/1"


def test_refused_update_is_not_an_event(server: RunningServer, heard: Heard):
    arn = register(server, "silent")
    before = len(heard.of("SageMaker Model Package State Change"))
    client = server.client("sagemaker")
    with pytest.raises(client.exceptions.ClientError):
        client.update_model_package(ModelPackageArn=f"{arn}0", ModelApprovalStatus="Approved")
    assert len(heard.of("SageMaker Model Package State Change")) == before


def test_each_status_of_a_processing_job_is_an_event(server: RunningServer, heard: Heard):
    tags = [{"Key": "Stack", "Value": "playgrounds"}]
    request = processing_request(server, "told", "pass", Tags=tags)
    arn = server.client("sagemaker").create_processing_job(**request)["ProcessingJobArn"]
    ended(server, "processing_job", "told")
    events = wait_until(
        lambda: len(found := heard.of("SageMaker Processing Job State Change", ProcessingJobName="told")) == 2 and found
    )
    assert [event.detail["ProcessingJobStatus"] for event in events] == ["InProgress", "Completed"]
    detail = events[-1].detail
    assert events[-1].resources == [arn]
    assert detail["ProcessingJobArn"] == arn
    assert detail["RoleArn"] == ROLE
    assert detail["Tags"] == {"Stack": "playgrounds"}
    assert detail["CreationTime"] <= detail["ProcessingEndTime"] <= time.time() * 1000


def test_secondary_statuses_and_failures_of_a_training_job_are_events(server: RunningServer, heard: Heard):
    request = training_request(server, "told", "raise SystemExit('no luck')")
    server.client("sagemaker").create_training_job(**request)
    ended(server, "training_job", "told")
    events = wait_until(
        lambda: (
            (found := heard.of("SageMaker Training Job State Change", TrainingJobName="told"))
            and found[-1].detail["TrainingJobStatus"] == "Failed"
            and found
        )
    )
    statuses = [(event.detail["TrainingJobStatus"], event.detail["SecondaryStatus"]) for event in events]
    assert statuses == [
        ("InProgress", "Starting"),
        ("InProgress", "Downloading"),
        ("InProgress", "Training"),
        ("Failed", "Failed"),
    ]
    assert "python3 -m train" in events[-1].detail["FailureReason"]
    assert isinstance(events[-1].detail["SecondaryStatusTransitions"][0]["StartTime"], int)


def test_each_status_of_an_endpoint_is_an_event_in_capitals(server: RunningServer, heard: Heard, model_archive: bytes):
    create_model(server, "told", model_archive)
    create_endpoint_config(server, "told", "told")
    client = server.client("sagemaker")
    arn = client.create_endpoint(EndpointName="told", EndpointConfigName="told")["EndpointArn"]
    ended(server, "endpoint", "told")
    client.delete_endpoint(EndpointName="told")
    events = wait_until(
        lambda: len(found := heard.of("SageMaker Endpoint State Change", EndpointName="told")) >= 3 and found
    )
    assert [event.detail["EndpointStatus"] for event in events] == ["CREATING", "IN_SERVICE", "DELETING"]
    assert events[1].resources == [arn]
    assert events[1].detail["EndpointConfigName"] == "told"
    assert events[1].detail["ProductionVariants"][0]["VariantName"] == "AllTraffic"
    assert isinstance(events[1].detail["CreationTime"], int)


def test_progress_of_a_deployment_is_an_event_of_its_own():
    def endpoint(*statuses: str) -> dict[str, Any]:
        variant = {
            "VariantName": "AllTraffic",
            "VariantStatus": [{"Status": name, "StartTime": now()} for name in statuses],
        }
        pending = {"EndpointConfigName": "new", "ProductionVariants": [variant], "StartTime": now()}
        return {"EndpointName": "e", "EndpointStatus": "Updating", "PendingDeploymentSummary": pending}

    creating, baking = endpoint("Creating"), endpoint("Baking")
    [event] = resource_changes("endpoint", "EndpointStatus", creating, baking, "arn", [])
    assert event.detail_type == "SageMaker Endpoint Deployment State Change"
    assert event.detail["EndpointStatus"] == "UPDATING"
    [variant] = event.detail["PendingDeploymentSummary"]["ProductionVariants"]
    assert variant["VariantStatus"][0]["Status"] == "Baking"
    assert list(resource_changes("endpoint", "EndpointStatus", baking, baking, "arn", [])) == []


def run(server: RunningServer, name: str, text: str) -> str:
    client = server.client("sagemaker")
    client.create_pipeline(PipelineName=name, PipelineDefinition=text, RoleArn=ROLE, ClientRequestToken="t" * 32)
    arn = client.start_pipeline_execution(PipelineName=name, PipelineExecutionDescription="d")["PipelineExecutionArn"]
    finish(server, arn)
    return arn


def finish(server: RunningServer, arn: str) -> None:
    describe = server.client("sagemaker").describe_pipeline_execution
    wait_until(lambda: describe(PipelineExecutionArn=arn)["PipelineExecutionStatus"] not in ("Executing", "Stopping"))


def test_each_status_of_an_execution_and_its_steps_is_an_event(server: RunningServer, heard: Heard):
    arn = run(server, "told", definition(processing("Work"), fail("Give-up", "enough", DependsOn=["Work"])))
    pipeline = arn.rpartition("/execution/")[0]
    execution_type = "SageMaker Model Building Pipeline Execution Status Change"
    events = wait_until(lambda: len(found := heard.of(execution_type, pipelineExecutionArn=arn)) == 2 and found)
    assert [
        (event.detail.get("previousPipelineExecutionStatus"), event.detail["currentPipelineExecutionStatus"])
        for event in events
    ] == [(None, "Executing"), ("Executing", "Failed")]
    assert "executionEndTime" not in events[0].detail
    assert events[1].resources == [pipeline, arn]
    assert events[1].detail["pipelineArn"] == pipeline
    assert events[1].detail["pipelineExecutionDescription"] == "d"
    assert events[1].detail["executionStartTime"] <= events[1].detail["executionEndTime"]
    steps = heard.of("SageMaker Model Building Pipeline Execution Step Status Change", pipelineExecutionArn=arn)
    assert [(step.detail["stepName"], step.detail["stepType"], step.detail["currentStepStatus"]) for step in steps] == [
        ("Work", "Processing", "Starting"),
        ("Work", "Processing", "Executing"),
        ("Work", "Processing", "Succeeded"),
        ("Give-up", "Fail", "Starting"),
        ("Give-up", "Fail", "Executing"),
        ("Give-up", "Fail", "Failed"),
    ]
    assert ":processing-job/pipelines-" in steps[1].detail["metadata"]["processingJob"]["arn"]
    assert steps[2].detail["previousStepStatus"] == "Executing"
    assert steps[2].detail["stepStartTime"] <= steps[2].detail["stepEndTime"]
    assert steps[5].detail["failureReason"] == "enough"
    assert "failureReason" not in steps[2].detail


def test_retry_of_an_execution_is_an_event(server: RunningServer, heard: Heard):
    arn = run(server, "again", definition(processing("Work", "raise SystemExit(1)")))
    server.client("sagemaker").retry_pipeline_execution(PipelineExecutionArn=arn)
    finish(server, arn)
    events = wait_until(
        lambda: (
            len(
                found := heard.of("SageMaker Model Building Pipeline Execution Status Change", pipelineExecutionArn=arn)
            )
            == 4
            and found
        )
    )
    assert [event.detail["currentPipelineExecutionStatus"] for event in events] == [
        *("Executing", "Failed"),
        *("Executing", "Failed"),
    ]


def test_event_of_a_cached_step_names_the_source(server: RunningServer, heard: Heard):
    step = processing("Work", CacheConfig={"Enabled": True, "ExpireAfter": "P1D"})
    first = run(server, "cached", definition(step))
    client = server.client("sagemaker")
    second = client.start_pipeline_execution(PipelineName="cached")["PipelineExecutionArn"]
    finish(server, second)
    [event] = heard.of(
        "SageMaker Model Building Pipeline Execution Step Status Change",
        pipelineExecutionArn=second,
        currentStepStatus="Succeeded",
    )
    assert event.detail["cacheHitResult"] == {"sourcePipelineExecutionArn": first}
