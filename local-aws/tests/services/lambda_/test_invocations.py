"""Invocations: what a handler gets and gives, how it fails, and what is in its log."""

from __future__ import annotations

import base64
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from local_aws.services.lambda_.sandbox import KEPT_FOLDERS
from tests.services.lambda_.conftest import ROLE, Bench

CONTEXT = """
import os
def handler(event, context):
    return {
        "event": event,
        "arn": context.invoked_function_arn,
        "name": context.function_name,
        "memory": context.memory_limit_in_mb,
        "left": context.get_remaining_time_in_millis(),
        "same_id": context.aws_request_id,
        "group": context.log_group_name,
        "environment": dict(os.environ),
        "folder": os.getcwd(),
    }
"""
FAILING = """
import os, sys, time
def handler(event, context):
    if event == "raise":
        raise LookupError("no such playground")
    if event == "exit":
        os._exit(3)
    if event == "sleep":
        time.sleep(30)
    return {1, 2}
"""


def test_handler_receives_event_context_and_environment(bench: Bench):
    arn = bench.create("context", CONTEXT, Timeout=20, Environment={"Variables": {"MINE": "1"}})["FunctionArn"]
    answer, given = bench.invoke("context", {"a": [1, "ü"]})
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer
    assert (given["event"], given["arn"], given["name"]) == ({"a": [1, "ü"]}, arn, "context")
    assert (given["memory"], given["group"]) == ("128", "/aws/lambda/context")
    assert 15_000 < given["left"] <= 20_000
    environment = given["environment"]
    assert environment["MINE"] == "1"
    assert environment["_HANDLER"] == "app.handler"
    assert environment["LAMBDA_TASK_ROOT"] == given["folder"]
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "context"
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "128"
    assert environment["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/context"
    assert environment["AWS_ENDPOINT_URL"] == bench.server.url
    session = bench.server.context.credentials.session_of(environment["AWS_ACCESS_KEY_ID"])
    assert (session.role_arn, session.name) == (ROLE, "context")


def test_handler_can_call_the_local_services(bench: Bench):
    source = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    boto3.client('s3').create_bucket(Bucket='made-by-lambda')\n"
        "    return [b['Name'] for b in boto3.client('s3').list_buckets()['Buckets']]"
    )
    bench.create("calling", source, Timeout=20)
    assert "made-by-lambda" in bench.invoke("calling")[1]


def test_no_payload_is_an_empty_object(bench: Bench):
    bench.create("empty", "def handler(event, context):\n    return event")
    answer = bench.client.invoke(FunctionName="empty")
    assert answer["Payload"].read() == b"{}"


def test_log_has_the_output_between_start_and_report(bench: Bench):
    source = (
        "import logging\n"
        "logging.getLogger().setLevel(logging.INFO)\n"
        "def handler(event, context):\n"
        "    print('printed')\n"
        "    logging.info('logged')\n"
        "    return context.aws_request_id"
    )
    bench.create("logging", source)
    answer, request_id = bench.invoke("logging", LogType="Tail")
    lines = base64.b64decode(answer["LogResult"]).decode().splitlines()
    assert lines == bench.log("logging")
    assert lines[0] == f"START RequestId: {request_id} Version: $LATEST"
    assert lines[1] == "printed"
    assert lines[2].startswith("[INFO]\t")
    assert lines[2].endswith(f"Z\t{request_id}\tlogged")
    assert lines[3] == f"END RequestId: {request_id}"
    assert lines[4].startswith(f"REPORT RequestId: {request_id}\tDuration: ")
    assert "Memory Size: 128 MB" in lines[4]
    jobs = bench.server.context.settings.data_dir / "jobs" / "lambda" / "logging" / request_id
    assert [path.name for path in jobs.iterdir()] == ["log.txt"]


def test_older_runtime_is_run_and_its_log_says_by_what(bench: Bench):
    bench.create("older", "def handler(event, context): return event", Runtime="python3.8")

    assert bench.invoke("older", {"a": 1})[1] == {"a": 1}
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert any(line.endswith(f"Python {version} stands for the runtime python3.8") for line in bench.log("older"))


def test_exception_is_returned_as_the_answer(bench: Bench):
    bench.create("raising", FAILING)
    answer, error = bench.invoke("raising", "raise")
    assert answer["FunctionError"] == "Unhandled"
    assert (error["errorType"], error["errorMessage"]) == ("LookupError", "no such playground")
    [frame] = error["stackTrace"]
    assert "in handler" in frame
    assert "[ERROR] LookupError: no such playground" in bench.log("raising")


def test_slow_function_is_ended(bench: Bench):
    bench.create("slow", FAILING, Timeout=1)
    answer, error = bench.invoke("slow", "sleep")
    assert answer["FunctionError"] == "Unhandled"
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    assert bench.log("slow")[-1].endswith("Status: timeout")


def test_function_that_exits_or_does_not_answer_json_fails(bench: Bench):
    bench.create("exiting", FAILING)
    error = bench.invoke("exiting", "exit")[1]
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith("Error: Runtime exited with error: exit status 3")
    assert bench.invoke("exiting", "set")[1]["errorType"] == "Runtime.MarshalError"


@pytest.mark.parametrize(
    ("handler", "source", "error_type"),
    [
        ("app.other", "def handler(event, context): pass", "Runtime.HandlerNotFound"),
        ("none.handler", "", "Runtime.ImportModuleError"),
        ("app", "", "Runtime.MalformedHandlerName"),
        ("app.handler", "def handler(", "Runtime.UserCodeSyntaxError"),
        ("app.handler", "raise KeyError('setting')", "KeyError"),
    ],
)
def test_missing_handler_is_an_error(bench: Bench, handler: str, source: str, error_type: str):
    name = f"broken-{error_type.rpartition('.')[2]}"
    bench.create(name, source, Handler=handler)
    answer, error = bench.invoke(name)
    assert (answer["FunctionError"], error["errorType"]) == ("Unhandled", error_type)


def test_dry_run_does_not_run_the_function(bench: Bench):
    bench.create("dry", "raise SystemError")
    answer, payload = bench.invoke("dry", InvocationType="DryRun")
    assert (answer["StatusCode"], payload) == (204, None)


def test_payloads_have_limits_and_are_json(bench: Bench):
    bench.create("limited", "def handler(event, context):\n    return 'x' * event")
    for kind, size in (("RequestResponse", 6_291_456), ("Event", 1_048_576)):
        with pytest.raises(ClientError) as caught:
            bench.client.invoke(FunctionName="limited", InvocationType=kind, Payload=b'"' + b"x" * size + b'"')
        assert caught.value.response["Error"]["Code"] == "RequestTooLargeException"
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    with pytest.raises(ClientError) as caught:
        bench.client.invoke(FunctionName="limited", Payload=b"{")
    assert caught.value.response["Error"]["Code"] == "InvalidRequestContentException"
    assert bench.invoke("limited", 6_291_555)[1]["errorType"] == "Function.ResponseSizeTooLarge"


def test_reserved_concurrency_limits_parallel_invocations(bench: Bench):
    bench.create("reserved", "import time\ndef handler(event, context):\n    time.sleep(event)", Timeout=20)
    assert "ReservedConcurrentExecutions" not in bench.client.get_function_concurrency(FunctionName="reserved")
    bench.client.put_function_concurrency(FunctionName="reserved", ReservedConcurrentExecutions=1)
    assert bench.client.get_function_concurrency(FunctionName="reserved")["ReservedConcurrentExecutions"] == 1
    assert bench.client.get_function(FunctionName="reserved")["Concurrency"] == {"ReservedConcurrentExecutions": 1}
    together = threading.Barrier(3)

    def invoke(_: int) -> str:
        together.wait(60)
        try:
            bench.client.invoke(FunctionName="reserved", Payload=b"1")
        except ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 429
            return error.response["Error"]["Code"]
        return "ran"

    with ThreadPoolExecutor(3) as pool:
        outcomes = sorted(pool.map(invoke, range(3)))
    assert outcomes == ["TooManyRequestsException", "TooManyRequestsException", "ran"]
    assert bench.invoke("reserved", 0)[0]["StatusCode"] == 200
    bench.client.delete_function_concurrency(FunctionName="reserved")
    assert "Concurrency" not in bench.client.get_function(FunctionName="reserved")


def test_old_invocation_folders_are_removed(bench: Bench):
    bench.create("often", "def handler(event, context):\n    return event")
    folder = bench.server.context.jobs.folder("lambda", "often")
    for number in range(KEPT_FOLDERS + 20):
        (folder / str(number)).mkdir()
        ended = time.time() - 86_400 + number
        os.utime(folder / str(number), (ended, ended))
    assert bench.invoke("often", "hello")[1] == "hello"
    left = {path.name for path in folder.iterdir()}
    assert len(left) == KEPT_FOLDERS
    assert {str(KEPT_FOLDERS + 19), "21"} <= left
    assert "20" not in left


def test_function_that_takes_more_than_its_memory_is_killed(bench: Bench):
    """512 MB are always allowed: the interpreter with pandas must have room."""
    source = (
        "import time\ndef handler(event, context):\n"
        "    x = bytearray(event * 10**6)\n    time.sleep(3)\n    return len(x)"
    )
    bench.create("hungry", source, MemorySize=128, Timeout=20)

    answer, payload = bench.invoke("hungry", 650)

    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorType"] == "Runtime.OutOfMemory"
    assert "Error: Runtime exited with error: signal: killed (OutOfMemory: the job's" in payload["errorMessage"]
    assert "its limit is 512 MB" in payload["errorMessage"]
    assert "Error Type: Runtime.OutOfMemory" in bench.log("hungry")[-1]
    bench.server.client("lambda").update_function_configuration(FunctionName="hungry", MemorySize=1024)
    assert bench.invoke("hungry", 650)[1] == 650 * 10**6


@pytest.mark.parametrize("written", ["nonsense", "[]", '{"status": "finished"}', "[" * 50_000])
def test_forged_result_is_an_error_of_the_function(bench: Bench, written: str):
    source = f"""
import os, pathlib, sys
def handler(event, context):
    pathlib.Path(sys.argv[2]).write_text({written!r})
    os._exit(0)
"""
    name = f"forger-{len(written)}"
    bench.create(name, source)
    answer, error = bench.invoke(name)
    assert answer["FunctionError"] == "Unhandled"
    assert error["errorType"] == "Runtime.ExitError"


def test_log_tail_has_the_end_of_the_output(bench: Bench):
    bench.create("talker", "def handler(event, context): print('x' * 2_000_000); print('the end')")
    answer, _ = bench.invoke("talker", LogType="Tail")
    tail = base64.b64decode(answer["LogResult"])
    assert len(tail) == 4096
    assert b"the end\n" in tail


FORGETFUL = """
import boto3

def handler(event, context):
    print("before")
    boto3.client("logs").delete_log_group(logGroupName=context.log_group_name)
    print("after")
"""


def test_deleted_log_group_does_not_come_back_with_the_last_lines(bench: Bench) -> None:
    bench.create("forgotten", FORGETFUL)

    answer, _ = bench.invoke("forgotten")

    assert "FunctionError" not in answer
    assert bench.logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/forgotten")["logGroups"] == []
