"""Requests that would keep a naive server busy for hours: each is answered soon, and a signal is obeyed meanwhile."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.builders import BUILDERS
from tests.clients import client_of, exported
from tests.conftest import RunningServer, running
from tests.services.lambda_.conftest import zip_of
from tests.waiting import wait_until

_MOST_SECONDS = 5
"""Processor time of one request, with what a first one imports; the worst of them would take years."""
_PATIENCE_SECONDS = 60
"""Time on the clock, for a machine that is busy with other things."""
_TOPIC = {"T": {"Type": "AWS::SNS::Topic"}}
_TRUST = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("data"), BUILDERS) as server:
        trust = json.dumps({"Version": "2012-10-17", "Statement": [_TRUST]})
        server.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=trust)
        server.client("glue").create_database(DatabaseInput={"Name": "lake"})
        server.client("glue").create_table(DatabaseName="lake", TableInput={"Name": "a" * 200})
        yield server


def _nested(levels: int) -> str:
    return "[" * levels + "]" * levels


def _template(**sections: Any) -> str:
    return json.dumps({"Resources": _TOPIC, **sections})


def _event(detail: Any) -> str:
    members = ("id", "account", "source", "time", "region", "resources", "detail-type")
    return json.dumps({**dict.fromkeys(members, "x"), "detail": detail})


def _policy(resource: str) -> str:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _stack(server: RunningServer, parameter: dict[str, str]) -> Any:
    body = _template(Parameters={"P": parameter})
    return server.client("cloudformation").create_stack(StackName="hostile", TemplateBody=body)


def _pipeline(server: RunningServer, definition: str) -> Any:
    return server.client("sagemaker").create_pipeline(
        PipelineName="hostile",
        PipelineDefinition=definition,
        ClientRequestToken="t" * 32,
        RoleArn="arn:aws:iam::123456789012:role/worker",
    )


def _fail_step(message: Any) -> dict[str, Any]:
    return {"Name": "f", "Type": "Fail", "Arguments": {"ErrorMessage": message}}


def _crawler(server: RunningServer, exclusion: str) -> Any:
    return server.client("glue").create_crawler(
        Name="hostile",
        Role="worker",
        DatabaseName="lake",
        Targets={"S3Targets": [{"Path": "s3://lake/", "Exclusions": [exclusion]}]},
    )


_REQUESTS: dict[str, Callable[[RunningServer], Any]] = {
    "wildcard of an event pattern": lambda server: server.client("events").test_event_pattern(
        EventPattern=json.dumps({"detail": {"a": [{"wildcard": "a*" * 900 + "b"}]}}), Event=_event({"a": "a" * 50_000})
    ),
    "many values of an event pattern": lambda server: server.client("events").test_event_pattern(
        EventPattern=json.dumps({"detail": {"a": list(range(400))}}), Event=_event({"a": [7777] * 100_000})
    ),
    "brackets of an event pattern": lambda server: server.client("events").put_rule(
        Name="hostile", EventPattern='{"a":' + "[" * 2_000
    ),
    "levels of an event": lambda server: server.client("events").test_event_pattern(
        EventPattern='{"source":["x"]}', Event=_event({}).replace("{}", _nested(50_000))
    ),
    "wildcards of a policy": lambda server: server.client("iam").simulate_custom_policy(
        PolicyInputList=[_policy("arn:aws:s3:::" + "*a" * 3_000 + "b")],
        ActionNames=["s3:GetObject"],
        ResourceArns=["arn:aws:s3:::" + "a" * 2_000],
    ),
    "blanks of a policy variable": lambda server: server.client("iam").simulate_custom_policy(
        PolicyInputList=[_policy("arn:aws:s3:::${" + " " * 5_000)],
        ActionNames=["s3:GetObject"],
        ResourceArns=["arn:aws:s3:::a"],
    ),
    "levels of a policy": lambda server: server.client("iam").create_policy(
        PolicyName="hostile", PolicyDocument=_policy("R").replace('"R"', _nested(5_000))
    ),
    "groups of an exclude pattern": lambda server: _crawler(server, "{" * 500),
    "wildcards of GetTables": lambda server: server.client("glue").get_tables(
        DatabaseName="lake", Expression="*a" * 30 + "b*"
    ),
    "parentheses of GetPartitions": lambda server: server.client("glue").get_partitions(
        DatabaseName="lake", TableName="a" * 200, Expression="(" * 900 + "a=1" + ")" * 900
    ),
    "an allowed pattern": lambda server: _stack(
        server, {"Type": "String", "AllowedPattern": "(a|aa)+$", "Default": "a" * 500 + "!"}
    ),
    "an allowed pattern of a list": lambda server: _stack(
        server, {"Type": "CommaDelimitedList", "AllowedPattern": "(a|aa)+$", "Default": ",".join(["a" * 99 + "!"] * 40)}
    ),
    "a long allowed pattern": lambda server: _stack(
        server, {"Type": "String", "AllowedPattern": "(" * 20_000 + ")" * 20_000, "Default": "a"}
    ),
    "levels of a template": lambda server: server.client("cloudformation").validate_template(
        TemplateBody="Resources: " + _nested(20_000)
    ),
    "conditions that lead to conditions": lambda server: server.client("cloudformation").create_stack(
        StackName="hostile",
        TemplateBody=_template(
            Conditions={
                **{f"C{number}": {"Fn::Not": [{"Condition": f"C{number + 1}"}]} for number in range(800)},
                "C800": {"Fn::Equals": ["a", "a"]},
            },
            Outputs={"O": {"Condition": "C0", "Value": "x"}},
        ),
    ),
    "levels of a pipeline definition": lambda server: _pipeline(server, '{"Steps":' + _nested(100_000) + "}"),
    "a reference of a pipeline definition": lambda server: _pipeline(
        server, json.dumps({"Version": "2020-12-01", "Steps": [_fail_step({"Get": "Steps.f" + ".a" * 99_999})]})
    ),
    "colons of an ARN": lambda server: server.client("codeconnections").get_connection(
        ConnectionArn="arn:aws:codeconnections:" + ":" * 100_000
    ),
    "a regular expression of Athena's": lambda server: server.client("athena").list_table_metadata(
        CatalogName="AwsDataCatalog", DatabaseName="lake", Expression="(a|aa)+b"
    ),
    "levels of a queue's policy": lambda server: server.client("sqs").create_queue(
        QueueName="hostile", Attributes={"Policy": '{"Statement":' + _nested(50_000) + "}"}
    ),
}


@pytest.mark.parametrize("request_of", _REQUESTS.values(), ids=_REQUESTS)
def test_each_request_is_answered_soon_and_without_a_fault_of_ours(
    server: RunningServer, request_of: Callable[[RunningServer], Any]
) -> None:
    began = time.process_time()
    try:
        request_of(server)
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] < 500, error
        assert error.response["Error"]["Code"]
    assert time.process_time() - began < _MOST_SECONDS


def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local_aws", "--port", "0", "--data-dir", str(tmp_path / "data")]
    code = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('on')\ntime.sleep(60)\n"
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            environment = exported(process.stdout)
            trust = {**_TRUST, "Principal": {"Service": "lambda.amazonaws.com"}}
            role = client_of(environment, "iam").create_role(
                RoleName="r", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
            )
            functions = client_of(environment, "lambda")
            functions.create_function(
                FunctionName="stubborn",
                Runtime="python3.11",
                Role=role["Role"]["Arn"],
                Handler="app.handler",
                Timeout=60,
                Code={"ZipFile": zip_of({"app.py": f"def handler(event, context):\n{textwrap.indent(code, '    ')}"})},
            )
            functions.invoke(FunctionName="stubborn", InvocationType="Event")
            wait_until(lambda: any("on\n" in log.read_text() for log in tmp_path.rglob("log.txt")))
            process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            assert process.wait(_PATIENCE_SECONDS) == -signal.SIGTERM
        finally:
            process.kill()


def test_the_server_answers_and_ends_while_patterns_are_matched(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local_aws", "--port", "0", "--data-dir", str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            environment = exported(process.stdout)
            is_over = threading.Event()

            def match() -> None:
                client = client_of(environment, "cloudformation")
                parameter = {"Type": "String", "AllowedPattern": "(a|aa)+$", "Default": "a" * 500 + "!"}
                while not is_over.is_set():
                    try:
                        client.create_stack(StackName="x", TemplateBody=_template(Parameters={"P": parameter}))
                    except Exception:  # noqa: BLE001 (refused, or cut off at the end)
                        time.sleep(0.01)

            with ThreadPoolExecutor(4) as pool:
                for _ in range(4):
                    pool.submit(match)
                sts = client_of(environment, "sts")
                for _ in range(5):
                    began = time.monotonic()
                    sts.get_caller_identity()
                    assert time.monotonic() - began < _PATIENCE_SECONDS
                process.send_signal(signal.SIGTERM)
                assert process.wait(_PATIENCE_SECONDS) == 0
                is_over.set()
        finally:
            process.kill()
