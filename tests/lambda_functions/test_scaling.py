"""The endpoint's automatic scaling follows the parameters."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber

from lambda_functions.scaling import POLICY_NAME, scale

TARGET = {
    "ServiceNamespace": "sagemaker",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    "ResourceId": "endpoint/playgrounds/variant/AllTraffic",
}


@pytest.fixture
def scaling() -> Iterator[Stubber]:
    """Application Auto Scaling, which answers what a test tells it to, and expects exactly those calls."""
    client = boto3.client(
        "application-autoscaling", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def scaled(scaling: Stubber, minimum: int, maximum: int) -> str:
    return scale(scaling.client, "playgrounds", "AllTraffic", minimum=minimum, maximum=maximum, invocations=500.0)


def test_range_is_registered_and_tracked(scaling):
    scaling.add_response("register_scalable_target", {}, {**TARGET, "MinCapacity": 2, "MaxCapacity": 4})
    tracking = {
        "TargetValue": 500.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
        "ScaleOutCooldown": 60,
        "ScaleInCooldown": 300,
    }
    scaling.add_response(
        "put_scaling_policy",
        {"PolicyARN": "arn"},
        {
            **TARGET,
            "PolicyName": POLICY_NAME,
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": tracking,
        },
    )

    assert scaled(scaling, 2, 4) == "2 to 4 instances"


@pytest.mark.parametrize("maximum", [1, 2])
def test_variant_without_a_range_is_deregistered(scaling, maximum):
    scaling.add_response("deregister_scalable_target", {}, TARGET)

    assert scaled(scaling, 2, maximum) == "none: 2 instances"


def test_variant_that_never_scaled_is_not_an_error(scaling):
    scaling.add_client_error("deregister_scalable_target", "ObjectNotFoundException", expected_params=TARGET)

    assert scaled(scaling, 1, 1) == "none: 1 instances"


def test_refusal_is_raised(scaling):
    scaling.add_client_error("deregister_scalable_target", "AccessDeniedException", expected_params=TARGET)

    with pytest.raises(scaling.client.exceptions.ClientError, match="AccessDenied"):
        scaled(scaling, 1, 1)
