"""What an AutoML job has tried is listed from all pages, ranked by its objective, and a refusal is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from lambda_functions import list_candidates
from lambda_functions.list_candidates import FILE, handler

START = datetime(2026, 11, 29, 12, tzinfo=UTC)
EVENT = {"AutoMLJobName": "AutoML-1", "Chosen": "WeightedEnsemble-L2-t3", "ResultUrl": "s3://models/run/AutoML/found"}


def candidate(name: str, value: float, kind: str = "Maximize") -> dict[str, Any]:
    return {
        "CandidateName": name,
        "FinalAutoMLJobObjectiveMetric": {"Type": kind, "MetricName": "Accuracy", "Value": value},
        "ObjectiveStatus": "Succeeded",
        "CandidateSteps": [],
        "CandidateStatus": "Completed",
        "CreationTime": START,
        "EndTime": START + timedelta(seconds=12.34),
        "LastModifiedTime": START,
        "CandidateProperties": {
            "CandidateMetrics": [
                {"MetricName": "Accuracy", "Value": value, "Set": "Validation"},
                {"StandardMetricName": "LogLoss", "Value": 0.4, "Set": "Validation"},
                {"MetricName": "Accuracy", "Value": 1.0, "Set": "Train"},
            ]
        },
    }


FAILED = {
    "CandidateName": "NeuralNet-t4",
    "ObjectiveStatus": "Failed",
    "CandidateSteps": [],
    "CandidateStatus": "Failed",
    "FailureReason": "out of memory",
    "CreationTime": START,
    "LastModifiedTime": START,
}


@pytest.fixture
def run(monkeypatch):
    """Run the function on pages of SageMaker's answers; return its output and what it has written."""
    keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
    clients = {name: boto3.client(name, **keys) for name in ("sagemaker", "s3")}
    monkeypatch.setattr(list_candidates.boto3, "client", lambda service: clients[service])

    def call(*pages: list[dict[str, Any]], error: str = "") -> tuple[str, dict[str, Any]]:
        written: dict[str, Any] = {}
        clients["s3"].meta.events.register_first(
            "before-parameter-build.s3.PutObject", lambda params, **_: written.update(params), unique_id="kept"
        )
        with Stubber(clients["sagemaker"]) as sagemaker, Stubber(clients["s3"]) as s3:
            for number, page in enumerate(pages):
                expected = {"AutoMLJobName": "AutoML-1"} | ({"NextToken": str(number)} if number else {})
                token = {"NextToken": str(number + 1)} if number + 1 < len(pages) else {}
                sagemaker.add_response("list_candidates_for_auto_ml_job", {"Candidates": page, **token}, expected)
            if error:
                sagemaker.add_client_error("list_candidates_for_auto_ml_job", "ThrottlingException", error)
            s3.add_response("put_object", {}, dict.fromkeys(("Bucket", "Key", "Body", "ContentType"), ANY))
            url = handler(EVENT, None)["CandidatesUrl"]
        clients["s3"].meta.events.unregister("before-parameter-build.s3.PutObject", unique_id="kept")
        assert f"{url}/{FILE}" == f"s3://{written['Bucket']}/{written['Key']}"
        return url, json.loads(written["Body"])

    return call


def test_candidates_of_all_pages_come_from_the_best_to_the_worst(run):
    _, content = run(
        [candidate("LightGBM-t1", 0.86), FAILED],
        [candidate("WeightedEnsemble-L2-t3", 0.88), candidate("CatBoost-t2", 0.87)],
    )
    assert (content["job"], content["chosen"], content["reason"]) == ("AutoML-1", "WeightedEnsemble-L2-t3", None)
    names = [each["name"] for each in content["candidates"]]
    assert names == ["WeightedEnsemble-L2-t3", "CatBoost-t2", "LightGBM-t1", "NeuralNet-t4"]
    assert content["candidates"][0] == {
        "name": "WeightedEnsemble-L2-t3",
        "status": "Completed",
        "objective": {"name": "Accuracy", "value": 0.88, "minimize": False},
        "validation": {"Accuracy": 0.88, "LogLoss": 0.4},
        "seconds": 12.3,
        "failure": None,
    }
    assert content["candidates"][-1] == {
        "name": "NeuralNet-t4",
        "status": "Failed",
        "objective": None,
        "validation": {},
        "seconds": None,
        "failure": "out of memory",
    }


def test_an_objective_to_minimize_ranks_the_other_way(run):
    _, content = run([candidate("a", 0.5, "Minimize"), candidate("b", 0.4, "Minimize")])
    assert [each["name"] for each in content["candidates"]] == ["b", "a"]


def test_the_same_list_has_the_same_place_and_another_has_another(run):
    one, other = [candidate("a", 0.5)], [candidate("a", 0.6)]
    assert run(one)[0] == run(one)[0] != run(other)[0]


def test_a_refusal_is_told_and_ends_nothing(run):
    _, content = run(error="Rate exceeded")
    assert content["candidates"] == []
    assert content["reason"] == "ListCandidatesForAutoMLJob of AutoML-1: Rate exceeded"
