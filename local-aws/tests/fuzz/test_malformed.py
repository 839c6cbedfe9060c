"""Requests that are not what the service's protocol asks for get errors of AWS's shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from local_aws.builders import BUILDERS
from tests.conftest import RunningServer, running
from tests.fuzz import oddities
from tests.fuzz.__main__ import documented_operations
from tests.fuzz.plan import signing_name
from tests.fuzz.run import run
from tests.fuzz.wire import RawAnswer, RawRequest, send, signed

JSON = {"Content-Type": "application/x-amz-json-1.1"}
DEEP = b'{"a":' * oddities.DEEP


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with running(tmp_path_factory.mktemp("data"), BUILDERS) as server:
        yield server


def answer(server: RunningServer, request: RawRequest) -> RawAnswer:
    return send(signed(request, server.environment, signing_name(request.service)), server.url)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'"x"',
        b"null",
        b"1",
        b"NaN",
        b"{",
        b"9" * 5000,
        b"[" * oddities.DEEP,
        DEEP,
        b"\xff",
        b"<a/>",
        b'{"Name":NaN}',
        b'{"Name":[]}',
        b'{"Name":1}',
        b'{"Name":true}',
        b'{"Name":"\\ud800"}',
        b'{"MaxResults":"1"}',
        b'{"MaxResults":1e300}',
    ],
)
@pytest.mark.parametrize(
    ("service", "target"),
    [
        ("sagemaker", "SageMaker.DescribePipeline"),
        ("glue", "AWSGlue.GetTables"),
        ("glue", "AWSGlue.GetJobs"),
        ("logs", "Logs_20140328.DescribeLogGroups"),
        ("athena", "AmazonAthena.ListWorkGroups"),
        ("events", "AWSEvents.ListRules"),
        ("sqs", "AmazonSQS.ListQueues"),
    ],
)
def test_body_that_is_not_the_operations_is_the_callers_fault(
    server: RunningServer, service: str, target: str, body: bytes
) -> None:
    got = answer(server, RawRequest(service, target, "POST", "/", {**JSON, "X-Amz-Target": target}, body))
    # A member that the operation does not have is passed over, as AWS does.
    is_of_another_operation = body.startswith((b'{"Name', b'{"Max'))
    assert (got.status, got.code) == (400, "SerializationException") or (is_of_another_operation and got.status < 500)
    assert got.seconds < 5  # what hangs takes minutes


@pytest.mark.parametrize(
    ("service", "body"),
    [
        ("sns", b"Action=CreateTopic&Version=2010-03-31&Name=a&Tags.member.x.Key=a"),
        ("sns", b"Action=CreateTopic&Version=2010-03-31&Name.1=a"),
        ("iam", b"Action=ListRoles&Version=2010-05-08&MaxItems=x"),
        ("iam", b"Action=ListRoles&Version=2010-05-08&Marker=x"),
        ("cloudformation", b"Action=CreateStack&Version=2010-05-15&StackName=a&TemplateBody=" + b"%5B" * 10_000),
        ("sts", b"Action=AssumeRole&Version=2011-06-15&DurationSeconds=" + b"9" * 5000),
    ],
)
def test_form_that_is_not_the_operations_is_the_callers_fault(server: RunningServer, service: str, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    got = answer(server, RawRequest(service, "", "POST", "/", headers, body))
    assert got.status < 500
    assert got.code or got.status == 200


@pytest.mark.parametrize("body", [each for each in oddities.BODIES if each.startswith(b"<") or b"\xff" in each])
@pytest.mark.parametrize("target", ["/malformed?tagging", "/malformed?delete", "/malformed/k?uploadId=x"])
def test_xml_that_is_none_is_the_callers_fault(server: RunningServer, target: str, body: bytes) -> None:
    method = "PUT" if "tagging" in target else "POST"
    got = answer(server, RawRequest("s3", "", method, target, {}, body))
    assert 400 <= got.status < 500
    assert got.code
    assert got.seconds < 5  # what hangs takes minutes


def test_path_that_is_no_operations_is_refused_in_the_services_shape(server: RunningServer) -> None:
    headers = {**JSON, "X-Amz-Target": "Logs_20140328.DescribeLogGroups"}
    got = answer(server, RawRequest("logs", "", "POST", "/x", headers, b"{}"))
    assert (got.status, got.code) == (404, "UnknownOperationException")


def test_some_malformed_requests_to_each_service(server: RunningServer, tmp_path: Path) -> None:
    report = run(server.environment, documented_operations(), seed=3, count=150)
    assert report.is_clean, "\n".join(report.lines())
