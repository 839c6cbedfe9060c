"""The AutoML step of pipelines, and the steps that use what it found."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.services.sagemaker.pipelines.definition import parse_definition
from local_aws.services.sagemaker.pipelines.errors import DefinitionError
from local_aws.services.sagemaker.pipelines.steps import STEP_TYPES
from tests.conftest import RunningServer
from tests.services.sagemaker.automl.examples import BUCKET, RECORDS, ROLE, configuration, get, job_request, put
from tests.services.sagemaker.pipelines import definitions
from tests.services.sagemaker.pipelines.conftest import Bench
from tests.waiting import wait_until

_CONTAINER = "Steps.Search.BestCandidate.InferenceContainers[0]"


def _search(name: str = "Search", *, candidates: Any = 1, **members: Any) -> dict[str, Any]:
    limits = configuration(candidates=candidates)
    request = job_request("", f"s3://{BUCKET}/training/", AutoMLJobConfig={**limits, **members})
    del request["AutoMLJobName"]
    return {"Name": name, "Type": "AutoML", "Arguments": request}


def _model() -> dict[str, Any]:
    variables = (
        *("MODEL_NAME", "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "SAGEMAKER_INFERENCE_SUPPORTED"),
        *("SAGEMAKER_PROGRAM", "SAGEMAKER_SUBMIT_DIRECTORY"),
    )
    environment = {name: definitions.get(f"{_CONTAINER}.Environment['{name}']") for name in variables}
    container = {
        "Image": definitions.get(f"{_CONTAINER}.Image"),
        "ModelDataUrl": definitions.get(f"{_CONTAINER}.ModelDataUrl"),
        "Environment": {**environment, "SAGEMAKER_INFERENCE_OUTPUT": "predicted_label,probability"},
    }
    return {
        "Name": "MakeModel",
        "Type": "Model",
        "Arguments": {"PrimaryContainer": container, "ExecutionRoleArn": ROLE},
    }


def _transform() -> dict[str, Any]:
    arguments = {
        "ModelName": definitions.get("Steps.MakeModel.ModelName"),
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/scored/"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/scores", "Accept": "text/csv", "AssembleWith": "Line"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    return {"Name": "Score", "Type": "Transform", "Arguments": arguments}


@pytest.fixture(scope="module")
def bench(server: RunningServer) -> Bench:
    """A bench on the server of these tests."""
    server.client("s3").create_bucket(Bucket=definitions.BUCKET)
    return Bench(server)


def test_best_candidate_scores_in_a_transform_and_is_cached(server: RunningServer, bench: Bench) -> None:
    put(server, "scored/rows.csv", "\n".join(RECORDS))
    limit = definitions.parameter("Candidates", "Integer", 1)
    search = {
        **_search(candidates=definitions.get("Parameters.Candidates")),
        "CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"},
    }
    reports = ("ModelInsightsJsonReportPath", "ExplainabilityJsonReportPath")
    paths = [definitions.get(f"Steps.Search.BestCandidateProperties.{report}") for report in reports]
    end = definitions.fail("ShowPaths", definitions.join(*paths, on=" "), DependsOn=["Score"])
    text = definitions.definition(search, _model(), _transform(), end, parameters=(limit,))

    status, steps = bench.run("automl", text)

    assert {name: step["StepStatus"] for name, step in steps.items()} == {
        **dict.fromkeys(("Search", "MakeModel", "Score"), "Succeeded"),
        "ShowPaths": "Failed",
    }, steps
    assert status == "Failed"
    arn = steps["Search"]["Metadata"]["AutoMLJob"]["Arn"]
    name = arn.rpartition("/")[2]
    assert len(name) <= 32
    assert name.startswith("Search-")
    job = server.client("sagemaker").describe_auto_ml_job(AutoMLJobName=name)
    assert job["AutoMLJobArn"] == arn
    lines = [line.split(",") for line in get(server, f"s3://{BUCKET}/scores/rows.csv.out").decode().splitlines()]
    assert [label for label, _ in lines] == ["yes", "no", "no"]
    assert all(0.5 < float(probability) < 1 for _, probability in lines)
    for path in steps["ShowPaths"]["FailureReason"].split():
        assert get(server, path).startswith(b"{")

    again = bench.start("automl")
    bench.finish(again)

    assert bench.steps(again)["Search"]["CacheHitResult"]["SourcePipelineExecutionArn"]
    assert bench.steps(again)["Search"]["Metadata"]["AutoMLJob"]["Arn"] == arn


def test_a_failed_job_fails_its_step_and_execution(server: RunningServer, bench: Bench) -> None:
    search = _search()
    search["Arguments"]["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] = f"s3://{BUCKET}/nothing/"

    status, steps = bench.run("automl-without-data", definitions.definition(search))

    assert status == steps["Search"]["StepStatus"] == "Failed"
    assert f"no object at or below s3://{BUCKET}/nothing/" in steps["Search"]["FailureReason"]


def test_stopping_the_execution_stops_the_job(server: RunningServer, bench: Bench) -> None:
    bench.create("automl-stopped", definitions.definition(_search(candidates=100)))
    execution = bench.start("automl-stopped")
    metadata = wait_until(lambda: bench.steps(execution).get("Search", {}).get("Metadata"))

    bench.client.stop_pipeline_execution(PipelineExecutionArn=execution, ClientRequestToken="t" * 32)

    assert bench.finish(execution) == "Stopped"
    name = metadata["AutoMLJob"]["Arn"].rpartition("/")[2]
    assert bench.client.describe_auto_ml_job(AutoMLJobName=name)["AutoMLJobStatus"] == "Stopped"


@pytest.mark.parametrize("mode", ["AUTO", "HYPERPARAMETER_TUNING", None])
def test_the_step_takes_ensembling_only(mode: str | None) -> None:
    search = _search()
    if mode is None:
        del search["Arguments"]["AutoMLJobConfig"]
    else:
        search["Arguments"]["AutoMLJobConfig"]["Mode"] = mode

    with pytest.raises(DefinitionError, match="Mode ENSEMBLING only"):
        parse_definition(definitions.definition(search), STEP_TYPES)
