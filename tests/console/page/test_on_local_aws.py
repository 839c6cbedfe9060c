"""The page's calls on a server: nothing yet, then a pipeline, a version and a file, and what is somebody else's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import SCHEMES, VIEWS, Watch, serious_violations
from tests.console.page.serving import Page, page_of
from tests.definitions import BUCKET, IMAGE
from tests.servers import RunningServer, running
from tests.waiting import wait_until

PIPELINE = "playground-accessibility"
ROLE = "arn:aws:iam::123456789012:role/any"
MODELS = "playgrounds-models-123456789012-us-east-1"
DEFINITION = {
    "Version": "2020-12-01",
    "Parameters": [
        {"Name": "Limit", "Type": "Integer", "DefaultValue": 1},
        {"Name": "Kind", "Type": "String", "DefaultValue": "a", "EnumValues": ["a", "b"]},
    ],
    "Steps": [
        {
            "Name": "Gate",
            "Type": "Condition",
            "Arguments": {
                "Conditions": [
                    {"Type": "GreaterThan", "LeftValue": {"Get": "Parameters.Limit"}, "RightValue": 5},
                ],
                "IfSteps": [
                    {"Name": "TooHigh", "Type": "Fail", "Arguments": {"ErrorMessage": "the limit is too high"}}
                ],
                "ElseSteps": [],
            },
        }
    ],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("server")) as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        yield server


@pytest.fixture(scope="module")
def empty(server: RunningServer) -> Iterator[Page]:
    """The page of a deployment that does not exist."""
    with page_of(server.environment, prefix="none-") as page:
        yield page


@pytest.fixture(scope="module")
def page(server: RunningServer) -> Iterator[Page]:
    """The page of a deployment with two pipelines, a bucket and a version that waits."""
    client, s3 = server.client("sagemaker"), server.client("s3")
    for name in (PIPELINE, f"{PIPELINE}-deploy", "somebody-elses"):
        client.create_pipeline(
            PipelineName=name, PipelineDefinition=json.dumps(DEFINITION), RoleArn=ROLE, ClientRequestToken="x" * 32
        )
    for bucket in (MODELS, BUCKET):
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="evaluation.json", Body=b'{"accuracy": 0.9, "loss": NaN, "name": "x"}')
    s3.put_object(Bucket=MODELS, Key="model.tar.gz", Body=b"model")
    client.create_model_package_group(ModelPackageGroupName=PIPELINE)
    client.create_model_package(
        ModelPackageGroupName=PIPELINE,
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification={
            "Containers": [{"Image": IMAGE, "ModelDataUrl": f"s3://{MODELS}/model.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        CustomerMetadataProperties={"Algorithm": "XGBoost", "EvaluationReportUrl": f"s3://{MODELS}/evaluation.json"},
    )
    with page_of(server.environment) as page:
        yield page


def execution_that_ended(page: Page, arn: str) -> Any:
    return wait_until(lambda: (got := page.get(f"/api/execution?arn={arn}").json)["status"] != "Executing" and got)


def start(page: Page, token: str, **parameters: str) -> str:
    reply = page.post("/api/executions", pipeline=PIPELINE, parameters=parameters, request_token=token)
    assert reply.status == 200, reply.json
    return reply.json["arn"]


def test_nothing_deployed_is_not_an_error(empty):
    overview = empty.get("/api/overview").json
    by_key = {stage["key"]: stage for stage in overview["stages"]}
    assert list(by_key) == ["feeds", "glue", "pipeline", "registry", "deploy", "endpoint", "sql"]
    assert {key for key, stage in by_key.items() if stage["state"] == "idle"} == set(by_key) - {"sql"}
    assert by_key["sql"]["state"] == "unknown"  # there is no work group to ask
    assert "WorkGroup none-playgrounds is not found" in by_key["sql"]["reason"]
    assert overview["waiting"] == overview["alarms"] == []
    for path in ("/api/glue", "/api/tables", "/api/versions", "/api/endpoint", "/api/examples"):
        assert empty.get(path).status == 200, path
    assert empty.get("/api/executions?pipeline=none-playground-accessibility").json["exists"] is False


def test_every_view_of_nothing_says_what_to_do(empty, browser):
    advice = {
        "overview": "No version waits. A run of the pipeline",
        "glue": "Run it here, or with playgrounds run",
        "pipeline": "The pipeline is not deployed: run playgrounds deploy.",
        "registry": "start an execution",
        "endpoint": "Approving a version in the registry creates it.",
        "sql": "No tables yet: run the workflow.",
    }
    assert set(advice) == set(VIEWS)
    with browser.new_context() as context:
        tab = context.new_page()
        watch = Watch(tab)
        tab.goto(empty.address)
        for view, text in advice.items():
            tab.click(f"nav a[href='#/{view}']")
            expect(tab.locator("main")).to_contain_text(text)
            for scheme in SCHEMES:
                tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                assert serious_violations(tab) == [], (view, scheme)
        assert watch.complaints == []


def test_execution_is_started_from_the_form_and_drawn(page):
    form = page.get(f"/api/form?pipeline={PIPELINE}").json
    assert [(field["name"], field["default"], field["choices"]) for field in form] == [
        ("Limit", 1, []),
        ("Kind", "a", ["a", "b"]),
    ]
    execution = execution_that_ended(page, start(page, "p" * 32, Limit="2", Kind="b"))
    assert execution["status"] == "Succeeded"
    assert execution["parameters"] == {"Limit": "2", "Kind": "b"}
    nodes = {node["name"]: node for node in execution["nodes"]}
    assert (nodes["Gate"]["outcome"], nodes["TooHigh"]["status"]) == ("False", "NotTaken")
    listed = page.get(f"/api/executions?pipeline={PIPELINE}").json["executions"]
    assert execution["id"] in {one["id"] for one in listed}


def test_request_that_is_sent_twice_starts_one_execution(page):
    assert start(page, "q" * 32) == start(page, "q" * 32)


def test_failed_execution_says_why(page):
    arn = start(page, "r" * 32, Limit="9")
    execution = execution_that_ended(page, arn)
    assert (execution["status"], execution["retryable"]) == ("Failed", True)
    step = page.get(f"/api/step?arn={arn}&name=TooHigh").json
    assert "the limit is too high" in json.dumps(step["properties"]) + step["reason"]
    retried = page.post("/api/execution/retry", arn=arn)
    assert retried.status == 502
    assert "its Fail step TooHigh ended it; start a new execution" in retried.json["error"]["reason"]


def test_wrong_parameter_is_answered_with_sagemakers_reason(page):
    reply = page.post("/api/executions", pipeline=PIPELINE, parameters={"Nope": "1"}, request_token="s" * 32)
    assert reply.status == 502
    assert "Nope" in reply.json["error"]["reason"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/executions?pipeline=somebody-elses",
        "/api/execution?arn=arn:aws:sagemaker:us-east-1:123456789012:pipeline/somebody-elses/execution/abcdefghijkl",
        "/api/form?pipeline=somebody-elses",
        "/api/log?group=/somebody/elses&stream=x",
    ],
)
def test_what_is_not_the_deployments_is_not_shown(page, path):
    reply = page.get(path)
    assert reply.status == 409
    assert "of this deployment" in reply.json["error"]["reason"]


def test_somebody_elses_pipeline_cannot_be_started_or_stopped(page):
    arn = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/somebody-elses/execution/abcdefghijkl"
    assert page.post("/api/executions", pipeline="somebody-elses", parameters={}, request_token="t" * 32).status == 409
    for path in ("/api/execution/stop", "/api/execution/retry"):
        assert page.post(path, arn=arn).status == 409


def test_files_of_other_buckets_are_not_read(page):
    assert page.post("/api/documents", uri=f"s3://{MODELS}/evaluation.json").status == 200
    for uri in (f"s3://{BUCKET}/evaluation.json", f"s3://{MODELS}.example/x", "/etc/passwd", ""):
        reply = page.post("/api/documents", uri=uri)
        assert reply.status == 409
        assert "not in a bucket of this deployment" in reply.json["error"]["reason"]
    missing = page.post("/api/documents", uri=f"s3://{MODELS}/missing.html")
    assert "does not exist" in missing.json["error"]["reason"]


def test_version_is_shown_with_its_figures_and_rejected_with_a_note(page):
    (version,) = page.get("/api/versions").json
    assert version["metrics"] == {"accuracy": 0.9, "loss": None}  # JSON has no NaN
    assert [one["version"] for one in page.get("/api/overview").json["waiting"]] == [1]
    detail = page.get("/api/version?version=1").json
    assert {"kind": "model", "value": f"s3://{MODELS}/model.tar.gz"} in detail["lineage"]
    assert page.post("/api/decision", version=1, decision="Rejected", note="not yet").status == 200
    after = page.get("/api/version?version=1").json
    assert (after["approval"], after["note"]) == ("Rejected", "not yet")
    assert (
        "must be one of Approved, Rejected"
        in page.post("/api/decision", version=1, decision="Pending", note="").json["error"]["reason"]
    )
    assert (
        "has no version 7"
        in page.post("/api/decision", version=7, decision="Approved", note="").json["error"]["reason"]
    )


def test_scoring_without_an_endpoint_says_what_to_do(page):
    for reply in (page.get("/api/features"), page.post("/api/score", rows=[{}])):
        assert reply.status == 409
        assert "approve a package first" in reply.json["error"]["reason"]
