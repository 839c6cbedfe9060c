"""Scalable targets of an endpoint, and their policies."""

from __future__ import annotations

import pytest

from tests.services.sagemaker.examples import (
    BUCKET,
    FEATURES,
    create_endpoint_config,
    create_model,
    ended,
    tar_of,
    train_booster,
)

TARGET = {
    "ServiceNamespace": "sagemaker",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    "ResourceId": "endpoint/scaled/variant/AllTraffic",
}
TARGET_ID = "endpoint/scaled/variant/AllTraffic|sagemaker:variant:DesiredInstanceCount|sagemaker"


@pytest.fixture(scope="module", autouse=True)
def endpoint(server) -> None:
    server.client("s3").create_bucket(Bucket=BUCKET)
    create_model(server, "scaled", tar_of({"xgboost-model": bytes(train_booster(FEATURES).save_raw("ubj"))}))
    create_endpoint_config(server, "scaled", "scaled")
    server.client("sagemaker").create_endpoint(EndpointName="scaled", EndpointConfigName="scaled")
    ended(server, "endpoint", "scaled")


def test_scalable_target_and_policy_are_created_updated_and_deleted(server, resource) -> None:
    client = server.client("application-autoscaling")
    target = resource("AWS::ApplicationAutoScaling::ScalableTarget")
    policy = resource("AWS::ApplicationAutoScaling::ScalingPolicy")

    made = target.create(**TARGET, MinCapacity="1", MaxCapacity=2, Tags=[{"Key": "a", "Value": "b"}])
    assert (made.physical_id, made.attributes["Id"]) == (TARGET_ID, TARGET_ID)
    target.update(**TARGET, MinCapacity=1, MaxCapacity=3, Tags=[{"Key": "c", "Value": "d"}])
    (found,) = client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert (found["MinCapacity"], found["MaxCapacity"]) == (1, 3)
    assert client.list_tags_for_resource(ResourceARN=found["ScalableTargetARN"])["Tags"] == {"c": "d"}

    def tracking(value: float) -> dict:
        metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
        return {
            "PolicyName": "p",
            "PolicyType": "TargetTrackingScaling",
            "ScalingTargetId": TARGET_ID,
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": value,
                "PredefinedMetricSpecification": metric,
            },
        }

    policy.create(**tracking(70))
    policy.update(**tracking(50))
    (found,) = client.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert (found["PolicyARN"], found["ResourceId"]) == (policy.id, TARGET["ResourceId"])
    assert found["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 50
    policy.delete()
    assert client.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"] == []
    target.delete()
    assert client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []
