"""Lambda steps: functions that decide, what they return, and how they fail; calls as the pipeline's role."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from local_aws.kernel.records import Records
from local_aws.kernel.work import Work
from local_aws.services import lambda_, sagemaker
from local_aws.services.sagemaker.pipelines.callbacks import Callbacks
from local_aws.services.sagemaker.pipelines.errors import StepFailedError
from local_aws.services.sagemaker.pipelines.records import ExecutionRecords
from local_aws.services.sagemaker.pipelines.step_type import Attempt, BodyRun
from local_aws.services.sagemaker.pipelines.steps.lambda_step import LambdaStep
from local_aws.services.sagemaker.pipelines.stop_signal import StopSignal
from tests.conftest import running
from tests.services.lambda_.conftest import Bench as Functions
from tests.services.sagemaker.pipelines.conftest import Bench, refused, states_of
from tests.services.sagemaker.pipelines.definitions import (
    BUCKET,
    ROLE,
    SLEEP,
    compare,
    condition,
    definition,
    fail,
    get,
    invoke,
    join,
    parameter,
    processing,
)
from tests.waiting import wait_until

ECHO = """
import time
def handler(event, context):
    if "sleep" in event:
        time.sleep(event["sleep"])
    if "error" in event:
        raise LookupError(event["error"])
    return {"now": str(time.time_ns()), **event}
"""
ARN = "arn:aws:lambda:us-east-1:123456789012:function:echo"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with running(tmp_path_factory.mktemp("data"), (sagemaker.build, lambda_.build)) as server:
        server.client("s3").create_bucket(Bucket=BUCKET)
        Functions(server).create("echo", ECHO, Timeout=20)
        yield Bench(server)


def test_outputs_of_every_type_reach_later_steps(bench: Bench):
    outputs = {"text": "String", "count": "Integer", "share": "Float", "ready": "Boolean"}
    arguments = {"text": join("a", get("Parameters.Name"), on="-"), "count": 3, "share": 0.5, "ready": True, "x": 1}
    message = join(*(get(f"Steps.Decide.OutputParameters['{name}']") for name in outputs), on=" ")
    is_ready = compare("Equals", get("Steps.Decide.OutputParameters['ready']"), True)
    text = definition(
        invoke("Decide", ARN, outputs, arguments),
        condition("Ready", is_ready, then=(fail("Said", message),)),
        parameters=(parameter("Name"),),
    )
    status, steps = bench.run("outputs", text, Name="b")
    assert (status, steps["Said"]["FailureReason"]) == ("Failed", "a-b 3 0.5 true")
    assert steps["Decide"]["StepStatus"] == "Succeeded"
    assert steps["Decide"]["Metadata"]["Lambda"] == {
        "Arn": ARN,
        "OutputParameters": [
            {"Name": "text", "Value": "a-b"},
            {"Name": "count", "Value": "3"},
            {"Name": "share", "Value": "0.5"},
            {"Name": "ready", "Value": "true"},
        ],
    }


def test_number_that_is_declared_as_text_is_its_text(bench: Bench):
    message = join(get("Steps.Decide.OutputParameters['statusCode']"), "done", on=" ")
    outputs = {"statusCode": "String", "share": "String"}
    status, steps = bench.run(
        "numbers", definition(invoke("Decide", ARN, outputs, {"statusCode": 200, "share": 0.5}), fail("Said", message))
    )

    assert (status, steps["Said"]["FailureReason"]) == ("Failed", "200 done")
    assert steps["Decide"]["Metadata"]["Lambda"]["OutputParameters"] == [
        {"Name": "statusCode", "Value": "200"},
        {"Name": "share", "Value": "0.5"},
    ]


@pytest.mark.parametrize(
    ("name", "outputs", "arguments", "reason"),
    [
        ("error", {}, {"error": "no such package"}, f"function {ARN} failed: LookupError: no such package"),
        ("missing", {"absent": "String"}, {}, "returned no output parameter 'absent'"),
        ("wrong-type", {"n": "Integer"}, {"n": "1"}, "returned '1' for the output parameter 'n'"),
        ("boolean", {"n": "Integer"}, {"n": True}, "which is of type Integer"),
        ("list", {"n": "String"}, {"n": [1]}, "which is of type String"),
        ("long", {"n": "String"}, {"n": "x" * 1025}, "more than 1024 characters"),
    ],
)
def test_undeclared_answer_of_a_function_fails_the_step(bench: Bench, name, outputs, arguments, reason):
    status, steps = bench.run(f"fails-{name}", definition(invoke("Decide", ARN, outputs, arguments)))
    assert (status, reason in steps["Decide"]["FailureReason"]) == ("Failed", True), steps["Decide"]["FailureReason"]
    assert steps["Decide"]["Metadata"]["Lambda"]["Arn"] == ARN


def test_missing_function_fails_the_step(bench: Bench):
    status, steps = bench.run("nobody", definition(invoke("Decide", f"{ARN}-none", {})))
    assert status == "Failed"
    assert steps["Decide"]["FailureReason"].startswith("ClientError: Failed to invoke lambda:Invoke. Error Details:")


def test_cached_lambda_step_returns_its_earlier_outputs(bench: Bench):
    cached = {"Enabled": True, "ExpireAfter": "P1D"}
    step = invoke("Decide", ARN, {"now": "String"}, {"key": get("Parameters.Key")}, CacheConfig=cached)
    bench.create("cached", definition(step, parameters=(parameter("Key"),)))
    found = []
    for key in ("a", "a", "b"):
        arn = bench.start("cached", {"Key": key})
        assert bench.finish(arn) == "Succeeded"
        decided = bench.steps(arn)["Decide"]
        found.append((decided["Metadata"]["Lambda"]["OutputParameters"][0]["Value"], "CacheHitResult" in decided))
    assert found[0][0] == found[1][0] != found[2][0]
    assert [hit for _, hit in found] == [False, True, False]


def test_stop_waits_for_the_function(bench: Bench):
    second = invoke("Second", ARN, {}, DependsOn=["First"])
    bench.create("stopped", definition(invoke("First", ARN, {}, {"sleep": 0.7}), second))
    arn = bench.start("stopped")
    wait_until(lambda: bench.steps(arn).get("First", {}).get("StepStatus") == "Executing")
    bench.client.stop_pipeline_execution(PipelineExecutionArn=arn)
    assert bench.finish(arn) == "Stopped"
    assert states_of(bench.steps(arn)) == {"First": "Succeeded"}


def test_slow_function_fails_the_step(tmp_path):
    records = Records(tmp_path / "records.sqlite")
    tokens = Callbacks(records, ExecutionRecords(records, lambda event: None))
    release = StopSignal()

    def no_body(items: Sequence[Any], most: int) -> BodyRun:
        raise AssertionError("a Lambda step has no body")

    def call(service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        release.wait(60)
        return {}

    arguments = {"FunctionArn": ARN, "OutputParameters": [], "Arguments": {}}
    reports: list[Any] = []
    stop, report = StopSignal(), reports.append
    attempt = Attempt("S", "arn", arguments, call, Work("sagemaker"), stop, tokens, report, report, no_body)
    with pytest.raises(StepFailedError, match=r"has not ended within 0\.001 minutes"):
        LambdaStep(limit_seconds=0.06).run(attempt)
    release.request()


@pytest.mark.parametrize(
    ("members", "fault"),
    [
        ({"FunctionArn": "echo"}, "takes the FunctionArn"),
        ({"OutputParameters": [{"OutputName": "a", "OutputType": "Text"}]}, "type of String"),
        ({"OutputParameters": [{"OutputName": "a"}]}, "OutputName and OutputType"),
        ({"OutputParameters": [{"OutputName": "a", "OutputType": "String"}] * 2}, "two output parameters"),
        ({"RetryPolicies": []}, "RetryPolicies"),
    ],
)
def test_ill_formed_step_is_refused(bench: Bench, members, fault):
    text = definition({**invoke("Decide", ARN, {}), **members})
    code, message = refused(bench.client.create_pipeline, PipelineName="no", PipelineDefinition=text, RoleArn=ROLE)
    assert (code, fault in message) == ("ValidationException", True), message


@pytest.mark.parametrize("path", ["OutputParameters['other']", "Arguments", "OutputParameters"])
def test_only_declared_outputs_can_be_referred_to(bench: Bench, path: str):
    text = definition(invoke("Decide", ARN, {"a": "String"}), fail("Said", get(f"Steps.Decide.{path}")))
    code, message = refused(bench.client.create_pipeline, PipelineName="no", PipelineDefinition=text, RoleArn=ROLE)
    assert (code, "it has OutputParameters['a']" in message) == ("ValidationException", True), message


def test_steps_call_with_the_role_of_the_pipeline(bench: Bench):
    bench.create("roles", definition(invoke("Decide", ARN, {}, {"who": "roles"}), processing("Work", SLEEP)))
    arn = bench.start("roles")
    wait_until(lambda: {"Decide", "Work"} <= bench.steps(arn).keys())
    wait_until(lambda: bench.steps(arn)["Work"]["StepStatus"] == "Executing")
    bench.client.stop_pipeline_execution(PipelineExecutionArn=arn)
    assert bench.finish(arn) == "Stopped"
    lines = (bench.server.context.settings.data_dir / "calls.jsonl").read_text().splitlines()
    calls = [json.loads(line) for line in lines]
    made = {"Invoke", "CreateProcessingJob", "StopProcessingJob"}
    assert {call["operation"] for call in calls} >= made
    assert {call["principal"] for call in calls if call["operation"] in made} == {ROLE}
