"""Deployments to accounts whose quotas allow some instance types, or none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import NAMES, Server
from tests.servers import running

LIKE_A_NEW_ACCOUNT = "ml.m5.large for processing job usage=0, ml.m5.large for training job usage=0"
TAKEN = {
    "ProcessingInstanceType": "ml.t3.large",
    "TrainingInstanceType": "ml.m5.xlarge",
    "TransformInstanceType": "ml.m5.large",
    "EndpointInstanceType": "ml.m5.large",
}


@contextmanager
def account(data_dir: Path, quotas: str) -> Iterator[Server]:
    """Run an account with these quotas for the time of the block."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LOCAL_AWS_QUOTAS", quotas)
        with running(data_dir) as server:
            yield Server(data_dir, server.environment)


def types(server: Server) -> dict[str, str]:
    """Return the instance types of the deployed pipeline."""
    pipeline = server.client("sagemaker").describe_pipeline(PipelineName=NAMES.pipeline)
    parameters = json.loads(pipeline["PipelineDefinition"])["Parameters"]
    return {each["Name"]: each["DefaultValue"] for each in parameters if each["Name"] in TAKEN}


def everything(server: Server) -> list[Any]:
    """List what a deployment makes first."""
    stacks = server.client("cloudformation").describe_stacks()["Stacks"]
    return [*stacks, *server.client("s3").list_buckets()["Buckets"], *server.client("iam").list_roles()["Roles"]]


def chosen(server: Server, folder: Path, *arguments: str) -> tuple[dict[str, str], str]:
    """Deploy all but the pipelines; return the jobs' types that they would have, and what was printed."""
    printed = server.run("deploy", "--no-pipelines", "--arguments-dir", str(folder), *arguments)
    return json.loads((folder / "kwargs.json").read_text())["job_instance_types"], printed


def test_second_type_is_taken_and_kept_until_its_quota_is_gone(tmp_path: Path, feeds: Path) -> None:
    data_dir, folder = tmp_path / "data", tmp_path / "arguments"
    with account(data_dir, LIKE_A_NEW_ACCOUNT) as server:
        deployed = server.run("deploy", "--source", str(feeds))
        assert "ml.t3.large, for the quota of ml.m5.large is 0" in deployed
        assert types(server) == TAKEN
    kept = {"processing": "ml.t3.large", "training": "ml.m5.xlarge", "transform": "ml.m5.large"}

    with account(data_dir, "") as server:
        again, printed = chosen(server, folder)
        assert again == kept
        assert "instances" not in printed

    with account(data_dir, "ml.t3.large for processing job usage=0") as server:
        assert "'ml.t3.large for processing job usage' is 0" in server.fail("run")
        assert server.client("glue").get_workflow_runs(Name=NAMES.workflow)["Runs"] == []
        refused = server.fail("deploy", "--training-instance-type", "ml.m5.larg")
        assert "SageMaker has no quota 'ml.m5.larg for training job usage': check the type" in refused
        moved, printed = chosen(server, folder, "--training-instance-type", "ml.c5.xlarge")
        assert moved == kept | {"processing": "ml.m5.large", "training": "ml.c5.xlarge"}
        assert "ml.m5.large, for the quota of ml.t3.large is 0" in printed


def test_nothing_is_made_when_no_type_is_allowed(tmp_path: Path, feeds: Path) -> None:
    with account(tmp_path, "* for processing job usage=0, ml.c5.large for endpoint usage=0") as server:
        before = everything(server)
        refused = server.fail("deploy", "--source", str(feeds), "--instance-type", "ml.c5.large")
        assert everything(server) == before

        quotas = server.client("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
        codes = {quota["QuotaName"]: quota["QuotaCode"] for page in quotas for quota in page["Quotas"]}
    for name in ("ml.m5.large for processing job usage", "ml.c5.large for endpoint usage"):
        assert (
            "aws service-quotas request-service-quota-increase --service-code sagemaker "
            f"--quota-code {codes[name]} --desired-value 2 --region us-east-1"
        ) in refused
    assert "Nothing has been made" in refused
    assert "'ml.m5.xlarge for endpoint usage'" not in refused
