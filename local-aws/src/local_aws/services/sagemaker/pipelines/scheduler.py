"""Runs the steps of one execution in their order, independent ones side by side.

The loop sleeps until a step ends: nothing is polled.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from local_aws.services.sagemaker.pipelines.definition import Step
from local_aws.services.sagemaker.pipelines.graph import Graph
from local_aws.services.sagemaker.pipelines.stop_signal import StopSignal
from local_aws.services.sagemaker.pipelines.triggers import COMPLETED, is_met

EndStatus = Literal["Succeeded", "Failed", "Stopped", "Suspended"]
"""Suspended: the server ends while the step waits for somebody else, and so has the execution."""
ExecutionEnd = EndStatus | Literal["CompletedWithFailures"]


@dataclass(frozen=True)
class StepEnd:
    """How a step ended."""

    status: EndStatus
    outcome: bool | None = None
    """Which branch a Condition step took; None for other types."""


class Scheduler:
    """Runs one execution: `run_step` runs one step, in a thread of its own, and must not raise.

    Steps in `waited` were waiting when an earlier server ended: they go on, also in an execution that is being stopped.
    """

    def __init__(
        self,
        graph: Graph,
        run_step: Callable[[Step], StepEnd],
        stop: StopSignal,
        max_parallel: Callable[[], int],
        ended: Mapping[str, StepEnd] | None = None,
        waited: Collection[str] = (),
    ) -> None:
        self._graph = graph
        self._run_step = run_step
        self._stop = stop
        self._max_parallel = max_parallel
        self._ended: dict[str, StepEnd] = dict(ended or {})
        self._waited = waited
        self._started = set(self._ended)
        self._running = 0
        self._ends: queue.SimpleQueue[tuple[str, StepEnd]] = queue.SimpleQueue()

    def run(self) -> ExecutionEnd:
        """Run to the end, in this thread.

        After a failed step, those that run finish and no other one starts but those whose trigger asks for such an end.
        Where a step has a trigger for the failed step's end, the others go on, too; if it runs, the execution has
        completed with failures. Steps of branches that were not taken never start, nor those whose trigger is not met.
        """
        self._start_ready()
        while self._running:
            name, end = self._ends.get()
            self._running -= 1
            self._ended[name] = end
            self._start_ready()
        if self._suspended:
            return "Suspended"
        if any(not self._followers(name) & self._started for name in self._broken):
            return "Failed"
        if self._stop.requested:
            return "Stopped"
        return "CompletedWithFailures" if self._broken else "Succeeded"

    @property
    def _broken(self) -> list[str]:
        """The steps that have failed, or were stopped by somebody who has not stopped the execution."""
        ends = {"Failed"} if self._stop.requested else {"Failed", "Stopped"}
        return [name for name, end in self._ended.items() if end.status in ends]

    def _followers(self, name: str) -> set[str]:
        """Return the steps whose trigger asks for the end that a step has come to."""
        status = self._ended[name].status
        steps = self._graph.steps.values()
        return {step.name for step in steps if name in step.triggers and is_met(step.triggers[name], status)}

    @property
    def _suspended(self) -> bool:
        return any(end.status == "Suspended" for end in self._ended.values())

    def _start_ready(self) -> None:
        if self._suspended:
            return
        room = self._max_parallel() - self._running
        ready = [step for step in self._graph.steps.values() if self._is_ready(step.name)]
        if any(not self._followers(name) for name in self._broken):
            ready = [step for step in ready if set(step.triggers.values()) - {COMPLETED}]
        for step in ready[: max(room, 0)]:
            self._started.add(step.name)
            self._running += 1
            threading.Thread(target=self._work, args=(step,), name=f"step {step.name}", daemon=True).start()

    def _is_ready(self, name: str) -> bool:
        if name in self._started or (self._stop.requested and name not in self._waited):
            return False
        triggers = self._graph.steps[name].triggers
        if not all(self._is_met(other, triggers.get(other, COMPLETED)) for other in self._graph.dependencies[name]):
            return False
        required = self._graph.required_outcomes[name]
        return all(self._ended[condition].outcome == outcome for condition, outcome in required.items())

    def _is_met(self, name: str, trigger: str) -> bool:
        return name in self._ended and is_met(trigger, self._ended[name].status)

    def _work(self, step: Step) -> None:
        end = StepEnd("Failed")
        try:
            end = self._run_step(step)
        finally:
            # Whatever happens to a step, the execution must not wait for it forever.
            self._ends.put((step.name, end))
