"""Alarms: evaluated on what is published, set by hand, told as events and in their history, kept over a restart."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.kernel.events import Event
from local_aws.services import cloudwatch, sns
from tests.conftest import RunningServer, running
from tests.waiting import wait_until

TOPIC = "arn:aws:sns:us-east-1:123456789012:nobody-made-it"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("data"), (cloudwatch.build,)) as server:
        yield server


@pytest.fixture(scope="module")
def events(server: RunningServer) -> list[Event]:
    heard: list[Event] = []
    server.context.listen(heard.append)
    return heard


def _put_alarm(server: RunningServer, name: str, **members: Any) -> None:
    server.client("cloudwatch").put_metric_alarm(
        **{
            "AlarmName": name,
            "Namespace": "Test",
            "MetricName": name,
            "Statistic": "Sum",
            "Period": 10,
            "EvaluationPeriods": 1,
            "Threshold": 5.0,
            "ComparisonOperator": "GreaterThanThreshold",
            **members,
        }
    )


def _alarm(server: RunningServer, name: str) -> dict[str, Any]:
    (alarm,) = server.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return alarm


def test_breach_is_noticed_told_and_acted_on(server: RunningServer, events: list[Event]) -> None:
    client = server.client("cloudwatch")
    _put_alarm(server, "breach", AlarmActions=[TOPIC], AlarmDescription="too many")
    assert _alarm(server, "breach")["StateValue"] == "INSUFFICIENT_DATA"

    client.put_metric_data(
        Namespace="Test", MetricData=[{"MetricName": "breach", "Value": 9.0, "StorageResolution": 1}]
    )

    wait_until(lambda: _alarm(server, "breach")["StateValue"] == "ALARM")
    assert "was greater than the threshold (5.0)" in _alarm(server, "breach")["StateReason"]
    wait_until(lambda: len(client.describe_alarm_history(AlarmName="breach")["AlarmHistoryItems"]) == 3)
    action, change, creation = client.describe_alarm_history(AlarmName="breach")["AlarmHistoryItems"]
    assert creation["HistorySummary"] == 'Alarm "breach" created'
    assert change["HistorySummary"] == "Alarm updated from INSUFFICIENT_DATA to ALARM"
    assert action["HistorySummary"].startswith(f"Failed to execute action {TOPIC}")
    (event,) = [told for told in events if told.detail["alarmName"] == "breach"]
    assert (event.source, event.detail_type) == ("aws.cloudwatch", "CloudWatch Alarm State Change")
    assert event.detail["state"]["value"] == "ALARM"
    assert event.detail["previousState"]["value"] == "INSUFFICIENT_DATA"
    assert event.detail["configuration"]["metrics"][0]["metricStat"]["metric"]["name"] == "breach"
    assert event.resources == (_alarm(server, "breach")["AlarmArn"],)


def test_alarm_over_many_periods_is_told_too(server: RunningServer, events: list[Event]) -> None:
    client = server.client("cloudwatch")
    now = time.time()
    data = [
        {"MetricName": "long", "Value": 9.0, "StorageResolution": 1, "Timestamp": now - 10 * age} for age in range(110)
    ]
    client.put_metric_data(Namespace="Test", MetricData=data)

    _put_alarm(server, "long", EvaluationPeriods=100)

    wait_until(lambda: any(told.detail["alarmName"] == "long" for told in events))
    reason = json.loads(_alarm(server, "long")["StateReasonData"])
    assert (reason["recentDatapoints"], len(reason["evaluatedDatapoints"])) == ([9.0] * 20, 20)
    items = client.describe_alarm_history(AlarmName="long", HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert json.loads(items[0]["HistoryData"])["newState"]["stateReasonData"] == reason


def test_missing_data_that_are_no_breach_are_fine(server: RunningServer) -> None:
    _put_alarm(server, "quiet", TreatMissingData="notBreaching")

    wait_until(lambda: _alarm(server, "quiet")["StateValue"] == "OK")


def test_percentile_of_a_dimension(server: RunningServer) -> None:
    dimensions = [{"Name": "Kind", "Value": "swing"}]
    client = server.client("cloudwatch")
    client.put_metric_alarm(
        AlarmName="slow",
        Namespace="Test",
        MetricName="slow",
        Dimensions=dimensions,
        ExtendedStatistic="p90",
        Period=10,
        EvaluationPeriods=1,
        Threshold=100.0,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    datum = {"MetricName": "slow", "StorageResolution": 1, "Values": [1.0, 500.0], "Counts": [5.0, 5.0]}

    client.put_metric_data(Namespace="Test", MetricData=[datum])
    time.sleep(1.5)
    assert _alarm(server, "slow")["StateValue"] != "ALARM"
    client.put_metric_data(Namespace="Test", MetricData=[{**datum, "Dimensions": dimensions}])

    wait_until(lambda: _alarm(server, "slow")["StateValue"] == "ALARM")
    for_metric = client.describe_alarms_for_metric(Namespace="Test", MetricName="slow", Dimensions=dimensions)
    assert [alarm["AlarmName"] for alarm in for_metric["MetricAlarms"]] == ["slow"]


def test_state_set_by_hand(server: RunningServer, events: list[Event]) -> None:
    client = server.client("cloudwatch")
    _put_alarm(server, "by-hand", TreatMissingData="notBreaching", OKActions=[TOPIC])
    client.disable_alarm_actions(AlarmNames=["by-hand"])

    client.set_alarm_state(AlarmName="by-hand", StateValue="ALARM", StateReason="a drill")

    assert (_alarm(server, "by-hand")["StateValue"], _alarm(server, "by-hand")["StateReason"]) == ("ALARM", "a drill")
    assert [told.detail["state"]["reason"] for told in events if told.detail["alarmName"] == "by-hand"][-1] == (
        "a drill"
    )
    assert not _alarm(server, "by-hand")["ActionsEnabled"]
    client.enable_alarm_actions(AlarmNames=["by-hand"])
    assert _alarm(server, "by-hand")["ActionsEnabled"]
    with pytest.raises(ClientError, match="ResourceNotFound"):
        client.set_alarm_state(AlarmName="nobody", StateValue="OK", StateReason="")


def test_changed_alarm_keeps_state_and_tags(server: RunningServer) -> None:
    client = server.client("cloudwatch")
    _put_alarm(server, "changed", TreatMissingData="ignore", Tags=[{"Key": "Stack", "Value": "s"}])
    client.set_alarm_state(AlarmName="changed", StateValue="ALARM", StateReason="a drill")
    arn = _alarm(server, "changed")["AlarmArn"]

    _put_alarm(server, "changed", TreatMissingData="ignore", Threshold=7.0)

    assert (_alarm(server, "changed")["StateValue"], _alarm(server, "changed")["Threshold"]) == ("ALARM", 7)
    client.tag_resource(ResourceARN=arn, Tags=[{"Key": "Team", "Value": "t"}])
    client.untag_resource(ResourceARN=arn, TagKeys=["Stack"])
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "Team", "Value": "t"}]


def test_deleted_alarm_is_gone(server: RunningServer) -> None:
    client = server.client("cloudwatch")
    _put_alarm(server, "leaving")

    with pytest.raises(ClientError, match="do not exist"):
        client.delete_alarms(AlarmNames=["leaving", "nobody"])
    client.delete_alarms(AlarmNames=["leaving"])

    assert client.describe_alarms(AlarmNamePrefix="leaving")["MetricAlarms"] == []
    arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:leaving"
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == []


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"Period": 45}, "Period must be 10, 20, 30 or a multiple of 60"),
        ({"DatapointsToAlarm": 2}, "DatapointsToAlarm must not be over EvaluationPeriods"),
        ({"ExtendedStatistic": "p90"}, "exactly one of Statistic and ExtendedStatistic"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "does not support ComparisonOperator"),
        ({"AlarmActions": ["arn:aws:automate:us-east-1:ec2:stop"]}, "does not support action"),
        ({"Metrics": [{"Id": "m", "Expression": "a"}]}, "does not support Metrics"),
    ],
)
def test_what_is_not_done_is_refused(server: RunningServer, members: dict[str, Any], words: str) -> None:
    with pytest.raises(ClientError, match=words):
        _put_alarm(server, "refused", **members)


def test_alarms_outlive_the_server(tmp_path: Path) -> None:
    with running(tmp_path, (cloudwatch.build,)) as server:
        _put_alarm(server, "lasting", TreatMissingData="ignore")
        server.client("cloudwatch").set_alarm_state(AlarmName="lasting", StateValue="ALARM", StateReason="a drill")

    with running(tmp_path, (cloudwatch.build,)) as server:
        assert _alarm(server, "lasting")["StateValue"] == "ALARM"
        server.client("cloudwatch").put_metric_data(
            Namespace="Test", MetricData=[{"MetricName": "lasting", "Value": 1.0, "StorageResolution": 1}]
        )
        wait_until(lambda: _alarm(server, "lasting")["StateValue"] == "OK")


def test_topic_is_notified(tmp_path: Path) -> None:
    with running(tmp_path, (cloudwatch.build, sns.build)) as server:
        topic = server.client("sns").create_topic(Name="alerts")["TopicArn"]
        _put_alarm(server, "loud", AlarmActions=[topic])
        client = server.client("cloudwatch")

        client.set_alarm_state(AlarmName="loud", StateValue="ALARM", StateReason="a drill")

        action, *_ = client.describe_alarm_history(AlarmName="loud", HistoryItemType="Action")["AlarmHistoryItems"]
        assert action["HistorySummary"] == f"Successfully executed action {topic}"
        published = json.loads((tmp_path / "sns" / "alerts.jsonl").read_text().splitlines()[-1])
        message = json.loads(published["Message"])
        assert published["Subject"] == 'ALARM: "loud" in us-east-1'
        assert (message["NewStateValue"], message["NewStateReason"]) == ("ALARM", "a drill")
        assert message["Trigger"]["MetricName"] == "loud"

        server.client("sns").set_topic_attributes(
            TopicArn=topic,
            AttributeName="Policy",
            AttributeValue=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "events.amazonaws.com"},
                            "Action": "sns:Publish",
                            "Resource": topic,
                        }
                    ],
                }
            ),
        )
        client.set_alarm_state(AlarmName="loud", StateValue="OK", StateReason="over")
        client.set_alarm_state(AlarmName="loud", StateValue="ALARM", StateReason="again")
        action, *_ = client.describe_alarm_history(AlarmName="loud", HistoryItemType="Action")["AlarmHistoryItems"]
        assert "cloudwatch.amazonaws.com may not call sns:Publish" in action["HistorySummary"]
