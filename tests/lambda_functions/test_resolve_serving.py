"""What serves now is told with its records, or with the reason why there is nothing to compare."""

# ruff: noqa: N803  (the clients' argument names)

from __future__ import annotations

from typing import Any

import pytest

from lambda_functions import resolve_serving
from lambda_functions.resolve_serving import NONE, handler
from tests.lambda_functions.registry import could_not_find, package_arn

ENDPOINT = "playground-accessibility"
FALLBACK = "s3://models/now/EngineerFeatures/scoring"
RUN = "s3://models/playground-accessibility/run1"
PACKAGE = {
    "InferenceSpecification": {"Containers": [{"ModelDataUrl": f"{RUN}/TrainXGBoost/model.tar.gz"}]},
    "CustomerMetadataProperties": {
        "Algorithm": "XGBoost",
        "FeatureSet": "playground",
        "EvaluationReportUrl": f"{RUN}/EvaluateXGBoost/evaluation/evaluation.json",
        "ScoringRowsUrl": f"{RUN}/EngineerFeatures/scoring",
    },
}


class World:
    """SageMaker and S3 with one endpoint, its package, and objects below some prefixes."""

    def __init__(self) -> None:
        self.status: str | None = "InService"
        self.models = {"model": {"PrimaryContainer": {"ModelPackageName": package_arn(3)}}}
        self.package: dict[str, Any] | None = PACKAGE
        self.lost = ""

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:
        if self.status is None:
            raise could_not_find(EndpointName, "DescribeEndpoint")
        return {"EndpointName": EndpointName, "EndpointStatus": self.status, "EndpointConfigName": "config"}

    def describe_endpoint_config(self, EndpointConfigName: str) -> dict[str, Any]:
        return {"ProductionVariants": [{"ModelName": name} for name in self.models]}

    def describe_model(self, ModelName: str) -> dict[str, Any]:
        return self.models[ModelName]

    def describe_model_package(self, ModelPackageName: str) -> dict[str, Any]:
        if self.package is None:
            raise could_not_find(ModelPackageName, "DescribeModelPackage")
        return self.package

    def list_objects_v2(self, Bucket: str, Prefix: str, MaxKeys: int) -> dict[str, Any]:
        there = not self.lost or self.lost not in Prefix
        return {"Contents": [{"Key": Prefix}]} if there else {}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(resolve_serving.boto3, "client", lambda _service: world)
    return world


def ask(feature_set: str = "playground") -> dict[str, str]:
    return handler({"EndpointName": ENDPOINT, "FeatureSet": feature_set, "FallbackUrl": FALLBACK}, None)


def test_the_serving_package_is_told_with_its_records(world):
    assert ask() == {
        "Package": package_arn(3),
        "Reason": NONE,
        "Algorithm": "XGBoost",
        "EvaluationUrl": f"{RUN}/EvaluateXGBoost/evaluation",
        "ScoringUrl": f"{RUN}/EngineerFeatures/scoring",
        "ModelUrl": f"{RUN}/TrainXGBoost/model.tar.gz",
    }


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": None}, f"nothing serves at endpoint {ENDPOINT}"),
        ({"status": "Failed"}, f"nothing serves at endpoint {ENDPOINT}"),
        ({"models": {"model": {"PrimaryContainer": {"Image": "x"}}}}, "serves 0 model packages"),
        ({"package": None}, "version 3 serves, but its package has been deleted"),
        ({"lost": "scoring"}, "version 3 serves, but its ScoringUrl of S3 are gone"),
        ({"lost": "run1"}, "EvaluationUrl and ScoringUrl and ModelUrl of S3 are gone"),
    ],
)
def test_without_a_comparison_the_reason_is_told_and_every_prefix_exists(world, change, reason):
    vars(world).update(change)
    answer = ask()
    assert answer["Package"] == NONE
    assert reason in answer["Reason"]
    assert {answer[name] for name in ("EvaluationUrl", "ScoringUrl", "ModelUrl")} == {FALLBACK}


def test_another_feature_set_is_not_compared(world):
    assert ask("lab")["Reason"] == "version 3 serves another feature set: playground"


def test_a_model_whose_artifact_is_gone_is_known_by_its_scores(world):
    world.lost = "model.tar.gz"
    answer = ask()
    assert (answer["Package"], answer["Algorithm"], answer["ModelUrl"]) == (package_arn(3), NONE, FALLBACK)
    assert answer["EvaluationUrl"] == f"{RUN}/EvaluateXGBoost/evaluation"
