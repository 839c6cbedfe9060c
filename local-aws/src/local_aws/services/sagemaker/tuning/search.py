"""The search of a tuning job: which training jobs are started one after the other, and when it is over."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from local_aws.kernel.records import Record
from local_aws.kernel.work import Running
from local_aws.services.sagemaker.jobs.endings import STOPPED_WITH_SERVER, JobFailedError
from local_aws.services.sagemaker.tuning.definitions import CONFIG, definitions_of
from local_aws.services.sagemaker.tuning.progress import objective_value
from local_aws.services.sagemaker.tuning.strategies import Strategy, Trial
from local_aws.services.sagemaker.tuning.trials import Trials

_ATTEMPTS = 5
"""A tuning job fails when this many training jobs have ended and none has an objective."""


@dataclass
class Search:
    """The search of one tuning job, which several workers carry on."""

    trials: Trials
    record: Record
    running: Running
    strategies: list[Strategy]
    """One for each definition, which take turns."""
    limit: int
    earlier: list[Trial]
    """The trials of the tuning jobs from which this one starts."""

    def __post_init__(self) -> None:
        self._sign = sign_of(definitions_of(self.record)[0].objective)
        self._lock = threading.Lock()
        self._started = 0
        self._is_over = False

    def work(self) -> None:
        """Run one training job after the other until there are no more to start."""
        try:
            while (name := self._start()) is not None:
                self.trials.finish(name, self.running)
                self._look_at_results(name)
        except BaseException:
            self._is_over = True
            raise

    def _start(self) -> str | None:
        with self._lock:
            if self._is_over or self.running.stopping.is_set() or self._started == self.limit:
                return None
            place = self._started % len(self.strategies)
            own = [trial_of(summary, self._sign) for at, summary in self._trials() if at == place]
            values = self.strategies[place].propose([*self.earlier, *own])
            self._started += 1
            return self.trials.start(self.record, self._started, place, values)

    def _look_at_results(self, name: str) -> None:
        """End the search if the server stops, no training job succeeds, or the target is reached."""
        with self._lock:
            summaries = [summary for _, summary in self._trials()]
        reasons = {summary["TrainingJobName"]: summary.get("FailureReason") for summary in summaries}
        if reasons[name] == STOPPED_WITH_SERVER:
            raise JobFailedError(STOPPED_WITH_SERVER)
        ended = [summary for summary in summaries if summary["ObjectiveStatus"] != "Pending"]
        losses = [loss for each in ended if (loss := trial_of(each, self._sign).loss) is not None]
        criteria = self.record[CONFIG].get("TuningJobCompletionCriteria", {})
        target = criteria.get("TargetObjectiveMetricValue")
        if target is not None and losses and min(losses) <= self._sign * target:
            self._is_over = True
        if losses or self.running.stopping.is_set() or len(ended) < min(_ATTEMPTS, self.limit):
            return
        if all(summary["TrainingJobStatus"] == "Completed" for summary in ended):
            raise JobFailedError(
                f"No objective metrics found after running {len(ended)} training jobs. Please ensure that the custom "
                "algorithm is emitting the objective metric as defined by the regular expression provided."
            )
        raise JobFailedError(
            f"No training job succeeded after {len(ended)} attempts. For additional details, please take a look at "
            "the training job failures by listing training jobs for the hyperparameter tuning job."
        )

    def _trials(self) -> list[tuple[int, Record]]:
        return self.trials.of(self.record["HyperParameterTuningJobName"])


def sign_of(objective: Record) -> int:
    """Return by what an objective is multiplied to be a loss."""
    return -1 if objective["Type"] == "Maximize" else 1


def trial_of(summary: Record, sign: int) -> Trial:
    """Return what a strategy learns from a training job."""
    loss = sign * objective_value(summary) if summary["ObjectiveStatus"] == "Succeeded" else None
    return Trial(summary["TunedHyperParameters"], loss, summary["ObjectiveStatus"] == "Pending")
