"""No operation of any service that we touch is answered by nobody, and the documentation lists those that are done."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.session import get_session

from local_aws.builders import BUILDERS
from local_aws.contracts.moto_operations import MOTO
from tests.requests_of import smallest

TOUCHED = (
    "application-autoscaling",
    "athena",
    "budgets",
    "cloudformation",
    "cloudwatch",
    "codebuild",
    "codeconnections",
    "ecr",
    "events",
    "glue",
    "iam",
    "kms",
    "lakeformation",
    "lambda",
    "logs",
    "s3",
    "sagemaker",
    "sagemaker-runtime",
    "service-quotas",
    "sns",
    "sqs",
    "sts",
)
DATA_PLANES = tuple(
    service
    for service in get_session().get_available_services()
    if service.startswith("sagemaker") and service not in TOUCHED
)
"""Of SageMaker; most are signed as SageMaker itself is."""
SIGNED_DIFFERENTLY = (
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "ListDirectoryBuckets",
    "WriteGetObjectResponse",
)
"""Operations that are not signed, or for a service of another name: they are refused before they are named."""
SAME_REQUEST = ("GetBucketLifecycle", "PutBucketLifecycle")
"""Deprecated operations whose requests are those of their successors, which are done."""
DOCUMENTATION = Path(__file__).parents[1] / "docs" / "local-aws.md"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    from tests.conftest import running

    with running(tmp_path_factory.mktemp("data"), BUILDERS) as server:
        yield server


def done_here(server) -> set[tuple[str, str]]:
    allowed = {(service, operation) for service, operations in MOTO.items() for operation in operations}
    return set(server.server.front.owned()) | allowed


def test_the_services_touched_are_those_that_have_an_owner(server) -> None:
    assert {service for service, _ in done_here(server)} == set(TOUCHED)


@pytest.mark.parametrize("service", TOUCHED + DATA_PLANES)
def test_every_operation_that_is_not_done_is_refused_by_name(server, service: str) -> None:
    model = get_session().get_service_model(service)
    client = server.client(service, inject_host_prefix=False)
    done = {operation for owner, operation in done_here(server) if owner == service}.union(SAME_REQUEST)
    methods = {operation: method for method, operation in client.meta.method_to_api_mapping.items()}
    refused = 0
    for operation in sorted(set(model.operation_names) - done):
        request = smallest(model.operation_model(operation).input_shape)
        with pytest.raises(ClientError) as caught:
            getattr(client, methods[operation])(**request)
        error = caught.value.response["Error"]
        if operation not in SIGNED_DIFFERENTLY:
            assert (error["Code"], f"{service}:{operation}" in error["Message"]) == ("NotImplemented", True), operation
        else:
            assert error["Code"] in ("UnknownService", "MissingAuthenticationToken", "AccessDenied"), (operation, error)
        refused += 1
    assert refused == len(set(model.operation_names) - done)


def test_every_operation_that_is_done_is_called_by_a_test(server) -> None:
    source = "\n".join(path.read_text() for path in Path(__file__).parent.rglob("test_*.py"))
    uncalled = [
        f"{service}:{operation}"
        for service, operation in sorted(done_here(server))
        if not re.search(rf"""[."']{xform_name(operation)}\b|["']{operation}["']""", source)
    ]
    assert uncalled == []


def test_the_documentation_lists_what_is_done_and_nothing_else(server) -> None:
    listed = set()
    for line in DOCUMENTATION.read_text().splitlines():
        if match := re.fullmatch(r"\| `(?P<service>[a-z0-9-]+)` \| (?P<owned>[^|]*) \| (?P<moto>[^|]*) \|", line):
            words = re.findall(r"[A-Z]\w+", f"{match['owned']} {match['moto']}")
            listed |= {(match["service"], word) for word in words}
    assert listed == done_here(server)
