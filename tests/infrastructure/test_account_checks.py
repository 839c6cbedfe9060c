"""What the checks of an account say of answers that local_aws does not give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from infrastructure.account_checks import caller, catalog, concurrency, image, permissions
from infrastructure.findings import Finding, Subject, examine
from infrastructure.names import Names

NAMES = Names("", "123456789012", "cn-north-1")
ROOT = "arn:aws-cn:iam::123456789012:root"
IAM_ONLY = [{"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}]


def subject(**answers: Mapping[str, Any]) -> Subject:
    """Return what is checked in an account whose operations give these answers."""
    client = SimpleNamespace(**{name: lambda _answer=answer, **_: _answer for name, answer in answers.items()})
    session: Any = SimpleNamespace(client=lambda _service: client)
    return Subject(session, NAMES, lambda: (), None, ())


def levels(check: Any, **answers: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    return {finding.subject: (finding.level, finding.detail) for finding in check(subject(**answers))}


def test_root_user_is_a_warning_and_needs_no_simulation():
    found = levels(caller, get_caller_identity={"Arn": ROOT})

    assert found["credentials"][0] == "warn"
    assert found["region"] == ("warn", "cn-north-1, partition aws-cn: the feeds lie in partition aws")
    assert levels(permissions, get_caller_identity={"Arn": ROOT})["permissions"][0] == "ok"


@pytest.mark.parametrize(
    ("databases", "tables", "governed"),
    [([], [], "databases and tables"), (IAM_ONLY, [], "tables"), ([], IAM_ONLY, "databases")],
)
def test_catalog_that_lake_formation_governs_is_a_failure(databases, tables, governed):
    settings = {"CreateDatabaseDefaultPermissions": databases, "CreateTableDefaultPermissions": tables}

    found = levels(catalog, get_data_lake_settings={"DataLakeSettings": settings}, get_database={})

    assert found["Lake Formation"][0] == "fail"
    assert found["Lake Formation"][1].startswith(f"governs new {governed}, whatever")
    assert found["database default"] == ("ok", "exists")


def test_few_concurrent_functions_are_a_warning():
    found = levels(concurrency, get_account_settings={"AccountLimit": {"UnreservedConcurrentExecutions": 5}})

    assert found["Lambda concurrency"][0] == "warn"
    assert found["Lambda concurrency"][1].startswith("5 unreserved, fewer than 10: request an increase")


def test_region_without_an_image_is_a_failure():
    assert levels(image)["image"] == ("fail", "SageMaker has no XGBoost image in cn-north-1: use another region")


@pytest.mark.parametrize(
    ("error", "level", "detail"),
    [
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": "may not"}}, "GetDatabase"),
            *("warn", "request the permission"),
        ),
        (
            ClientError({"Error": {"Code": "Throttling", "Message": "slower"}}, "GetDatabase"),
            *("fail", "cannot be checked"),
        ),
        (EndpointConnectionError(endpoint_url="https://glue"), "fail", "cannot be checked"),
    ],
    ids=["denied", "refused", "not reached"],
)
def test_check_that_cannot_run_is_a_finding_and_the_next_one_runs(error, level, detail):
    def scaling_role(_subject: Subject) -> Iterator[Finding]:
        raise error
        yield

    first, second = examine(subject(), (scaling_role, image))

    assert (first.subject, first.level) == ("scaling role", level)
    assert detail in first.detail
    assert second.subject == "image"
