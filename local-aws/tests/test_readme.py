"""The examples of the README and of the page for a user's own pipeline, word for word."""

from __future__ import annotations

import ast
import json
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


def blocks(page: str) -> list[str]:
    """Return the Python code of a page."""
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


BLOCKS = blocks("README.md")
PREPARE, HERE, TEST = blocks("docs/run-your-pipeline.md")

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


def test_script_that_asks_for_its_role_runs_as_the_page_says(local_aws: Any, tmp_path: Path) -> None:
    pytest.importorskip("sagemaker.core")
    script = (
        "import sys\nfrom sagemaker.core.helper.session_helper import Session, get_execution_role\n"
        "print(get_execution_role(), Session().default_bucket(), *sys.argv[1:])\n"
    )
    files = {"prepare.py": PREPARE, "here.py": HERE, "pipeline.py": script, "abalone.csv": "M,0.4\n"}
    for name, content in files.items():
        (tmp_path / name).write_text(content)

    def run(*command: str) -> str:
        environment = {**os.environ, **local_aws.environment}
        done = subprocess.run(
            [sys.executable, *command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("prepare.py")
    role, bucket, argument = run("here.py", "pipeline.py", "argument").split()
    assert role == "arn:aws:iam::123456789012:role/sagemaker"
    assert local_aws.client("s3").list_objects_v2(Bucket=bucket)["Contents"][0]["Key"] == "abalone/abalone.csv"
    assert argument == "argument"


def test_fixture_of_the_page_passes(pytester: pytest.Pytester) -> None:
    step = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "no data"}}
    definition = json.dumps({"Version": "2020-12-01", "Steps": [step]})
    pytester.makepyfile(
        pipeline=f"""
        import boto3
        class Pipeline:
            def upsert(self, role_arn):
                members = {{"PipelineName": "abalone", "RoleArn": role_arn}}
                boto3.client("sagemaker").create_pipeline(PipelineDefinition={definition!r}, **members)
        def get_pipeline(region, role, bucket):
            return Pipeline()
        """
    )
    pytester.makepyfile(TEST)

    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
