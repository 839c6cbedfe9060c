"""The README's examples, word for word."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.waiting import wait_until

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)

pytest_plugins = ("pytester",)


def test_pipeline_of_the_readme_ends_with_a_model(local_aws: Any) -> None:
    assert len(ast.parse(BLOCKS[0]).body) == 5
    done = subprocess.run(
        [sys.executable, "-c", BLOCKS[0]],
        cwd=ROOT,
        env={**os.environ, **local_aws.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (arn,) = re.findall(r"arn:aws:sagemaker:[\w:/-]+", done.stdout)
    sagemaker = local_aws.client("sagemaker")

    def execution() -> dict[str, Any] | None:
        described = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        return None if described["PipelineExecutionStatus"] == "Executing" else described

    assert wait_until(execution)["PipelineExecutionStatus"] == "Succeeded", execution()
    models = local_aws.client("s3").list_objects_v2(Bucket="examples", Prefix="models/")["Contents"]
    assert [Path(each["Key"]).name for each in models] == ["model.tar.gz"]


def test_fixture_of_the_readme_passes(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(BLOCKS[1])

    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_environment_fixture_points_clients_at_the_server(local_aws_environment: Any) -> None:
    boto3.client("s3").create_bucket(Bucket="by-environment")

    listed = local_aws_environment.client("s3").list_buckets()["Buckets"]
    assert "by-environment" in {bucket["Name"] for bucket in listed}
