"""Which instance types a deployment takes, and what it prints and raises, for tables of quotas."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from console.errors import CommandError
from console.instance_choice import ENDPOINT_TYPE, JOB_TYPES, SPOT, require_allowed_types, with_allowed_types
from console.progress import Progress
from pipelines.instance_types import KINDS, TRAINING

DEPLOYED = {JOB_TYPES: {"processing": "ml.m4.xlarge", "training": "ml.m5.large", "transform": "ml.c5.xlarge"}}
PLENTY = {f"{instance_type} for {kind.use} usage": 9 for kind in KINDS for instance_type in kind.types}


def session(quotas: Mapping[str, int] | None) -> Any:
    """Return a session whose Service Quotas have a table; None refuses the caller."""

    def paginate(**_request: Any) -> Iterator[dict[str, Any]]:
        if quotas is None:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "ListServiceQuotas")
        yield {"Quotas": [{"QuotaName": n, "QuotaCode": f"L-{n[:11]}", "Value": v} for n, v in quotas.items()]}

    client = SimpleNamespace(get_paginator=lambda _operation: SimpleNamespace(paginate=paginate))
    return SimpleNamespace(client=lambda _service: client, region_name="us-east-1")


def choose(quotas: Mapping[str, int] | None, kwargs: dict[str, Any], **chosen: Any) -> tuple[dict[str, Any], str]:
    shown = io.StringIO()
    merged = {**kwargs, **chosen, JOB_TYPES: {**kwargs.get(JOB_TYPES, {}), **chosen.get(JOB_TYPES, {})}}
    return with_allowed_types(session(quotas), merged, chosen, Progress(shown)), shown.getvalue()


def test_first_types_of_the_lists_are_taken_without_a_word():
    types, shown = choose(PLENTY, {})

    assert types == {
        JOB_TYPES: {"processing": "ml.m5.large", "training": "ml.m5.large", "transform": "ml.m5.large"},
        ENDPOINT_TYPE: "ml.m5.large",
    }
    assert shown == ""


def test_deployed_types_stay_and_chosen_ones_win():
    types, shown = choose(PLENTY, DEPLOYED, **{JOB_TYPES: {"transform": "ml.m5.xlarge"}})

    assert types[JOB_TYPES] == {**DEPLOYED[JOB_TYPES], "transform": "ml.m5.xlarge"}
    assert shown == ""


def test_training_on_spot_instances_has_quotas_of_its_own():
    spot = {f"{instance_type} for spot training job usage": 0 for instance_type in TRAINING.types}
    quotas = PLENTY | spot | {"ml.c5.xlarge for spot training job usage": 1}

    types, shown = choose(quotas, {SPOT: True})

    assert types[JOB_TYPES]["training"] == "ml.c5.xlarge"
    assert "spot training job instances" in shown
    with pytest.raises(CommandError, match=r"'ml\.m5\.large for spot training job usage' is 0"):
        choose(PLENTY | spot, {SPOT: True})


def test_chosen_type_is_not_replaced_by_one_of_the_list():
    quotas = PLENTY | {"ml.c5.xlarge for transform job usage": 0}

    with pytest.raises(CommandError, match=r"'ml\.c5\.xlarge for transform job usage' is 0, and 1 is needed") as caught:
        choose(quotas, {}, **{JOB_TYPES: {"transform": "ml.c5.xlarge"}})
    assert "Nothing has been made" in caught.value.reason
    assert caught.value.log.endswith("--quota-code L-ml.c5.xlarg --desired-value 1 --region us-east-1")


def test_fleet_needs_as_many_instances_as_are_asked_for():
    quotas = PLENTY | {"ml.m5.large for endpoint usage": 2}

    types, shown = choose(quotas, {"endpoint_instance_count": 3})

    assert types[ENDPOINT_TYPE] == "ml.c5.large"
    assert "ml.c5.large, for the quota of ml.m5.large is 2" in shown


def test_serverless_endpoint_needs_no_quota():
    none = {name: 0 if "endpoint" in name else value for name, value in PLENTY.items()}

    types, _ = choose(none, {"endpoint_type": "Serverless"})

    assert ENDPOINT_TYPE not in types


def test_quotas_that_may_not_be_asked_are_a_warning_that_names_the_permission():
    types, shown = choose(None, DEPLOYED)

    assert types == DEPLOYED
    assert "who lacks servicequotas:ListServiceQuotas or servicequotas:ListAWSDefaultServiceQuotas" in shown
    require_allowed_types(session(None), DEPLOYED, "deploy again")


def test_quotas_of_other_names_are_a_warning():
    types, shown = choose({"something else": 1}, {})

    assert types[JOB_TYPES]["training"] == "ml.m5.large"
    assert shown.count("not checked: Service Quotas has no") == 4


def test_run_stops_when_a_deployed_type_is_not_allowed_any_more():
    require_allowed_types(session(PLENTY), DEPLOYED, "deploy again")
    require_allowed_types(session(None), {}, "deploy again")

    with pytest.raises(CommandError, match=r"'ml\.m4\.xlarge for processing job usage' is 0.*\. deploy again"):
        require_allowed_types(session(PLENTY | {"ml.m4.xlarge for processing job usage": 0}), DEPLOYED, "deploy again")
