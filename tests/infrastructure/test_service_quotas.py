"""Which instance type a table of quotas allows, and what is said when it allows none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from infrastructure.service_quotas import Demand, Quota, sagemaker_quotas

LARGE, XLARGE, T3 = (f"{name} for training job usage" for name in ("ml.m5.large", "ml.m5.xlarge", "ml.t3.large"))
TRAINING = Demand("training job", ("ml.m5.large", "ml.m5.xlarge", "ml.t3.large"), count=1, at_once=2)


def table(**values: int) -> dict[str, Quota]:
    names = {"large": LARGE, "xlarge": XLARGE, "t3": T3}
    return {names[key]: Quota(names[key], f"L-{key}", value) for key, value in values.items()}


@pytest.mark.parametrize(
    ("quotas", "allowed"),
    [
        (table(large=2, xlarge=2), "ml.m5.large"),
        (table(large=0, xlarge=1, t3=8), "ml.m5.xlarge"),
        (table(xlarge=0, t3=8), "ml.t3.large"),
        (table(large=0, xlarge=0, t3=0), None),
        ({}, "ml.m5.large"),
    ],
)
def test_first_type_with_a_sufficient_quota_is_taken(quotas: Mapping[str, Quota], allowed: str | None) -> None:
    assert TRAINING.allowed(quotas) == allowed


def test_count_of_instances_must_be_allowed() -> None:
    fleet = Demand("training job", TRAINING.types, count=2, at_once=4)

    assert fleet.allowed(table(large=1, xlarge=2)) == "ml.m5.xlarge"
    assert fleet.request(table(large=1), "us-east-1").endswith("--desired-value 4 --region us-east-1")


def test_shortage_names_each_quota_and_the_request_its_code() -> None:
    quotas = table(large=0, t3=0)

    assert TRAINING.shortage(quotas) == f"'{LARGE}' is 0, '{T3}' is 0, and 1 is needed"
    assert TRAINING.request(quotas, "eu-west-1") == (
        "aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code L-large "
        "--desired-value 2 --region eu-west-1"
    )


def test_type_without_a_quota_is_refused_when_it_is_the_only_one() -> None:
    typo = Demand("training job", ("ml.m5.larg",), count=1, at_once=1)

    assert typo.allowed(table(large=2)) is None
    assert typo.shortage({}) == "SageMaker has no quota 'ml.m5.larg for training job usage': check the type"
    assert typo.request({}, "us-east-1") == ""


class ServiceQuotas:
    """Service Quotas with two tables, a quota per page."""

    def __init__(self, applied: Mapping[str, float], defaults: Mapping[str, float]) -> None:
        self._tables = {"list_service_quotas": applied, "list_aws_default_service_quotas": defaults}
        self.asked: list[str] = []

    def get_paginator(self, operation: str) -> Any:
        self.asked.append(operation)
        rows = self._tables[operation]

        class Paginator:
            def paginate(self, **_request: Any) -> Iterator[dict[str, Any]]:
                for name, value in rows.items():
                    yield {"Quotas": [{"QuotaName": name, "QuotaCode": f"L-{len(name)}", "Value": value}]}

        return Paginator()


def test_applied_quota_beats_the_default_which_stands_in_for_a_missing_one() -> None:
    client = ServiceQuotas({LARGE: 0.0, "other": 1.0}, {LARGE: 4.0, T3: 20.0, "another": 1.0})

    quotas = sagemaker_quotas(client, [TRAINING])

    assert {name: quota.value for name, quota in quotas.items()} == {LARGE: 0, T3: 20}


def test_defaults_are_not_asked_for_when_every_quota_is_applied() -> None:
    client = ServiceQuotas({LARGE: 1.0, XLARGE: 1.0, T3: 1.0}, {})

    sagemaker_quotas(client, [TRAINING])

    assert client.asked == ["list_service_quotas"]
