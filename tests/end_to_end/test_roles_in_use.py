"""What each role did in a run of the demo, asked again of its policies: every call is allowed.

local_aws lets everybody do everything, but logs who did what: in AWS these are the calls that the policies of
infrastructure/*.yaml, and the boundary, decide upon. The build's role is in test_build.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.clients import with_keys
from tests.end_to_end.conftest import Demo
from tests.infrastructure.demand import Place
from tests.infrastructure.dependent_actions import contradictions
from tests.infrastructure.simulated import Lines, calls_of_roles, demanded, refused, with_work_groups

ROLE = "arn:aws:iam::123456789012:role/playgrounds-"
ROLES = ("analyst", "cloudformation", "deployment", "events", "glue", "jobs", "lambda", "model", "sagemaker")


@pytest.fixture(scope="module")
def calls(demo: Demo) -> dict[str, Lines]:
    """The calls of every role, an analyst's questions among them."""
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
    analyst = f"{ROLE}analyst"
    return {**demo.calls, analyst: calls_of_roles(demo.data_dir)[analyst]}


@pytest.mark.parametrize("name", ROLES)
def test_a_roles_policies_allow_what_it_did(demo: Demo, calls: dict[str, Lines], name: str) -> None:
    lines = calls.get(f"{ROLE}{name}", [])
    assert lines, "no call of this role is in the log: nothing is proved"
    asked = demanded(with_work_groups(lines, demo.client("athena")), Place())
    denied = refused(demo.client("iam"), f"{ROLE}{name}", asked)
    assert not denied, "\n".join(denied)


def test_the_actions_of_each_call_are_those_of_the_reference(demo: Demo) -> None:
    lines = [json.loads(line) for path in demo.data_dir.glob("calls*.jsonl") for line in path.read_text().splitlines()]
    assert contradictions(lines, Place()) == []


def test_no_other_role_of_the_stack_was_used(calls: dict[str, Lines]) -> None:
    assert {role for role in calls if role.startswith(ROLE)} == {f"{ROLE}{name}" for name in ROLES}


def test_another_roles_calls_are_refused(demo: Demo, calls: dict[str, Lines]) -> None:
    """The simulation tells roles apart: it is no formality."""
    asked = demanded(calls[f"{ROLE}sagemaker"], Place())
    assert refused(demo.client("iam"), f"{ROLE}glue", asked)
