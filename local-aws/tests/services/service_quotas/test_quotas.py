"""Quotas of SageMaker's instances are found by the names that they have on AWS."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from local_aws.services import service_quotas
from tests.conftest import running


@pytest.fixture
def client(tmp_path):
    with running(tmp_path, (service_quotas.build,)) as server:
        yield server.client("service-quotas")


def test_every_use_of_an_instance_type_has_a_quota(client) -> None:
    pages = client.get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
    quotas = {quota["QuotaName"]: quota for found in pages for quota in found["Quotas"]}
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
