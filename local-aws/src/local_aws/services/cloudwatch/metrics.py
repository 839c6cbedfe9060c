"""Metrics: PutMetricData, GetMetricStatistics, GetMetricData, ListMetrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from local_aws.contracts.paging import page
from local_aws.kernel.context import Answer, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now
from local_aws.services.cloudwatch.aggregates import check_statistic, published
from local_aws.services.cloudwatch.datapoints import HIGH_RESOLUTION_SECONDS, MINUTE, Datapoint, Datapoints, Metric

_MAX_DATA = 1000
_MAX_STATISTICS = 1440
_MAX_DATAPOINTS = 100_800
_OLDEST = timedelta(days=14)
_NEWEST = timedelta(hours=2)
METRIC_DATA = (
    *("StartTime", "EndTime", "ScanBy", "MaxDatapoints", "NextToken"),
    *(f"MetricDataQueries.{member}" for member in ("Id", "MetricStat", "Label", "ReturnData")),
)
METRIC_LISTING = ("Namespace", "MetricName", "Dimensions", "NextToken", "RecentlyActive")


class Metrics:
    """Stores datapoints, and returns statistics of them."""

    def __init__(self, datapoints: Datapoints, on_data: Callable[[Iterable[Metric]], None]) -> None:
        self._datapoints = datapoints
        self._on_data = on_data

    def put(self, request: Request) -> Answer:
        """Serve PutMetricData."""
        data = request.get("MetricData", [])
        if not data or len(data) > _MAX_DATA:
            raise AwsError("InvalidParameterValue", f"MetricData must have 1 to {_MAX_DATA} items, not {len(data)}")
        datapoints = [
            _datapoint(request["Namespace"], datum, f"MetricData.member.{index}") for index, datum in enumerate(data, 1)
        ]
        self._datapoints.add(datapoints)
        self._on_data({datapoint.metric for datapoint in datapoints})
        return {}

    def statistics(self, request: Request) -> Answer:
        """Serve GetMetricStatistics; datapoints come in order of time, which AWS does not promise."""
        _check_period(request["Period"])
        simple, extended = request.get("Statistics", []), request.get("ExtendedStatistics", [])
        if not simple and not extended:
            raise AwsError("InvalidParameterCombination", "Statistics or ExtendedStatistics must be given")
        for statistic in extended:
            check_statistic(statistic)
        start, end, period = _second(request["StartTime"]), _second(request["EndTime"]), request["Period"]
        if start >= end:
            raise AwsError("InvalidParameterValue", "The parameter StartTime must be less than the parameter EndTime.")
        if (end - start) / period > _MAX_STATISTICS:
            raise AwsError(
                "InvalidParameterCombination",
                f"You have requested up to {(end - start) // period} datapoints, which exceeds the limit of "
                f"{_MAX_STATISTICS}. You may reduce the datapoints requested by increasing Period, or decreasing "
                "the time range.",
            )
        datapoints: list[Record] = []
        first = _rounded(start, period)
        for at in self._datapoints.periods(Metric.of(request), first, end, period, request.get("Unit")):
            entry: Record = {"Timestamp": _time(at.second), "Unit": at.unit}
            entry |= {name: at.aggregate.statistic(name) for name in simple}
            percentiles = {name: at.aggregate.statistic(name) for name in extended}
            if values := {name: value for name, value in percentiles.items() if value is not None}:
                entry["ExtendedStatistics"] = values
            datapoints.append(entry)
        return {"Label": request["MetricName"], "Datapoints": datapoints}

    def data(self, request: Request) -> Answer:
        """Serve GetMetricData for queries of one metric and statistic each."""
        start, end = _second(request["StartTime"]), _second(request["EndTime"])
        if start >= end:
            raise AwsError("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")
        results = [self._result(query, start, end) for query in request["MetricDataQueries"]]
        # A page is cut from all values in the order of the queries.
        values = [(result["Id"], pair) for result in results for pair in result["pairs"]]
        if request.get("ScanBy", "TimestampDescending") == "TimestampDescending":
            values = [(result["Id"], pair) for result in results for pair in reversed(result["pairs"])]
        cut, token = page(values, request, size_key="MaxDatapoints", default=_MAX_DATAPOINTS)
        answer = []
        for result in results:
            pairs = [pair for of_query, pair in cut if of_query == result["Id"]]
            answer.append(
                {
                    "Id": result["Id"],
                    "Label": result["Label"],
                    "Timestamps": [_time(second) for second, _ in pairs],
                    "Values": [value for _, value in pairs],
                    "StatusCode": "Complete" if token is None else "PartialData",
                }
            )
        return {"MetricDataResults": answer, **({"NextToken": token} if token else {})}

    def list(self, request: Request) -> Answer:
        """Serve ListMetrics."""
        since = int(now().timestamp()) - HIGH_RESOLUTION_SECONDS if "RecentlyActive" in request else 0
        return {"Metrics": [metric.members for metric in self._datapoints.metrics(since) if _matches(metric, request)]}

    def _result(self, query: Record, start: int, end: int) -> Record:
        where = f"query {query['Id']!r}"
        if "MetricStat" not in query or query.get("ReturnData") is False:
            reason = f"{where} must have a MetricStat and return data: local_aws does not support metric math"
            raise AwsError("ValidationError", reason)
        stat = query["MetricStat"]
        _check_period(stat["Period"])
        check_statistic(stat["Stat"])
        first = _rounded(start, stat["Period"])
        periods = self._datapoints.periods(Metric.of(stat["Metric"]), first, end, stat["Period"], stat.get("Unit"))
        pairs = [(at.second, at.aggregate.statistic(stat["Stat"])) for at in periods]
        label = query.get("Label", stat["Metric"]["MetricName"])
        return {"Id": query["Id"], "Label": label, "pairs": [pair for pair in pairs if pair[1] is not None]}


def _datapoint(namespace: str, datum: Record, path: str) -> Datapoint:
    resolution = datum.get("StorageResolution", MINUTE)
    if resolution not in (1, MINUTE):
        raise AwsError("InvalidParameterValue", f"StorageResolution must be 1 or 60, not {resolution}")
    at = datum.get("Timestamp", now())
    if not now() - _OLDEST <= at <= now() + _NEWEST:
        raise AwsError(
            "InvalidParameterValue",
            f"The Timestamp {at.isoformat()} of metric {datum['MetricName']} must be of the last two weeks, or at most "
            "two hours ahead",
        )
    metric = Metric.of({**datum, "Namespace": namespace})
    return Datapoint(metric, _second(at), datum.get("Unit", "None"), resolution == 1, published(datum, path))


def _check_period(period: int) -> None:
    if period not in (1, 5, 10, 20, 30) and period % MINUTE:
        raise AwsError("InvalidParameterValue", f"Period must be 1, 5, 10, 20, 30 or a multiple of 60, not {period}")


def _matches(metric: Metric, request: Request) -> bool:
    if request.get("Namespace", metric.namespace) != metric.namespace:
        return False
    if request.get("MetricName", metric.name) != metric.name:
        return False
    dimensions: dict[str, Any] = dict(metric.dimensions)
    wanted = request.get("Dimensions", [])
    return all(
        dimension["Name"] in dimensions
        and dimension.get("Value", dimensions[dimension["Name"]]) == dimensions[dimension["Name"]]
        for dimension in wanted
    )


def _rounded(start: int, period: int) -> int:
    """Return the start of a request as CloudWatch takes it: down to the minute, or to a period of some seconds."""
    return start - start % min(period, MINUTE)


def _second(time: datetime) -> int:
    return int(time.timestamp())


def _time(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
