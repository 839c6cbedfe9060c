"""Callback steps: the message, the token that is answered, stops, and servers that end meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_aws.services import sagemaker, sqs
from tests.conftest import RunningServer, running
from tests.services.sagemaker.pipelines.conftest import Bench, refused
from tests.services.sagemaker.pipelines.definitions import (
    ROLE,
    callback,
    compare,
    condition,
    definition,
    fail,
    get,
    parameter,
    processing,
)
from tests.test_chaos import killable
from tests.waiting import wait_until

BUILDERS = (sagemaker.build, sqs.build)
AWS_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/{}"


class Consumer:
    """A queue and whoever reads it."""

    def __init__(self, server: RunningServer, name: str) -> None:
        self.name = name
        self._sqs, self._sagemaker = server.client("sqs"), server.client("sagemaker")
        self.url = self._sqs.create_queue(QueueName=name)["QueueUrl"]

    def receive(self) -> dict[str, Any]:
        """Return the body of the next message, which is deleted."""

        def look() -> list[dict[str, Any]]:
            answer = self._sqs.receive_message(QueueUrl=self.url, WaitTimeSeconds=5, AttributeNames=["All"])
            messages: list[dict[str, Any]] = answer.get("Messages", [])
            return messages

        (message,) = wait_until(look)
        self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        body: dict[str, Any] = json.loads(message["Body"])
        return {**body, "sender": message["Attributes"]["SenderId"]}

    def is_empty(self) -> bool:
        return "Messages" not in self._sqs.receive_message(QueueUrl=self.url)

    def succeed(self, token: str, **outputs: str) -> str:
        parameters = [{"Name": name, "Value": value} for name, value in outputs.items()]
        answer = self._sagemaker.send_pipeline_execution_step_success(CallbackToken=token, OutputParameters=parameters)
        arn: str = answer["PipelineExecutionArn"]
        return arn

    def fail(self, token: str, reason: str) -> None:
        self._sagemaker.send_pipeline_execution_step_failure(CallbackToken=token, FailureReason=reason)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with running(tmp_path_factory.mktemp("data"), BUILDERS) as server:
        yield Bench(server)


def waiting(bench: Bench, name: str, outputs: dict[str, str] | None = None, *more: Any) -> tuple[Consumer, str]:
    """Start a pipeline whose step Ask waits; return its consumer and the execution."""
    consumer = Consumer(bench.server, name)
    step = callback("Ask", AWS_URL.format(name), outputs or {}, {"n": get("Parameters.N"), "text": "a"})
    bench.create(name, definition(step, *more, parameters=(parameter("N", "Integer", 5),)))
    return consumer, bench.start(name)


def test_message_is_sent_by_the_pipelines_role_and_has_the_documented_members(bench):
    consumer, arn = waiting(bench, "message")
    message = consumer.receive()

    token = message.pop("token")
    assert message == {
        "pipelineExecutionArn": arn,
        "arguments": {"n": 5, "text": "a"},
        "status": "Executing",
        "sender": ROLE,
    }
    step = bench.steps(arn)["Ask"]
    assert step["StepStatus"] == "Executing"
    assert step["Metadata"] == {"Callback": {"CallbackToken": token, "SqsQueueUrl": AWS_URL.format("message")}}
    assert consumer.succeed(token) == arn
    assert bench.finish(arn) == "Succeeded"


def test_outputs_have_their_types_where_they_are_referred_to(bench):
    high = compare("GreaterThan", get("Steps.Ask.OutputParameters['count']"), 3)
    kinds = {"count": "Integer", "share": "Float", "done": "Boolean", "word": "String"}
    consumer, arn = waiting(bench, "outputs", kinds, condition("High", high, otherwise=(fail("Low"),)))
    consumer.succeed(consumer.receive()["token"], count="4", share="0.5", done="true", word="4")

    assert bench.finish(arn) == "Succeeded"
    shown = bench.steps(arn)["Ask"]["Metadata"]["Callback"]["OutputParameters"]
    assert {each["Name"]: each["Value"] for each in shown} == {
        "count": "4",
        "share": "0.5",
        "done": "true",
        "word": "4",
    }


def test_failure_is_the_steps_reason(bench):
    consumer, arn = waiting(bench, "failure")
    consumer.fail(consumer.receive()["token"], "the labels have not come")

    assert bench.finish(arn) == "Failed"
    assert bench.steps(arn)["Ask"]["FailureReason"] == "the labels have not come"


@pytest.mark.parametrize(
    ("outputs", "word"), [({}, "none"), ({"count": "1", "more": "2"}, "more"), ({"count": "x"}, "Integer")]
)
def test_other_outputs_than_the_declared_ones_are_refused(bench, outputs, word):
    consumer, arn = waiting(bench, f"wrong-{word}", {"count": "Integer"})
    token = consumer.receive()["token"]
    parameters = [{"Name": name, "Value": value} for name, value in outputs.items()]
    code, message = refused(
        bench.client.send_pipeline_execution_step_success, CallbackToken=token, OutputParameters=parameters
    )

    assert code == "ValidationException"
    assert word in message
    consumer.succeed(token, count="1")
    assert bench.finish(arn) == "Succeeded"


def test_token_is_answered_once_by_one_request_that_may_be_repeated(bench):
    consumer, arn = waiting(bench, "spent")
    token = consumer.receive()["token"]
    again = {"CallbackToken": token, "ClientRequestToken": "x" * 32}
    bench.client.send_pipeline_execution_step_success(**again)
    assert bench.finish(arn) == "Succeeded"

    bench.client.send_pipeline_execution_step_success(**again)
    for send in (
        bench.client.send_pipeline_execution_step_success,
        bench.client.send_pipeline_execution_step_failure,
    ):
        assert refused(send, CallbackToken=token)[0] == "ConflictException"
        assert refused(send, CallbackToken="0123456789")[0] == "ResourceNotFound"


def test_stop_sends_another_message_and_waits_for_the_token(bench):
    consumer, arn = waiting(bench, "stopped", {}, processing("After", DependsOn=["Ask"]))
    token = consumer.receive()["token"]
    bench.client.stop_pipeline_execution(PipelineExecutionArn=arn)
    message = consumer.receive()

    assert (message["token"], message["status"]) == (token, "Stopping")
    assert message["arguments"] == {"n": 5, "text": "a"}
    assert (bench.status(arn), bench.steps(arn)["Ask"]["StepStatus"]) == ("Stopping", "Stopping")
    consumer.succeed(token)
    assert bench.finish(arn) == "Stopped"
    assert list(bench.steps(arn)) == ["Ask"]
    assert consumer.is_empty()


def test_retried_execution_has_another_token(bench):
    consumer, arn = waiting(bench, "retried")
    first = consumer.receive()["token"]
    consumer.fail(first, "not yet")
    assert bench.finish(arn) == "Failed"
    bench.client.retry_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="x" * 32)
    second = consumer.receive()["token"]

    assert second != first
    consumer.succeed(second)
    assert bench.finish(arn) == "Succeeded"


def test_queue_that_does_not_exist_fails_the_step(bench):
    bench.create("nowhere", definition(callback("Ask", AWS_URL.format("nowhere"), {})))
    arn = bench.start("nowhere")

    assert bench.finish(arn) == "Failed"
    assert bench.steps(arn)["Ask"]["FailureReason"].startswith("ClientError: Failed to invoke sqs:SendMessage.")


@pytest.mark.parametrize(
    ("step", "word"),
    [
        (callback("Ask", "queue", {}), "SqsQueueUrl"),
        (callback("Ask", AWS_URL.format("q"), {"n": "Number"}), "a type of String, Integer"),
        ({**callback("Ask", AWS_URL.format("q"), {}), "RetryPolicies": []}, "RetryPolicies"),
    ],
)
def test_definition_that_sagemaker_would_refuse_is_refused(bench, step, word):
    code, message = refused(
        bench.client.create_pipeline,
        PipelineName="refused",
        PipelineDefinition=definition(step),
        RoleArn=ROLE,
        ClientRequestToken="x" * 32,
    )

    assert code == "ValidationException"
    assert word in message


@pytest.mark.parametrize("stops", [False, True])
@pytest.mark.parametrize("kill", [False, True], ids=["ended", "killed"])
def test_wait_outlasts_the_server(tmp_path: Path, kill: bool, stops: bool):
    with killable(tmp_path) if kill else running(tmp_path, BUILDERS) as server:
        bench = Bench(server)
        consumer, arn = waiting(bench, "long", {"word": "String"})
        token = consumer.receive()["token"]
        if stops:
            bench.client.stop_pipeline_execution(PipelineExecutionArn=arn)
            assert consumer.receive()["status"] == "Stopping"

    with running(tmp_path, BUILDERS) as server:
        bench, consumer = Bench(server), Consumer(server, "long")
        assert bench.status(arn) == ("Stopping" if stops else "Executing")
        assert consumer.is_empty()
        assert consumer.succeed(token, word="late") == arn
        assert bench.finish(arn) == ("Stopped" if stops else "Succeeded")
        assert bench.steps(arn)["Ask"]["Metadata"]["Callback"]["CallbackToken"] == token


def test_wait_for_somebody_after_a_failure_outlasts_the_server(tmp_path: Path):
    failed = [{"Step": "Breaks", "Trigger": "Failed"}]
    with running(tmp_path, BUILDERS) as server:
        bench, consumer = Bench(server), Consumer(server, "later")
        ask = callback("Ask", consumer.url, {}, DependsOn=failed)
        bench.create("later", definition(processing("Breaks", "raise SystemExit(1)"), ask))
        arn = bench.start("later")
        token = consumer.receive()["token"]
    with running(tmp_path, BUILDERS) as server:
        bench = Bench(server)
        Consumer(server, "later").succeed(token)
        assert bench.finish(arn) == "CompletedWithFailures"
        assert [step["StepStatus"] for step in bench.steps(arn).values()] == ["Failed", "Succeeded"]
