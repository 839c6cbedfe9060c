"""When predicates hold."""

from __future__ import annotations

import pytest

from local_aws.services.glue.workflows.predicates import is_met
from tests.services.glue.workflows.conftest import crawl_ended, job_ended

CONDITIONS = [job_ended("a"), crawl_ended("b", "FAILED")]


@pytest.mark.parametrize(
    ("ends", "all_hold", "any_holds"),
    [
        ({}, False, False),
        ({("JOB", "a"): "SUCCEEDED"}, False, True),
        ({("CRAWLER", "a"): "SUCCEEDED", ("JOB", "b"): "FAILED"}, False, False),
        ({("JOB", "a"): "SUCCEEDED", ("CRAWLER", "b"): "SUCCEEDED"}, False, True),
        ({("JOB", "a"): "SUCCEEDED", ("CRAWLER", "b"): "FAILED"}, True, True),
    ],
)
def test_and_wants_every_condition_and_any_one_of_them(
    ends: dict[tuple[str, str], str], all_hold: bool, any_holds: bool
) -> None:
    assert is_met({"Logical": "AND", "Conditions": CONDITIONS}, ends) is all_hold
    assert is_met({"Logical": "ANY", "Conditions": CONDITIONS}, ends) is any_holds
    assert is_met({"Conditions": CONDITIONS[:1]}, ends) is (ends.get(("JOB", "a")) == "SUCCEEDED")
