"""The thread that evaluates alarms: at the end of each of their periods, and when data of their metric come in."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable

from local_aws.kernel.records import Record, Records
from local_aws.services.cloudwatch.datapoints import Datapoints, Metric
from local_aws.services.cloudwatch.evaluation import evaluate, first_second
from local_aws.services.cloudwatch.history import History
from local_aws.services.cloudwatch.states import KIND, States

_LEAST_SECONDS = 1.0
"""Between two looks at alarms, however much data come in."""
_HOLD_SECONDS = 10
"""How long a state that was set by hand lasts at least."""
_THIN_OUT_SECONDS = 600.0
_STOP_SECONDS = 5.0
_log = logging.getLogger(__name__)


class Evaluator:
    """Evaluates alarms until it is stopped."""

    def __init__(self, records: Records, datapoints: Datapoints, states: States, history: History) -> None:
        self._records = records
        self._datapoints = datapoints
        self._states = states
        self._history = history
        self._changed = threading.Condition()
        self._news: set[Metric] = set()
        self._due: dict[str, float] = {}
        self._held: dict[str, float] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cloudwatch-alarms", daemon=True)

    def start(self) -> None:
        """Begin; every alarm is evaluated at once."""
        self._due = {alarm["AlarmName"]: 0.0 for alarm in self._records.list(KIND)}
        self._thread.start()

    def stop(self) -> None:
        """End within seconds."""
        self._stopping.set()
        with self._changed:
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    def data_came(self, metrics: Iterable[Metric]) -> None:
        """Take notice of new datapoints."""
        with self._changed:
            self._news.update(metrics)
            self._changed.notify()

    def alarm_changed(self, name: str) -> None:
        """Evaluate an alarm soon."""
        with self._changed:
            self._held.pop(name, None)
            self._due[name] = 0.0
            self._changed.notify()

    def hold(self, name: str) -> None:
        """Leave an alarm in the state that was set by hand, until its next evaluation."""
        with self._changed:
            self._due[name] = self._held[name] = time.time() + _HOLD_SECONDS
            self._changed.notify()

    def _run(self) -> None:
        thin_out_at = time.monotonic()
        while not self._stopping.is_set():
            try:
                if time.monotonic() >= thin_out_at:
                    self._datapoints.thin_out(time.time())
                    self._history.thin_out()
                    thin_out_at = time.monotonic() + _THIN_OUT_SECONDS
                self._look()
            except Exception:  # noqa: BLE001 (the boundary: one alarm must not end the evaluation of the others)
                _log.exception("alarms could not be evaluated")
            if self._stopping.wait(_LEAST_SECONDS):
                return
            with self._changed:
                if not self._news:
                    soonest = min(self._due.values(), default=float("inf")) - time.time()
                    self._changed.wait(min(max(soonest, 0.0), _THIN_OUT_SECONDS))

    def _look(self) -> None:
        with self._changed:
            news, self._news = self._news, set()
        if not self._due:
            return
        at = time.time()
        alarms = self._records.list(KIND)
        names = {alarm["AlarmName"] for alarm in alarms}
        with self._changed:
            self._due = {name: due for name, due in self._due.items() if name in names}
            self._held = {name: until for name, until in self._held.items() if name in names and until > at}
            due = {name for name, since in self._due.items() if since <= at} - self._held.keys()
        for alarm in alarms:
            name = alarm["AlarmName"]
            if name in due or (name not in self._held and Metric.of(alarm) in news):
                self._evaluate(alarm, int(at))

    def _evaluate(self, alarm: Record, at: int) -> None:
        period, name = alarm["Period"], alarm["AlarmName"]
        with self._changed:
            # Evaluated before: what is set by hand meanwhile keeps its own time.
            if name not in self._held:
                self._due[name] = at - at % period + period
        statistic = alarm.get("Statistic") or alarm["ExtendedStatistic"]
        start = first_second(alarm, at)
        values: dict[int, float] = {}
        for found in self._datapoints.periods(Metric.of(alarm), start, at + 1, period, alarm.get("Unit")):
            value = found.aggregate.statistic(statistic)
            if value is not None:
                values[found.second] = value
        state = evaluate(alarm, values, at)
        # Set by hand meanwhile: this evaluation is of before.
        if state is not None and state.value != alarm["StateValue"] and name not in self._held:
            self._states.enter(alarm, state)
