"""The endpoint's automatic scaling follows the parameters."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber

from lambda_functions import scale_endpoint
from lambda_functions.scale_endpoint import POLICY_NAME, handler

TARGET = {
    "ServiceNamespace": "sagemaker",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    "ResourceId": "endpoint/playgrounds/variant/AllTraffic",
}


@pytest.fixture
def scaling(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """Application Auto Scaling, which answers what a test has told it to and wants to be asked all of that."""
    client = boto3.client(
        "application-autoscaling", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    monkeypatch.setattr(scale_endpoint.boto3, "client", lambda service: client)
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def scaled(least: int, most: int) -> str:
    event = {"EndpointName": "playgrounds", "VariantName": "AllTraffic", "InvocationsPerInstance": 500}
    return handler({**event, "MinInstanceCount": least, "MaxInstanceCount": most}, None)["Scaling"]


def test_a_range_is_registered_and_tracked(scaling):
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

    assert scaled(2, 4) == "2 to 4 instances"


@pytest.mark.parametrize("most", [1, 2])
def test_without_a_range_nothing_scales_any_more(scaling, most):
    scaling.add_response("deregister_scalable_target", {}, TARGET)

    assert scaled(2, most) == "none: 2 instances"


def test_what_never_scaled_needs_no_taking_off(scaling):
    scaling.add_client_error("deregister_scalable_target", "ObjectNotFoundException", expected_params=TARGET)

    assert scaled(1, 1) == "none: 1 instances"


def test_a_refusal_fails_the_step(scaling):
    scaling.add_client_error("deregister_scalable_target", "AccessDeniedException", expected_params=TARGET)

    with pytest.raises(scaling.client.exceptions.ClientError, match="AccessDenied"):
        scaled(1, 1)
