"""Endpoints grow when each instance has too much to do, and stay within the bounds of their target."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.kernel.principals import USER_ARN
from local_aws.services import applicationautoscaling, cloudwatch, sagemaker
from tests.conftest import RunningServer, running
from tests.services.sagemaker.examples import (
    BUCKET,
    FEATURES,
    create_endpoint_config,
    create_model,
    ended,
    tar_of,
    train_booster,
)
from tests.waiting import wait_until

IDENTITY = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/busy/variant/AllTraffic",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
TRACKING = {
    "TargetValue": 100.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
    "ScaleOutCooldown": 0,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    builders = (cloudwatch.build, sagemaker.build, applicationautoscaling.build)
    with running(tmp_path_factory.mktemp("data"), builders) as server:
        server.client = functools.cache(server.client)  # type: ignore[method-assign]
        server.client("s3").create_bucket(Bucket=BUCKET)
        create_model(server, "busy", tar_of({"xgboost-model": bytes(train_booster(FEATURES).save_raw("ubj"))}))
        create_endpoint_config(server, "busy", "busy")
        server.client("sagemaker").create_endpoint(EndpointName="busy", EndpointConfigName="busy")
        ended(server, "endpoint", "busy")
        yield server


def _instances(server: RunningServer) -> int:
    (variant,) = ended(server, "endpoint", "busy")["ProductionVariants"]
    return variant["CurrentInstanceCount"]


def test_endpoint_is_scaled_within_its_bounds(server: RunningServer) -> None:
    client = server.client("application-autoscaling")
    arn = client.register_scalable_target(**IDENTITY, MinCapacity=1, MaxCapacity=2, Tags={"Stack": "s"})
    client.tag_resource(ResourceARN=arn["ScalableTargetARN"], Tags={"Team": "t"})
    client.untag_resource(ResourceARN=arn["ScalableTargetARN"], TagKeys=["Stack"])
    assert client.list_tags_for_resource(ResourceARN=arn["ScalableTargetARN"])["Tags"] == {"Team": "t"}
    (target,) = client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 2)
    minute = datetime.now(UTC).replace(second=0, microsecond=0)
    datum = {
        "MetricName": "InvocationsPerInstance",
        "Dimensions": [{"Name": "EndpointName", "Value": "busy"}, {"Name": "VariantName", "Value": "AllTraffic"}],
        "Value": 450.0,
    }
    data = [{**datum, "Timestamp": minute - timedelta(minutes=age)} for age in range(6)]
    server.client("cloudwatch").put_metric_data(Namespace="AWS/SageMaker", MetricData=data)

    client.put_scaling_policy(
        **IDENTITY,
        PolicyName="by-load",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=TRACKING,
    )

    wait_until(lambda: _instances(server) == 2)
    wait_until(
        lambda: client.describe_scaling_activities(**IDENTITY)["ScalingActivities"][0]["StatusCode"] == ("Successful")
    )
    (activity,) = client.describe_scaling_activities(**IDENTITY)["ScalingActivities"]
    assert activity["Cause"] == "the target value of policy by-load was crossed"
    (policy,) = client.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert policy["TargetTrackingScalingPolicyConfiguration"] == TRACKING

    client.delete_scaling_policy(**IDENTITY, PolicyName="by-load")
    client.register_scalable_target(**IDENTITY, MinCapacity=1, MaxCapacity=1)
    wait_until(lambda: _instances(server) == 1)
    client.deregister_scalable_target(**IDENTITY)
    assert client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []
    with pytest.raises(ClientError, match="No scalable target found"):
        client.deregister_scalable_target(**IDENTITY)


def test_policies_go_with_their_target_and_can_be_put_again(server: RunningServer) -> None:
    client = server.client("application-autoscaling")
    policy = {
        **IDENTITY,
        "PolicyName": "again",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": TRACKING,
    }

    def names() -> list[str]:
        found = client.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
        return [each["PolicyName"] for each in found]

    for _ in range(2):
        client.register_scalable_target(**IDENTITY, MinCapacity=1, MaxCapacity=2)
        assert names() == []
        client.put_scaling_policy(**policy)
        assert names() == ["again"]
        client.deregister_scalable_target(**IDENTITY)
        assert names() == []


def _configure(server: RunningServer, name: str, **members: Any) -> None:
    variant = {"VariantName": "AllTraffic", "ModelName": "busy", "InstanceType": "ml.m5.large", **members}
    server.client("sagemaker").create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])


def test_variant_that_is_scaled_keeps_its_name_and_instance_type(server: RunningServer) -> None:
    sagemaker_client, client = server.client("sagemaker"), server.client("application-autoscaling")
    _configure(server, "larger", InstanceType="ml.m5.xlarge")
    _configure(server, "renamed", VariantName="Renamed")
    _configure(server, "same")
    client.register_scalable_target(**IDENTITY, MinCapacity=1, MaxCapacity=2)

    for config in ("larger", "renamed"):
        with pytest.raises(ClientError, match=r'"\[AllTraffic\]" must be deregistered as a scalable target') as caught:
            sagemaker_client.update_endpoint(EndpointName="busy", EndpointConfigName=config)
        assert caught.value.response["Error"]["Code"] == "ValidationException"
    # An endpoint knows its instance type without its configuration.
    sagemaker_client.delete_endpoint_config(EndpointConfigName="busy")
    sagemaker_client.update_endpoint(EndpointName="busy", EndpointConfigName="same")
    assert ended(server, "endpoint", "busy")["EndpointConfigName"] == "same"

    client.deregister_scalable_target(**IDENTITY)
    sagemaker_client.update_endpoint(EndpointName="busy", EndpointConfigName="larger")
    assert ended(server, "endpoint", "busy")["EndpointConfigName"] == "larger"


def test_deleted_endpoint_is_scaled_no_more(server: RunningServer) -> None:
    sagemaker_client, client = server.client("sagemaker"), server.client("application-autoscaling")
    identity = {**IDENTITY, "ResourceId": "endpoint/leaving/variant/AllTraffic"}
    _configure(server, "leaving")
    for name in ("leaving", "leaving-not"):
        sagemaker_client.create_endpoint(EndpointName=name, EndpointConfigName="leaving")
        ended(server, "endpoint", name)
        target = {**identity, "ResourceId": f"endpoint/{name}/variant/AllTraffic"}
        client.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2)
        client.put_scaling_policy(
            **target,
            PolicyName="by-load",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=TRACKING,
        )

    sagemaker_client.delete_endpoint(EndpointName="leaving")

    for found in (
        client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"],
        client.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"],
    ):
        assert [each["ResourceId"] for each in found] == ["endpoint/leaving-not/variant/AllTraffic"]
    calls = [json.loads(line) for line in (server.context.settings.data_dir / "calls.jsonl").read_text().splitlines()]
    (deregistered,) = [call for call in calls if call.get("within") == "sagemaker:DeleteEndpoint"]
    assert deregistered["operation"] == "DeregisterScalableTarget"
    assert deregistered["principal"] == USER_ARN


def test_endpoint_that_is_being_deleted_is_no_target(server: RunningServer) -> None:
    sagemaker_client, client = server.client("sagemaker"), server.client("application-autoscaling")
    _configure(server, "ending")
    sagemaker_client.create_endpoint(EndpointName="ending", EndpointConfigName="ending")
    ended(server, "endpoint", "ending")
    resource = "endpoint/ending/variant/AllTraffic"

    # As it stands while the last request is being answered.
    server.context.records.update("endpoint", "ending", lambda record: record.update(EndpointStatus="Deleting"))

    with pytest.raises(ClientError, match=r'Could not find endpoint "arn:.*:endpoint/ending"') as caught:
        client.register_scalable_target(**{**IDENTITY, "ResourceId": resource}, MinCapacity=1, MaxCapacity=2)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    found = client.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=[resource])
    assert found["ScalableTargets"] == []


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"ServiceNamespace": "ecs"}, "does not support ServiceNamespace 'ecs'"),
        (
            {"ScalableDimension": "sagemaker:variant:DesiredProvisionedConcurrency"},
            "does not support ScalableDimension",
        ),
        ({"ResourceId": "endpoint/nobody/variant/AllTraffic"}, "Could not find endpoint"),
        ({"ResourceId": "endpoint/busy/variant/other"}, "has no variant other"),
        ({"MinCapacity": 3}, "MinCapacity 3 and MaxCapacity 2"),
        ({"SuspendedState": {"DynamicScalingInSuspended": True}}, "does not support SuspendedState"),
    ],
)
def test_target_that_cannot_be_scaled_is_refused(server: RunningServer, members: dict[str, Any], words: str) -> None:
    with pytest.raises(ClientError, match=words):
        server.client("application-autoscaling").register_scalable_target(
            **{**IDENTITY, "MinCapacity": 1, "MaxCapacity": 2, **members}
        )


def test_policies_that_are_not_done_are_refused(server: RunningServer) -> None:
    client = server.client("application-autoscaling")

    with pytest.raises(ClientError, match=r"does not support PolicyType StepScaling"):
        client.put_scaling_policy(**IDENTITY, PolicyName="steps")
    custom = {"TargetValue": 1.0, "CustomizedMetricSpecification": {"MetricName": "m", "Namespace": "n"}}
    with pytest.raises(ClientError, match=r"does not support \w+\.CustomizedMetricSpecification"):
        client.put_scaling_policy(
            **IDENTITY,
            PolicyName="custom",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=custom,
        )
