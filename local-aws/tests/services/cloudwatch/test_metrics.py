"""Datapoints go in, statistics come out, also after a restart, by both protocols that clients speak."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local_aws.services import cloudwatch
from local_aws.services.cloudwatch.aggregates import Aggregate
from local_aws.services.cloudwatch.datapoints import Datapoint, Datapoints, Metric
from tests.conftest import RunningServer, running
from tests.fuzz.wire import RawRequest, send, signed

MINUTE = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=5)
DIMENSIONS = [{"Name": "Kind", "Value": "swing"}]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("data"), (cloudwatch.build,)) as server:
        yield server


def _statistics(client, name: str, period: int, **members):
    request = {"Namespace": "Test", "MetricName": name, "Dimensions": DIMENSIONS, "Period": period}
    span = {"StartTime": MINUTE - timedelta(minutes=5), "EndTime": MINUTE + timedelta(minutes=10)}
    return client.get_metric_statistics(**request, **span, **members)["Datapoints"]


def test_statistics_of_a_minute(server: RunningServer) -> None:
    client = server.client("cloudwatch")
    random.seed(1)
    values = [random.expovariate(0.01) for _ in range(600)]
    for second in range(4):
        datum = {"MetricName": "Height", "Dimensions": DIMENSIONS, "Timestamp": MINUTE + timedelta(seconds=second)}
        part = values[second * 150 : second * 150 + 150]
        client.put_metric_data(Namespace="Test", MetricData=[{**datum, "Values": part, "Unit": "Count"}])

    (found,) = _statistics(
        client,
        "Height",
        60,
        Statistics=["SampleCount", "Sum", "Average", "Minimum", "Maximum"],
        ExtendedStatistics=["p50", "p99"],
    )

    assert found["Timestamp"] == MINUTE
    assert (found["SampleCount"], found["Minimum"], found["Maximum"]) == (600, min(values), max(values))
    assert found["Sum"] == pytest.approx(sum(values))
    assert found["Average"] == pytest.approx(sum(values) / 600)
    assert found["ExtendedStatistics"]["p50"] == pytest.approx(sorted(values)[299], rel=0.01)
    assert found["ExtendedStatistics"]["p99"] == pytest.approx(sorted(values)[593], rel=0.01)


def test_seconds_are_kept_for_high_resolution_only(server: RunningServer) -> None:
    client = server.client("cloudwatch")
    for name, resolution in (("Fine", 1), ("Coarse", 60)):
        datum = {"MetricName": name, "Dimensions": DIMENSIONS, "StorageResolution": resolution, "Value": 1.0}
        data = [{**datum, "Timestamp": MINUTE + timedelta(seconds=second)} for second in (0, 10, 11)]
        client.put_metric_data(Namespace="Test", MetricData=data)

    assert [found["Sum"] for found in _statistics(client, "Fine", 10, Statistics=["Sum"])] == [1, 2]
    assert _statistics(client, "Coarse", 10, Statistics=["Sum"]) == []
    assert [found["Sum"] for found in _statistics(client, "Coarse", 60, Statistics=["Sum"])] == [3]


def test_metric_data_of_several_queries(server: RunningServer) -> None:
    client = server.client("cloudwatch")
    for index in range(3):
        datum = {"MetricName": "Width", "Timestamp": MINUTE + timedelta(minutes=index), "Value": float(index)}
        client.put_metric_data(Namespace="Test", MetricData=[datum])
    metric = {"Namespace": "Test", "MetricName": "Width"}
    queries = [
        {"Id": name, "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}
        for name, stat in (("a", "Sum"), ("b", "SampleCount"))
    ]
    span = {"StartTime": MINUTE, "EndTime": MINUTE + timedelta(minutes=3)}

    pages = client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, ScanBy="TimestampAscending", MaxDatapoints=4, **span
    )
    values: dict[str, list[float]] = {"a": [], "b": []}
    for found in pages:
        for result in found["MetricDataResults"]:
            values[result["Id"]] += result["Values"]

    assert values == {"a": [0, 1, 2], "b": [1, 1, 1]}
    with pytest.raises(ClientError, match=r"does not support MetricDataQueries\[0\]\.Expression"):
        client.get_metric_data(MetricDataQueries=[{"Id": "m", "Expression": "a + b"}], **span)


def test_metrics_are_listed(server: RunningServer) -> None:
    client = server.client("cloudwatch")
    for kind in ("slide", "seesaw"):
        datum = {"MetricName": "Listed", "Dimensions": [{"Name": "Kind", "Value": kind}], "Value": 1.0}
        client.put_metric_data(Namespace="Test/Listed", MetricData=[datum])

    found = client.list_metrics(Namespace="Test/Listed", Dimensions=[{"Name": "Kind"}])["Metrics"]

    assert [metric["Dimensions"][0]["Value"] for metric in found] == ["seesaw", "slide"]
    one = client.list_metrics(Dimensions=[{"Name": "Kind", "Value": "slide"}], RecentlyActive="PT3H")["Metrics"]
    assert [metric["MetricName"] for metric in one] == ["Listed"]


@pytest.mark.parametrize(
    ("datum", "words"),
    [
        ({}, "exactly one of Value, Values and StatisticValues"),
        ({"Values": [1.0], "Counts": [1.0, 2.0]}, "Values and MetricData.member.1.Counts must be of the same size"),
        ({"Value": 1.0, "StorageResolution": 7}, "StorageResolution must be 1 or 60"),
        ({"Value": 1.0, "Timestamp": datetime(2020, 1, 1, tzinfo=UTC)}, "last two weeks"),
    ],
)
def test_ill_formed_data_are_refused(server: RunningServer, datum: dict, words: str) -> None:
    with pytest.raises(ClientError, match=words):
        server.client("cloudwatch").put_metric_data(Namespace="Test", MetricData=[{"MetricName": "No", **datum}])


def test_large_requests_come_compressed(server: RunningServer) -> None:
    client = server.client("cloudwatch")
    datum = {"MetricName": "Many", "Dimensions": DIMENSIONS, "Timestamp": MINUTE, "Value": 1.0}
    client.put_metric_data(Namespace="Test", MetricData=[datum] * 500)
    assert [found["SampleCount"] for found in _statistics(client, "Many", 60, Statistics=["SampleCount"])] == [500]


def test_a_body_that_is_not_compressed_as_it_says_is_refused(server: RunningServer) -> None:
    client = server.client("cloudwatch")
    client.meta.events.register(
        "before-sign.cloudwatch.PutMetricData",
        lambda request, **_: request.headers.add_header("Content-Encoding", "gzip"),
    )
    with pytest.raises(ClientError, match="the request body is not gzip"):
        client.put_metric_data(Namespace="Test", MetricData=[{"MetricName": "M", "Value": 1.0}])


def test_query_protocol_is_spoken_too(server: RunningServer) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    put = b"Action=PutMetricData&Namespace=Test&MetricData.member.1.MetricName=Form&MetricData.member.1.Value=2.5"
    listing = b"Action=ListMetrics&MetricName=Form"

    requests = [RawRequest("cloudwatch", "", "POST", "/", headers, form) for form in (put, listing)]
    answers = [send(signed(request, server.environment, "monitoring"), server.url) for request in requests]

    assert [answer.status for answer in answers] == [200, 200]
    assert b"<MetricName>Form</MetricName>" in answers[1].body


def test_data_outlive_the_server(tmp_path: Path) -> None:
    with running(tmp_path, (cloudwatch.build,)) as server:
        datum = {"MetricName": "Kept", "Dimensions": DIMENSIONS, "Timestamp": MINUTE, "Value": 4.0}
        server.client("cloudwatch").put_metric_data(Namespace="Test", MetricData=[datum])

    with running(tmp_path, (cloudwatch.build,)) as server:
        (found,) = _statistics(server.client("cloudwatch"), "Kept", 60, Statistics=["Maximum"])

    assert found["Maximum"] == 4


def test_seconds_become_minutes_and_minutes_go(tmp_path: Path) -> None:
    store = Datapoints(tmp_path / "metrics.sqlite")
    metric = Metric("Test", "Old", ())
    store.add(Datapoint(metric, 600 + second, "None", True, Aggregate.of_values([(1.0, 1.0)])) for second in (1, 2, 61))

    store.thin_out(600 + 4 * 3600)

    assert [(at.second, at.aggregate.count) for at in store.periods(metric, 0, 9999, 60)] == [(600, 2), (660, 1)]
    assert store.periods(metric, 0, 9999, 10) == []
    store.thin_out(600 + 16 * 24 * 3600)
    assert store.metrics() == []
    store.close()
