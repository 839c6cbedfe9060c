"""Quotas of SageMaker's instances are found by the names that they have on AWS, and are what the server is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.kernel.errors import AwsError, StartError
from local_aws.services import service_quotas
from local_aws.services.service_quotas.quotas import PROCESSING, VARIABLE, Quotas
from tests.conftest import running

NAME = "ml.m5.large for processing job usage"


@pytest.fixture
def client(tmp_path):
    with running(tmp_path, (service_quotas.build,)) as server:
        yield server.client("service-quotas")


def listed(client: Any, operation: str) -> dict[str, Any]:
    pages = client.get_paginator(operation).paginate(ServiceCode="sagemaker")
    return {quota["QuotaName"]: quota for page in pages for quota in page["Quotas"]}


def test_every_use_of_an_instance_type_has_a_quota(client) -> None:
    quotas = listed(client, "list_service_quotas")
    for use in ("processing job", "training job", "transform job", "endpoint"):
        quota = quotas[f"ml.m5.large for {use} usage"]
        assert quota["Value"] == 1000
        asked = {"ServiceCode": "sagemaker", "QuotaCode": quota["QuotaCode"]}
        assert client.get_service_quota(**asked)["Quota"] == quota
        assert client.list_service_quotas(**asked)["Quotas"] == [quota]
    assert len({quota["QuotaCode"] for quota in quotas.values()}) == len(quotas)


def test_other_quotas_are_not_known(client) -> None:
    with pytest.raises(ClientError, match="NoSuchResource"):
        client.list_service_quotas(ServiceCode="ec2")
    with pytest.raises(ClientError, match="L-0"):
        client.get_service_quota(ServiceCode="sagemaker", QuotaCode="L-0")


def test_quotas_of_the_environment_are_applied_values_and_defaults_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, f"{NAME}=0")
    with running(tmp_path, (service_quotas.build,)) as server:
        client = server.client("service-quotas")
        applied, defaults = (
            listed(client, name) for name in ("list_service_quotas", "list_aws_default_service_quotas")
        )

        assert (applied[NAME]["Value"], defaults[NAME]["Value"]) == (0, 1000)
        assert {name: quota["Value"] for name, quota in applied.items() if quota["Value"] != 1000} == {NAME: 0}
        code = {"ServiceCode": "sagemaker", "QuotaCode": applied[NAME]["QuotaCode"]}
        assert client.get_service_quota(**code)["Quota"]["Value"] == 0
        assert client.get_aws_default_service_quota(**code)["Quota"]["Value"] == 1000


def test_last_pattern_that_fits_decides() -> None:
    quotas = Quotas.of_environment({VARIABLE: "*=0, ml.m5.* for processing job usage=3,ml.m5.large for * usage=2"})

    assert quotas.value(NAME) == 2
    assert quotas.value("ml.m5.xlarge for processing job usage") == 3
    assert quotas.value("ml.m5.xlarge for endpoint usage") == 0
    assert Quotas.of_environment({}).value(NAME) == 1000


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (NAME, "must be NAME=NUMBER entries"),
        (f"{NAME}=-1", "must be NAME=NUMBER entries"),
        ("ml.m5.large=0", "no quota is called 'ml.m5.large'; they are called like 'ml.m5.large for processing"),
    ],
)
def test_entry_that_is_not_understood_keeps_the_server_from_starting(text: str, reason: str) -> None:
    with pytest.raises(StartError, match=reason):
        Quotas.of_environment({VARIABLE: text})


def test_instances_beyond_a_quota_are_refused_in_sagemakers_words() -> None:
    quotas = Quotas({NAME: 2})
    quotas.require(PROCESSING, "ml.m5.large", 1, lambda: 1)
    quotas.require(PROCESSING, "ml.m5.large", 0, lambda: 3)
    quotas.require(PROCESSING, None, 1, lambda: 2)

    with pytest.raises(AwsError) as caught:
        quotas.require(PROCESSING, "ml.m5.large", 1, lambda: 2)
    assert caught.value.code == "ResourceLimitExceeded"
    assert caught.value.message.startswith(
        f"The account-level service limit '{NAME}' is 2 Instances, with current utilization of 2 Instances and a "
        "request delta of 1 Instances. Please use AWS Service Quotas to request an increase for this quota."
    )
