"""Queues, topics, rules and alarms."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.services.cloudformation.types.documents import allow


def test_queue_and_queue_policy_are_created_updated_and_deleted(server, resource) -> None:
    sqs, queue, policy = server.client("sqs"), resource("AWS::SQS::Queue"), resource("AWS::SQS::QueuePolicy")
    made = queue.create(QueueName="undelivered", VisibilityTimeout="7", Tags=[{"Key": "a", "Value": "b"}])
    assert made.physical_id == sqs.get_queue_url(QueueName="undelivered")["QueueUrl"]
    assert made.attributes["Arn"] == "arn:aws:sqs:us-east-1:123456789012:undelivered"
    assert made.attributes["QueueName"] == "undelivered"
    queue.update(QueueName="undelivered", MessageRetentionPeriod=60, Tags=[{"Key": "c", "Value": "d"}])
    names = ["VisibilityTimeout", "MessageRetentionPeriod"]
    found = sqs.get_queue_attributes(QueueUrl=queue.id, AttributeNames=names)["Attributes"]
    assert found == {"VisibilityTimeout": "30", "MessageRetentionPeriod": "60"}
    assert sqs.list_queue_tags(QueueUrl=queue.id)["Tags"] == {"c": "d"}

    document = allow("sqs:SendMessage", made.attributes["Arn"], Principal={"Service": "events.amazonaws.com"})
    policy.create(Queues=[queue.id], PolicyDocument=document)
    found = sqs.get_queue_attributes(QueueUrl=queue.id, AttributeNames=["Policy"])["Attributes"]
    assert json.loads(found["Policy"]) == document
    policy.delete()
    assert "Policy" not in sqs.get_queue_attributes(QueueUrl=queue.id, AttributeNames=["Policy"]).get("Attributes", {})
    queue.delete()
    with pytest.raises(ClientError, match="does not exist"):
        sqs.get_queue_url(QueueName="undelivered")


def test_topic_with_policy_and_subscriptions_is_created_updated_and_deleted(server, resource) -> None:
    sns, topic, queue = server.client("sns"), resource("AWS::SNS::Topic"), resource("AWS::SQS::Queue")
    policy, subscription = resource("AWS::SNS::TopicPolicy"), resource("AWS::SNS::Subscription")
    queue.create(QueueName="subscribed")
    endpoint = queue.made.attributes["Arn"]
    made = topic.create(TopicName="alerts", Subscription=[{"Protocol": "sqs", "Endpoint": endpoint}])
    assert (made.physical_id, made.attributes["TopicName"]) == ("arn:aws:sns:us-east-1:123456789012:alerts", "alerts")
    assert len(sns.list_subscriptions_by_topic(TopicArn=topic.id)["Subscriptions"]) == 1
    topic.update(TopicName="alerts", DisplayName="Alerts", Tags=[{"Key": "a", "Value": "b"}])
    assert sns.list_subscriptions_by_topic(TopicArn=topic.id)["Subscriptions"] == []
    assert sns.get_topic_attributes(TopicArn=topic.id)["Attributes"]["DisplayName"] == "Alerts"
    assert sns.list_tags_for_resource(ResourceArn=topic.id)["Tags"] == [{"Key": "a", "Value": "b"}]

    default = json.loads(sns.get_topic_attributes(TopicArn=topic.id)["Attributes"]["Policy"])
    document = allow("sns:Publish", topic.id, Principal={"Service": "events.amazonaws.com"})
    policy.create(Topics=[topic.id], PolicyDocument=document)
    assert json.loads(sns.get_topic_attributes(TopicArn=topic.id)["Attributes"]["Policy"]) == document
    policy.delete()
    reset = json.loads(sns.get_topic_attributes(TopicArn=topic.id)["Attributes"]["Policy"])
    assert reset["Statement"][0]["Principal"] == default["Statement"][0]["Principal"] == {"AWS": "*"}

    subscription.create(TopicArn=topic.id, Protocol="sqs", Endpoint=endpoint, RawMessageDelivery=True)
    found = sns.get_subscription_attributes(SubscriptionArn=subscription.id)["Attributes"]
    assert found["RawMessageDelivery"] == "true"
    subscription.update(TopicArn=topic.id, Protocol="sqs", Endpoint=endpoint)
    found = sns.get_subscription_attributes(SubscriptionArn=subscription.id)["Attributes"]
    assert found["RawMessageDelivery"] == "false"
    subscription.delete()
    topic.delete()
    assert sns.list_topics()["Topics"] == []
    queue.delete()


def test_rule_update_replaces_targets(server, resource) -> None:
    events, rule, queue = server.client("events"), resource("AWS::Events::Rule"), resource("AWS::SQS::Queue")
    queue.create(QueueName="target")
    arn = queue.made.attributes["Arn"]
    made = rule.create(
        Name="rule",
        EventPattern={"source": ["aws.glue"]},
        Targets=[{"Id": name, "Arn": arn} for name in ("kept", "dropped")],
        Tags=[{"Key": "a", "Value": "b"}],
    )
    assert (made.physical_id, made.attributes["Arn"]) == ("rule", "arn:aws:events:us-east-1:123456789012:rule/rule")
    rule.update(
        Name="rule",
        EventPattern={"source": ["aws.sagemaker"]},
        State="DISABLED",
        Targets=[{"Id": "kept", "Arn": arn, "InputPath": "$.detail"}],
        Tags=[{"Key": "c", "Value": "d"}],
    )
    found = events.describe_rule(Name="rule")
    assert (json.loads(found["EventPattern"]), found["State"]) == ({"source": ["aws.sagemaker"]}, "DISABLED")
    targets = events.list_targets_by_rule(Rule="rule")["Targets"]
    assert targets == [{"Id": "kept", "Arn": arn, "InputPath": "$.detail"}]
    assert events.list_tags_for_resource(ResourceARN=made.attributes["Arn"])["Tags"] == [{"Key": "c", "Value": "d"}]
    rule.delete()
    assert events.list_rules()["Rules"] == []
    queue.delete()


def test_alarm_is_created_updated_and_deleted(server, resource) -> None:
    client, alarm = server.client("cloudwatch"), resource("AWS::CloudWatch::Alarm")
    definition = {
        "AlarmName": "alarm",
        "Namespace": "AWS/SageMaker",
        "MetricName": "Invocation5XXErrors",
        "Dimensions": [{"Name": "EndpointName", "Value": "e"}],
        "Statistic": "Sum",
        "Period": "60",
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    made = alarm.create(**definition, Threshold="1", Tags=[{"Key": "a", "Value": "b"}])
    assert made.attributes["Arn"] == "arn:aws:cloudwatch:us-east-1:123456789012:alarm:alarm"
    alarm.update(**definition, Threshold=2, Tags=[{"Key": "c", "Value": "d"}])
    (found,) = client.describe_alarms(AlarmNames=["alarm"])["MetricAlarms"]
    assert (found["Threshold"], found["Period"]) == (2.0, 60)
    assert client.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"] == [{"Key": "c", "Value": "d"}]
    alarm.delete()
    assert client.describe_alarms(AlarmNames=["alarm"])["MetricAlarms"] == []
