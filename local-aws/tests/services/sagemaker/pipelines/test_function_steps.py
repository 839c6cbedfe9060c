"""``@step`` functions: a definition that the SageMaker SDK makes of Python functions runs them."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from tests.services.sagemaker.pipelines.conftest import Bench
from tests.services.sagemaker.pipelines.definitions import BUCKET, ROLE

_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"


def _definition() -> str:
    """Return the definition of a pipeline that adds its parameter to 4, and fails unless the sum is 7."""
    from sagemaker.core.workflow.conditions import ConditionEquals
    from sagemaker.core.workflow.parameters import ParameterInteger
    from sagemaker.core.workflow.pipeline_context import PipelineSession
    from sagemaker.mlops.workflow.condition_step import ConditionStep
    from sagemaker.mlops.workflow.fail_step import FailStep
    from sagemaker.mlops.workflow.function_step import step
    from sagemaker.mlops.workflow.pipeline import Pipeline

    # Pickled by value, for it is defined in a function: the job has no module of these tests.
    def add(first: int, second: int) -> dict[str, int]:
        print("adding", first, second)
        return {"sum": first + second}

    number = ParameterInteger("Number", 3)
    decorate = step(name="add", instance_type="ml.m5.large", role=ROLE, image_uri=_IMAGE)
    result: Any = decorate(add)(number, 4)
    wrong = ConditionStep(
        name="check",
        conditions=[ConditionEquals(left=result["sum"], right=7)],
        if_steps=[],
        else_steps=[FailStep(name="wrong", error_message="the sum is not 7")],
    )
    session = PipelineSession(boto_session=boto3.Session(), default_bucket=BUCKET)
    pipeline = Pipeline("functions", parameters=[number], steps=[wrong], sagemaker_session=session)
    return str(pipeline.definition())


def test_function_of_the_sdk_is_run_and_its_result_decides(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in bench.server.context.settings.client_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    # It makes a client when it is imported.
    pytest.importorskip("sagemaker.mlops", reason="the SageMaker SDK 3 is not installed")

    status, steps = bench.run("functions", _definition())

    assert status == "Succeeded", steps
    assert steps["check"]["Metadata"]["Condition"]["Outcome"] == "True"
    name = steps["add"]["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
    job = bench.client.describe_training_job(TrainingJobName=name)
    results = json.loads(bench.read(f"{job['OutputDataConfig']['S3OutputPath']}/results.json"))
    assert results["Result"] == {"sum": 7}
