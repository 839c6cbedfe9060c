"""Datapoints on disk: one row for each metric, unit and second (or minute), in a SQLite file of their own."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local_aws.kernel.database import open_database
from local_aws.services.cloudwatch.aggregates import Aggregate

MINUTE = 60
HIGH_RESOLUTION_SECONDS = 3 * 3600
"""How long CloudWatch keeps datapoints of a second; they are minutes afterwards."""
RETENTION_SECONDS = 15 * 24 * 3600
"""How long CloudWatch keeps datapoints of a minute. Nothing is kept longer here."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS metrics (
    id INTEGER PRIMARY KEY,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    dimensions TEXT NOT NULL,
    UNIQUE (namespace, name, dimensions)
);
CREATE TABLE IF NOT EXISTS datapoints (
    metric INTEGER NOT NULL,
    second INTEGER NOT NULL,
    unit TEXT NOT NULL,
    high_resolution INTEGER NOT NULL,
    count REAL NOT NULL,
    total REAL NOT NULL,
    least REAL NOT NULL,
    most REAL NOT NULL,
    bins TEXT NOT NULL,
    PRIMARY KEY (metric, second, unit, high_resolution)
) WITHOUT ROWID;
"""
_ADD = """
INSERT INTO datapoints VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    count = excluded.count, total = excluded.total, least = excluded.least, most = excluded.most, bins = excluded.bins
"""
_THERE = """
SELECT count, total, least, most, bins FROM datapoints
WHERE metric = ? AND second = ? AND unit = ? AND high_resolution = ?
"""
_READ = """
SELECT second, unit, count, total, least, most, bins FROM datapoints JOIN metrics ON metrics.id = metric
WHERE namespace = ? AND name = ? AND dimensions = ? AND second >= ? AND second < ?
AND (? OR high_resolution) AND (? IS NULL OR unit = ?) ORDER BY second
"""
_OLD_SECONDS = """
SELECT metric, second, unit, count, total, least, most, bins FROM datapoints WHERE high_resolution AND second < ?
"""


@dataclass(frozen=True)
class Metric:
    """A metric: namespace, name and dimensions by name."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, request: Mapping[str, object]) -> Metric:
        """Read what a request, an alarm or a query names."""
        dimensions: Iterable[Mapping[str, str]] = request.get("Dimensions") or ()  # type: ignore[assignment]
        pairs = tuple(sorted((dimension["Name"], dimension["Value"]) for dimension in dimensions))
        return cls(str(request["Namespace"]), str(request["MetricName"]), pairs)

    @property
    def members(self) -> dict[str, object]:
        """Return the metric as answers show it."""
        dimensions = [{"Name": name, "Value": value} for name, value in self.dimensions]
        return {"Namespace": self.namespace, "MetricName": self.name, "Dimensions": dimensions}


@dataclass(frozen=True)
class Datapoint:
    """What was published of a metric for a second or a minute."""

    metric: Metric
    second: int
    """The start, in seconds since the epoch."""
    unit: str
    high_resolution: bool
    aggregate: Aggregate


@dataclass(frozen=True)
class Period:
    """A metric's values of one unit in a period that starts at `second`."""

    second: int
    unit: str
    aggregate: Aggregate


class Datapoints:
    """Stores datapoints, durably before `add` returns, and reads them by period.

    Parameters
    ----------
    path
        The SQLite file; made when it is not there.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = open_database(path, _SCHEMA, "the metrics of the last days")

    def add(self, datapoints: Iterable[Datapoint]) -> None:
        """Add datapoints, all or none; those of the same second are taken together."""
        with self._lock, self._connection:
            self._connection.execute("BEGIN")
            for datapoint in datapoints:
                self._add(self._id(datapoint.metric), datapoint)

    def periods(self, metric: Metric, start: int, end: int, period: int, unit: str | None = None) -> Sequence[Period]:
        """Return what a metric's values are taken together, by periods aligned to the epoch, oldest first.

        Parameters
        ----------
        start, end
            Seconds since the epoch; `end` is not included.
        period
            Seconds. Below a minute, datapoints of a minute's resolution are left out, as on AWS.
        """
        key = (metric.namespace, metric.name, json.dumps(metric.dimensions))
        with self._lock:
            rows = self._connection.execute(_READ, (*key, start, end, period >= MINUTE, unit, unit)).fetchall()
        periods: dict[tuple[int, str], Aggregate] = {}
        for second, of_unit, *columns in rows:
            at = (second - second % period, of_unit)
            aggregate = _aggregate(columns)
            periods[at] = periods[at] + aggregate if at in periods else aggregate
        return [Period(at, of_unit, aggregate) for (at, of_unit), aggregate in periods.items()]

    def metrics(self, since: int = 0) -> list[Metric]:
        """Return the metrics that have a datapoint of `since` or later."""
        query = """SELECT namespace, name, dimensions FROM metrics
            WHERE EXISTS (SELECT 1 FROM datapoints WHERE metric = id AND second >= ?)
            ORDER BY namespace, name, dimensions"""
        with self._lock:
            rows = self._connection.execute(query, (since,)).fetchall()
        return [
            Metric(namespace, name, tuple((key, value) for key, value in json.loads(dimensions)))
            for namespace, name, dimensions in rows
        ]

    def thin_out(self, now: float) -> None:
        """Make minutes of seconds, and drop minutes, that are past their time."""
        until = int(now - HIGH_RESOLUTION_SECONDS) // MINUTE * MINUTE
        with self._lock, self._connection:
            self._connection.execute("BEGIN")
            self._connection.execute("DELETE FROM datapoints WHERE second < ?", (int(now - RETENTION_SECONDS),))
            seconds = self._connection.execute(_OLD_SECONDS, (until,)).fetchall()
            for metric, second, unit, *columns in seconds:
                self._merge(metric, second // MINUTE * MINUTE, unit, False, _aggregate(columns))
            self._connection.execute("DELETE FROM datapoints WHERE high_resolution AND second < ?", (until,))
            self._connection.execute("DELETE FROM metrics WHERE id NOT IN (SELECT metric FROM datapoints)")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _add(self, metric: int, datapoint: Datapoint) -> None:
        second = datapoint.second if datapoint.high_resolution else datapoint.second // MINUTE * MINUTE
        self._merge(metric, second, datapoint.unit, datapoint.high_resolution, datapoint.aggregate)

    def _merge(self, metric: int, second: int, unit: str, high_resolution: bool, aggregate: Aggregate) -> None:
        key = (metric, second, unit, high_resolution)
        there = self._connection.execute(_THERE, key).fetchone()
        if there is not None:
            aggregate = _aggregate(there) + aggregate
        columns = (aggregate.count, aggregate.total, aggregate.least, aggregate.most, json.dumps(aggregate.bins))
        self._connection.execute(_ADD, (*key, *columns))

    def _id(self, metric: Metric) -> int:
        key = (metric.namespace, metric.name, json.dumps(metric.dimensions))
        self._connection.execute("INSERT OR IGNORE INTO metrics (namespace, name, dimensions) VALUES (?, ?, ?)", key)
        query = "SELECT id FROM metrics WHERE namespace = ? AND name = ? AND dimensions = ?"
        return int(self._connection.execute(query, key).fetchone()[0])


def _aggregate(columns: Sequence[object]) -> Aggregate:
    count, total, least, most, bins = columns
    return Aggregate(count, total, least, most, json.loads(bins))  # type: ignore[arg-type]
