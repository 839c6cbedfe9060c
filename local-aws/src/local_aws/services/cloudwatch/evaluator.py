"""The thread that evaluates alarms: at the end of each of their periods, and when data of their metric come in."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

from local_aws.kernel.records import Record, Records
from local_aws.kernel.work import Loop
from local_aws.services.cloudwatch.datapoints import Datapoints, Metric
from local_aws.services.cloudwatch.evaluation import evaluate, first_second
from local_aws.services.cloudwatch.history import History
from local_aws.services.cloudwatch.states import KIND, States

_PAUSE_SECONDS = 1.0
"""Between two evaluations, however much data come in."""
_HOLD_SECONDS = 10
"""How long a state that was set by hand lasts at least."""
_THIN_OUT_SECONDS = 600.0


class Evaluator:
    """Evaluates alarms until it is stopped."""

    def __init__(self, records: Records, datapoints: Datapoints, states: States, history: History) -> None:
        self._records = records
        self._datapoints = datapoints
        self._states = states
        self._history = history
        self._lock = threading.Lock()
        self._news: set[Metric] = set()
        self._due: dict[str, float] = {}
        self._held: dict[str, float] = {}
        self._thin_out_at = 0.0
        self._loop = Loop(
            "cloudwatch-alarms", self._round, pause_seconds=_PAUSE_SECONDS, retry_seconds=_PAUSE_SECONDS, finishes=False
        )

    def start(self) -> None:
        """Start; every alarm is evaluated at once."""
        self._due = {alarm["AlarmName"]: 0.0 for alarm in self._records.list(KIND)}
        self._loop.start(asked=True)

    def stop(self) -> None:
        """Stop within seconds."""
        self._loop.stop()

    def data_came(self, metrics: Iterable[Metric]) -> None:
        """Note new datapoints."""
        with self._lock:
            self._news.update(metrics)
        self._loop.ask()

    def alarm_changed(self, name: str) -> None:
        """Evaluate an alarm soon."""
        with self._lock:
            self._held.pop(name, None)
            self._due[name] = 0.0
        self._loop.ask()

    def hold(self, name: str) -> None:
        """Leave an alarm in the state that was set by hand, until its next evaluation."""
        with self._lock:
            self._due[name] = self._held[name] = time.time() + _HOLD_SECONDS
        self._loop.ask()

    def _round(self) -> float:
        if time.monotonic() >= self._thin_out_at:
            self._datapoints.thin_out(time.time())
            self._history.thin_out()
            self._thin_out_at = time.monotonic() + _THIN_OUT_SECONDS
        self._evaluate_due()
        with self._lock:
            soonest = min(self._due.values(), default=float("inf")) - time.time()
        return min(max(soonest, 0.0), _THIN_OUT_SECONDS)

    def _evaluate_due(self) -> None:
        with self._lock:
            news, self._news = self._news, set()
        if not self._due:
            return
        at = time.time()
        alarms = self._records.list(KIND)
        names = {alarm["AlarmName"] for alarm in alarms}
        with self._lock:
            self._due = {name: due for name, due in self._due.items() if name in names}
            self._held = {name: until for name, until in self._held.items() if name in names and until > at}
            due = {name for name, since in self._due.items() if since <= at} - self._held.keys()
        for alarm in alarms:
            name = alarm["AlarmName"]
            if name in due or (name not in self._held and Metric.of(alarm) in news):
                self._evaluate(alarm, int(at))

    def _evaluate(self, alarm: Record, at: int) -> None:
        period, name = alarm["Period"], alarm["AlarmName"]
        with self._lock:
            # Evaluated before: what is set by hand meanwhile keeps its own time.
            if name not in self._held:
                self._due[name] = at - at % period + period
        statistic = alarm.get("Statistic") or alarm["ExtendedStatistic"]
        start = first_second(alarm, at)
        values: dict[int, float] = {}
        for datapoints in self._datapoints.periods(Metric.of(alarm), start, at + 1, period, alarm.get("Unit")):
            value = datapoints.aggregate.statistic(statistic)
            if value is not None:
                values[datapoints.second] = value
        state = evaluate(alarm, values, at)
        # Set by hand meanwhile: this evaluation is of before.
        if state is not None and state.value != alarm["StateValue"] and name not in self._held:
            self._states.enter(alarm, state)
