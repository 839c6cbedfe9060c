"""The page used as a person uses it, on a server: started, stopped, retried, decided, and on an account asked first."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect
from playwright.sync_api import Page as Tab

from console.page.serve import HOST
from tests.browser import Watch
from tests.console.page.serving import ACCOUNT, Page, page_of
from tests.definitions import IMAGE, ROLE
from tests.servers import RunningServer, running
from tests.waiting import wait_until

PIPELINE = "playground-accessibility"
MODELS = f"playgrounds-models-{ACCOUNT}-us-east-1"
REGISTRATION = {
    "ModelPackageGroupName": PIPELINE,
    "ModelApprovalStatus": "PendingManualApproval",
    "InferenceSpecification": {
        "Containers": [{"Image": IMAGE, "ModelDataUrl": f"s3://{MODELS}/model.tar.gz"}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    },
}
PARAMETERS = [
    {"Name": "Text", "Type": "String"},
    {"Name": "Count", "Type": "Integer", "DefaultValue": 1},
    {"Name": "Share", "Type": "Float", "DefaultValue": 0.5},
    {"Name": "Flag", "Type": "Boolean", "DefaultValue": False},
    {"Name": "Kind", "Type": "String", "DefaultValue": "a", "EnumValues": ["a", "b"]},
    {"Name": "Kept", "Type": "String", "DefaultValue": "as it is"},
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with a pipeline whose steps wait for answers, two versions, and a work group."""
    with running(tmp_path_factory.mktemp("server")) as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        client, s3 = server.client("sagemaker"), server.client("s3")
        server.client("sqs").create_queue(QueueName="nobody-answers")
        queue = f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/nobody-answers"
        wait = {"Type": "Callback", "SqsQueueUrl": queue, "Arguments": {}, "OutputParameters": []}
        steps = [{**wait, "Name": "First"}, {**wait, "Name": "Second", "DependsOn": ["First"]}]
        definition = {"Version": "2020-12-01", "Parameters": PARAMETERS, "Steps": steps}
        client.create_pipeline(
            PipelineName=PIPELINE,
            PipelineDefinition=json.dumps(definition),
            RoleArn=ROLE,
            ClientRequestToken="x" * 32,
        )
        s3.create_bucket(Bucket=MODELS)
        s3.put_object(Bucket=MODELS, Key="model.tar.gz", Body=b"model")
        client.create_model_package_group(ModelPackageGroupName=PIPELINE)
        for _ in range(2):
            client.create_model_package(**REGISTRATION)
        results = {"ResultConfiguration": {"OutputLocation": f"s3://{MODELS}/athena/"}}
        server.client("athena").create_work_group(Name="playgrounds", Configuration=results)
        yield server


@pytest.fixture(scope="module")
def page(server: RunningServer) -> Iterator[Page]:
    """The page on this machine's AWS."""
    with page_of(server.environment) as page:
        yield page


@pytest.fixture
def tab(browser: Browser, page: Page) -> Iterator[Tab]:
    """A tab with the page, which has complained about nothing in the end."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        tab = context.new_page()
        watch = Watch(tab)
        tab.goto(page.address)
        yield tab
        assert watch.complaints == []


def answer_the_stop(server: RunningServer) -> None:
    """Answer the step's message, as whoever reads the queue does when the execution is stopped."""
    sqs = server.client("sqs")
    url = sqs.get_queue_url(QueueName="nobody-answers")["QueueUrl"]

    def stopping() -> list[dict[str, Any]]:
        received = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10).get("Messages", [])
        for message in received:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        bodies = [json.loads(message["Body"]) for message in received]
        return [body for body in bodies if body["status"] == "Stopping"]

    (message,) = wait_until(stopping)
    server.client("sagemaker").send_pipeline_execution_step_success(CallbackToken=message["token"])


def executions(server: RunningServer) -> list[dict[str, Any]]:
    listed = server.client("sagemaker").list_pipeline_executions(PipelineName=PIPELINE)
    return listed["PipelineExecutionSummaries"]


def test_execution_is_started_with_parameters_of_every_type_stopped_and_retried(server, tab):
    tab.click("nav >> text=Pipeline")
    tab.click("text=Start an execution")
    dialog = tab.locator("dialog")
    assert dialog.locator("[name=Count]").get_attribute("type") == "number"
    assert dialog.locator("[name=Flag] option").all_inner_texts() == ["true", "false"]
    assert dialog.locator("[name=Kind] option").all_inner_texts() == ["a", "b"]
    dialog.locator("text=Start it").click()
    assert executions(server) == []  # the browser asks for the value that has no default
    tab.fill("[name=Text]", "some <b>text</b>")
    tab.fill("[name=Count]", "7")
    tab.fill("[name=Share]", "0.25")
    tab.select_option("[name=Flag]", "true")
    tab.select_option("[name=Kind]", "b")
    dialog.locator("text=Start it").click()
    tab.wait_for_url("**#/pipeline/arn*")
    (execution,) = executions(server)
    sent = server.client("sagemaker").list_pipeline_parameters_for_execution(
        PipelineExecutionArn=execution["PipelineExecutionArn"]
    )
    given = {parameter["Name"]: parameter["Value"] for parameter in sent["PipelineParameters"]}
    changed = {"Text": "some <b>text</b>", "Count": "7", "Share": "0.25", "Flag": "true", "Kind": "b"}
    assert given | {"Flag": given["Flag"].lower()} == changed | {"Kept": "as it is"}

    badge = tab.locator(".execution h2 .badge")
    first, second = tab.locator("[data-step=First]"), tab.locator("[data-step=Second]")
    expect(first).to_have_class(re.compile("running"))  # live
    tab.click("button:text-is('Stop')")
    expect(dialog).to_contain_text("Jobs that run are stopped")
    dialog.locator("text=Cancel").click()
    expect(tab.locator("button:text-is('Stop')")).to_be_focused()
    expect(badge).to_have_text(re.compile("Executing"))
    tab.click("button:text-is('Stop')")
    dialog.locator("text=Stop it").click()
    answer_the_stop(server)
    expect(badge).to_have_text(re.compile("Stopped"))
    expect(second).to_have_class(re.compile("idle"))
    tab.click("button:text-is('Retry')")
    dialog.locator("text=Retry it").click()
    expect(second).to_have_class(re.compile("running"))
    expect(badge).to_have_text(re.compile("Executing"))
    (retried,) = executions(server)
    assert retried["PipelineExecutionArn"] == execution["PipelineExecutionArn"]
    tab.click("button:text-is('Stop')")
    dialog.locator("text=Stop it").click()
    answer_the_stop(server)
    expect(badge).to_have_text(re.compile("Stopped|Succeeded"))


def test_version_is_rejected_with_a_note(server, tab):
    tab.click("nav >> text=Registry")
    tab.click("text=Version 1")
    tab.click("button:text-is('Reject')")
    tab.fill("[name=note]", "too few <i>rows</i>")
    tab.click("dialog menu button:text-is('Reject')")
    chosen = tab.locator("tr.chosen")
    expect(chosen.locator(".badge")).to_have_text(re.compile("Rejected"))
    expect(chosen).to_contain_text("too few <i>rows</i>")
    described = server.client("sagemaker").describe_model_package(
        ModelPackageName=f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model-package/{PIPELINE}/1"
    )
    assert (described["ModelApprovalStatus"], described["ApprovalDescription"]) == ("Rejected", "too few <i>rows</i>")
    expect(tab.locator("button:text-is('Reject')")).to_be_disabled()


ENDPOINT: dict[str, Any] = {
    "exists": True,
    "name": PIPELINE,
    "status": "InService",
    "serves": 1,
    "moving_to": None,
    "since": None,
    "failure": "",
    "last_deployment": {},
    "config": "c",
    "capture": False,
    "variants": [],
    "alarms": [],
}
FEATURE: dict[str, Any] = {
    "name": "adaptive_swing",
    "about": "",
    "group": "",
    "type": "int",
    "nullable": True,
    "minimum": 0,
    "maximum": 1,
    "is_flag": True,
}
FORM = {
    "version": 1,
    "answer": "score",
    "threshold": 0.5,
    "row": "",
    "label_rule": "",
    "features": [FEATURE],
    "playgrounds": [{"playground_key": "a", "name": "A", "borough": "B", "split": "test", "adaptive_swing": 0}],
}
TABLE: dict[str, Any] = {
    "name": "parks",
    "database": "playgrounds",
    "location": "",
    "format": "",
    "records": 1,
    "crawler": "",
    "updated": None,
    "columns": [],
    "partitions": [],
}


def _answered(content: Any) -> Any:
    def answer(route: Route) -> None:
        route.fulfill(status=200, content_type="application/json", body=json.dumps(content))

    return answer


@contextmanager
def page_on_an_account(server: RunningServer, patch: pytest.MonkeyPatch) -> Iterator[Page]:
    """Serve the page on what looks like an account: clients that are not configured for this machine."""
    here = server.environment["AWS_ENDPOINT_URL"]
    there = here.replace(HOST, "aws.example")
    patch.setenv("AWS_ENDPOINT_URL", there)

    def send_here(request: Any, **_: Any) -> None:
        request.url = request.url.replace(there, here)

    with page_of(server.environment) as page:
        page.session.events.register("before-sign", send_here)
        yield page


def test_account_is_asked_about_before_anything_is_sent(server, browser, monkeypatch):
    with page_on_an_account(server, monkeypatch) as page, browser.new_context() as context:
        tab = context.new_page()
        sent: list[str] = []
        tab.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        # An endpoint that serves: no more than what is seen before anything is asked of it.
        tab.route("**/api/endpoint", _answered(ENDPOINT))
        tab.route("**/api/features", _answered(FORM))
        tab.route("**/api/tables", _answered([TABLE]))
        tab.goto(page.address)
        expect(tab.locator(".about .badge")).to_contain_text("AWS account")

        def glue() -> None:
            tab.click("nav >> text=Glue")
            tab.click("text=Run the workflow")

        def preview() -> None:
            tab.click("nav >> text=Glue")
            section = tab.locator("details", has_text="parks")
            if section.get_attribute("open") is None:
                section.locator("summary").click()
            tab.click("text=Preview 20 rows")

        def start() -> None:
            tab.click("nav >> text=Pipeline")
            tab.click("text=Start an execution")
            tab.fill("[name=Text]", "x")

        def approve() -> None:
            tab.click("nav >> text=Registry")
            tab.click("text=Version 2")
            tab.click("button:text-is('Approve')")

        def reject() -> None:
            tab.click("nav >> text=Registry")
            tab.click("text=Version 2")
            tab.click("button:text-is('Reject')")

        def score() -> None:
            tab.click("nav >> text=Endpoint")
            tab.select_option("label.wide select", "a")
            tab.click("button:text-is('Score')")

        def sql() -> None:
            tab.click("nav >> text=SQL")
            tab.locator(".CodeMirror textarea").fill("SELECT 1")
            tab.keyboard.press("Control+Enter")

        def accept(path: str) -> None:
            with tab.expect_request(lambda request: request.method == "POST") as asked:
                tab.locator("dialog button[type=submit]").click()
            assert asked.value.url == page.origin + path

        acts = {
            glue: "/api/glue/start",
            preview: "/api/queries",
            start: "/api/executions",
            score: "/api/score",
            sql: "/api/queries",
            reject: "/api/decision",
            approve: "/api/decision",
        }
        for act in acts:
            for decline in ("text=Cancel", None):
                act()
                dialog = tab.locator("dialog[open]")
                expect(dialog).to_contain_text(f"Account {ACCOUNT}")
                expect(dialog).to_contain_text("an AWS account: this is billed")
                dialog.locator(decline).click() if decline else tab.keyboard.press("Escape")
                expect(tab.locator("dialog")).to_have_count(0)
        tab.wait_for_timeout(200)
        assert sent == []
        (before,) = {summary["ModelApprovalStatus"] for summary in _versions(server, 2)}
        assert before == "PendingManualApproval"

        for act, path in acts.items():
            if act is sql:  # it is Athena again, which this tab has agreed to
                with tab.expect_request(page.origin + path):
                    act()
                continue
            act()
            accept(path)
            expect(tab.locator("dialog[open] button:text-is('Sending…')")).to_have_count(0)
            if tab.locator("dialog[open]").count():  # there is no workflow to run
                tab.keyboard.press("Escape")
        (after,) = {summary["ModelApprovalStatus"] for summary in _versions(server, 2)}
        assert after == "Approved"


def _versions(server: RunningServer, number: int) -> list[dict[str, Any]]:
    listed = server.client("sagemaker").list_model_packages(ModelPackageGroupName=PIPELINE)
    return [one for one in listed["ModelPackageSummaryList"] if one["ModelPackageVersion"] == number]
