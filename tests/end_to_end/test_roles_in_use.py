"""What each role did in a run of the demo: its policies allow every call, and the table of calls lists it.

local_aws lets everybody do everything, but logs who did what: in AWS these are the calls that the policies of
infrastructure/*.yaml, and the boundary, decide upon. The build's role is in test_build.py.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.clients import with_keys
from tests.end_to_end.conftest import Demo
from tests.infrastructure import call_table
from tests.infrastructure.demand import Place
from tests.infrastructure.dependent_actions import contradictions
from tests.infrastructure.simulated import Lines, calls_of_roles, demanded, logged, refused, with_work_groups

ROLE = "arn:aws:iam::123456789012:role/playgrounds-"
ROLES = ("analyst", "card", "cloudformation", "deployment", "events", "glue", "jobs", "lambda", "model", "sagemaker")


@pytest.fixture(scope="module")
def lines(demo: Demo) -> Lines:
    """The calls of the demo, of an analyst's questions and of a person who looks at the status."""
    of_the_start = len(logged(demo.data_dir))  # with those of the test that waits for the copy's endpoint
    keys = demo.client("sts").assume_role(RoleArn=f"{ROLE}analyst", RoleSessionName="test")["Credentials"]
    environment = os.environ | with_keys(demo.environment, keys)
    for question in ((), ("SELECT count(*) FROM playgrounds_income",)):
        asked = subprocess.run(
            [sys.executable, "-m", "console.main", "query", *question],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert asked.returncode == 0, asked.stdout + asked.stderr
    demo.run("status")
    return [*logged(demo.ran_in), *logged(demo.data_dir)[of_the_start:]]


@pytest.fixture(scope="module")
def calls(lines: Lines) -> dict[str, Lines]:
    """The calls of every role."""
    return calls_of_roles(lines)


@pytest.mark.parametrize("name", ROLES)
def test_a_roles_policies_allow_what_it_did(demo: Demo, calls: dict[str, Lines], name: str) -> None:
    own = calls.get(f"{ROLE}{name}", [])
    assert own, "no call of this role is in the log: nothing is proved"
    asked = demanded(with_work_groups(own, demo.client("athena")), Place())
    denied = refused(demo.client("iam"), f"{ROLE}{name}", asked)
    assert not denied, "\n".join(denied)


def test_the_actions_of_each_call_are_those_of_the_reference(lines: Lines) -> None:
    assert contradictions(lines, Place()) == []


def test_the_table_of_calls_has_each_call_with_its_permissions(lines: Lines) -> None:
    recorded = call_table.recorded_calls(lines)
    made = {key: call.permission for key, call in recorded.items()}
    assert made == {(row.caller, row.call): row.permission for row in call_table.rows()}


def test_no_other_role_of_the_stack_was_used(calls: dict[str, Lines]) -> None:
    assert {role for role in calls if role.startswith(ROLE)} == {f"{ROLE}{name}" for name in ROLES}


def test_another_roles_calls_are_refused(demo: Demo, calls: dict[str, Lines]) -> None:
    """The simulation tells roles apart: it is no formality."""
    asked = demanded(calls[f"{ROLE}sagemaker"], Place())
    assert refused(demo.client("iam"), f"{ROLE}glue", asked)
