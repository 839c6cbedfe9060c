"""Hyperparameter tuning jobs: real training jobs, some at a time, with hyperparameters that a strategy chooses.

The training jobs are ordinary ones, created and run by `TrainingJobs`. As on AWS a tuning job goes on when some of them
fail, keeps what they have made when it is stopped, and gives up when the first ones all fail.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from local_aws.contracts.operations import Operation, Pages
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, public
from local_aws.kernel.work import Running, Work
from local_aws.services.sagemaker.jobs.endings import STOPPED_WITH_SERVER, Ending, JobFailedError, JobStoppedError
from local_aws.services.sagemaker.jobs.job_store import JobStore
from local_aws.services.sagemaker.jobs.training import TrainingJobs
from local_aws.services.sagemaker.resources import Kind
from local_aws.services.sagemaker.tags import Tags
from local_aws.services.sagemaker.tuning import warm_start
from local_aws.services.sagemaker.tuning.definitions import CONFIG, ONE, SEVERAL, Definition, definitions_of
from local_aws.services.sagemaker.tuning.progress import listed, objective_value, progress, ranked, summarize
from local_aws.services.sagemaker.tuning.requests import (
    HONOURED,
    OBJECTIVE_PARAMETER,
    VALUES,
    number_of_jobs,
    strategy_of,
    training_request,
    validate,
)
from local_aws.services.sagemaker.tuning.search_space import Values
from local_aws.services.sagemaker.tuning.strategies import Strategy, Trial

_TRIALS = "_trials"
"""The member of a record that holds its training jobs: name, tuned hyperparameters and number of the definition."""
_ATTEMPTS = 5
"""A tuning job fails when this many training jobs have ended and none has an objective."""
_MAX_SIDE_BY_SIDE = 100
"""How many training jobs of a tuning job run at once, whatever more the request allows."""
_LOOK_SECONDS = 0.2
"""How often a worker looks whether the tuning job is to be stopped while its training job runs."""


class TuningJobs(JobStore):
    """The hyperparameter tuning jobs."""

    kind = Kind(
        resource="hyper-parameter-tuning-job",
        member="HyperParameterTuningJob",
        summary=(
            *("HyperParameterTuningJobName", "HyperParameterTuningJobArn", "HyperParameterTuningJobStatus"),
            *("CreationTime", "HyperParameterTuningEndTime", "LastModifiedTime"),
        ),
        list_member="HyperParameterTuningJobSummaries",
        newest_first=False,
        taken_code="ResourceInUse",
        taken="Hyperparameter tuning job names must be unique, and {arn} exists already; choose another",
        missing_code="ResourceNotFound",
        missing="Requested resource not found: {arn}",
    )
    honoured = HONOURED
    values = VALUES

    def __init__(self, context: Context, work: Work, tags: Tags, training_jobs: TrainingJobs) -> None:
        super().__init__(context, work, tags)
        self._training_jobs = training_jobs

    def operations(self) -> dict[str, Operation]:
        """Return the contract; jobs are listed by name unless the request says otherwise."""
        operations = super().operations()
        listing = operations["ListHyperParameterTuningJobs"]
        return {
            **operations,
            "DescribeHyperParameterTuningJob": Operation(self.describe),
            "ListHyperParameterTuningJobs": replace(listing, handler=self.list_jobs),
            "ListTrainingJobsForHyperParameterTuningJob": Operation(
                self.list_training_jobs, pages=Pages("TrainingJobSummaries")
            ),
        }

    def validate(self, request: Request) -> None:
        """Check the request; see `requests`."""
        definitions = definitions_of(request)
        validate(request, definitions, self._images)
        warm_start.check_warm_start(request, definitions, self._resources.get)

    def create(self, request: Request) -> Answer:
        """Serve CreateHyperParameterTuningJob: the description shows the hyperparameter that SageMaker adds."""
        self.validate(request)
        contents = [
            {
                **each.content,
                "StaticHyperParameters": {
                    **each.content.get("StaticHyperParameters", {}),
                    OBJECTIVE_PARAMETER: each.objective["MetricName"],
                },
            }
            for each in definitions_of(request)
        ]
        return super().create({**request, **({ONE: contents[0]} if ONE in request else {SEVERAL: contents})})

    def role(self, record: Record) -> str:
        """Return the role of the training jobs; where they have several, the first."""
        return str(definitions_of(record)[0].content["RoleArn"])

    def note_status(self, record: Record, status: str) -> None:
        """Note how the training jobs stand, for the event of the change."""
        record.update(self._progress(record))

    def describe(self, request: Request) -> Answer:
        """Serve DescribeHyperParameterTuningJob."""
        record = self._resources.get(request["HyperParameterTuningJobName"])
        return {**public(record), **self._progress(record)}

    def list_jobs(self, request: Request) -> Answer:
        """Serve ListHyperParameterTuningJobs."""
        answer = self._resources.summaries({"SortBy": "Name", **request})
        return {member: (self._summary(summary) for summary in summaries) for member, summaries in answer.items()}

    def list_training_jobs(self, request: Request) -> Answer:
        """Serve ListTrainingJobsForHyperParameterTuningJob: those that run too."""
        record = self._resources.get(request["HyperParameterTuningJobName"])
        return {"TrainingJobSummaries": listed(list(self._summaries(record)), request)}

    def run(self, record: Record, running: Running) -> Ending:
        """Run the training jobs, as many side by side as the request allows."""
        config, definitions = record[CONFIG], definitions_of(record)
        total = number_of_jobs(config, definitions)
        side_by_side = min(total, config["ResourceLimits"]["MaxParallelTrainingJobs"], _MAX_SIDE_BY_SIDE)
        strategies = [strategy_of(config, definition) for definition in definitions]
        search = _Search(self, record, running, strategies, total, self._trials_of_parents(record))
        with ThreadPoolExecutor(
            side_by_side, thread_name_prefix=f"tuning {record['HyperParameterTuningJobName']}"
        ) as pool:
            workers = [pool.submit(search.work) for _ in range(side_by_side)]
        for worker in workers:
            worker.result()
        if running.stopping.is_set():
            raise JobStoppedError
        return Ending("Completed")

    def start_training(self, record: Record, number: int, place: int, values: Values) -> str:
        """Start a training job of one of a tuning job's definitions, and return its name."""
        tuning_job = record["HyperParameterTuningJobName"]
        name = f"{tuning_job}-{number:03d}-{secrets.token_hex(4)}"
        request = training_request(definitions_of(record)[place], values)
        arn = record["HyperParameterTuningJobArn"]
        self._training_jobs.create({**request, "TrainingJobName": name, "TuningJobArn": arn})

        def note(record: Record) -> None:
            record.setdefault(_TRIALS, []).append({"Name": name, "Values": values, "Definition": place})
            record["LastModifiedTime"] = now()

        self._resources.change(tuning_job, note)
        return name

    def finish_training(self, name: str, running: Running) -> None:
        """Wait until a training job has ended; stop it when its tuning job is stopped."""
        key, is_asked = self._training_jobs.job_id(name), False
        while not self._work.wait(key, _LOOK_SECONDS):
            if running.stopping.is_set() and not is_asked:
                is_asked = True
                self._stop_training(name)

    def trials(self, name: str) -> list[tuple[int, Record]]:
        """Return the training jobs of a tuning job in the order of their start: definition's number, and summary."""
        record = self._resources.get(name)
        places = [trial.get("Definition", 0) for trial in record.get(_TRIALS, ())]
        return list(zip(places, self._summaries(record), strict=True))

    def _trials_of_parents(self, record: Record) -> list[Trial]:
        """Return what the tuning jobs from which one starts have found out."""
        sign = _sign(definitions_of(record)[0].objective)
        return [
            _trial(summary, sign) for parent in warm_start.parent_names(record) for _, summary in self.trials(parent)
        ]

    def _stop_training(self, name: str) -> None:
        try:
            self._training_jobs.stop({"TrainingJobName": name})
        except AwsError:
            # It has ended in the meantime, which is as good.
            return

    def _summaries(self, record: Record) -> Iterator[Record]:
        definitions = definitions_of(record)
        for trial in record.get(_TRIALS, ()):
            definition: Definition = definitions[trial.get("Definition", 0)]
            job = self._training_jobs.record(trial["Name"])
            yield summarize(job, trial["Values"], definition.objective, definition.name)

    def _progress(self, record: Record) -> Record:
        objective, summaries = definitions_of(record)[0].objective, list(self._summaries(record))
        members = progress(summaries, objective)
        if warm_start.is_compared_with_parents(record) and (best := ranked(self._of_all(record, summaries), objective)):
            members["OverallBestTrainingJob"] = best[0]
        started = record.get("CreationTime", now())
        seconds = (record.get("HyperParameterTuningEndTime", now()) - started).total_seconds()
        return {**members, "ConsumedResources": {"RuntimeInSeconds": round(seconds)}}

    def _of_all(self, record: Record, summaries: list[Record]) -> list[Record]:
        """Return a tuning job's training jobs, and those of the tuning jobs from which it starts."""
        parents = warm_start.parent_names(record)
        return summaries + [{**each, "TuningJobName": name} for name in parents for _, each in self.trials(name)]

    def _summary(self, summary: Record) -> Record:
        record = self._resources.get(summary["HyperParameterTuningJobName"])
        counters = self._progress(record)
        config = record[CONFIG]
        return {
            **summary,
            **{name: counters[name] for name in ("TrainingJobStatusCounters", "ObjectiveStatusCounters")},
            **{name: config[name] for name in ("Strategy", "ResourceLimits")},
        }


@dataclass
class _Search:
    """The search of one tuning job, which several workers carry on."""

    jobs: TuningJobs
    record: Record
    running: Running
    strategies: list[Strategy]
    """One for each definition, which take turns."""
    limit: int
    earlier: list[Trial]
    """The trials of the tuning jobs from which this one starts."""

    def __post_init__(self) -> None:
        self._sign = _sign(definitions_of(self.record)[0].objective)
        self._lock = threading.Lock()
        self._started = 0
        self._is_over = False

    def work(self) -> None:
        """Run one training job after the other until there are no more to start."""
        try:
            while (name := self._start()) is not None:
                self.jobs.finish_training(name, self.running)
                self._look_at_results(name)
        except BaseException:
            self._is_over = True
            raise

    def _start(self) -> str | None:
        with self._lock:
            if self._is_over or self.running.stopping.is_set() or self._started == self.limit:
                return None
            place = self._started % len(self.strategies)
            own = [_trial(summary, self._sign) for at, summary in self._trials() if at == place]
            values = self.strategies[place].propose([*self.earlier, *own])
            self._started += 1
            return self.jobs.start_training(self.record, self._started, place, values)

    def _look_at_results(self, name: str) -> None:
        """End the search if the server stops, no training job succeeds, or the target is reached."""
        with self._lock:
            summaries = [summary for _, summary in self._trials()]
        reasons = {summary["TrainingJobName"]: summary.get("FailureReason") for summary in summaries}
        if reasons[name] == STOPPED_WITH_SERVER:
            raise JobFailedError(STOPPED_WITH_SERVER)
        ended = [summary for summary in summaries if summary["ObjectiveStatus"] != "Pending"]
        losses = [loss for each in ended if (loss := _trial(each, self._sign).loss) is not None]
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
        return self.jobs.trials(self.record["HyperParameterTuningJobName"])


def _sign(objective: Record) -> int:
    """Return by what an objective is multiplied to be a loss."""
    return -1 if objective["Type"] == "Maximize" else 1


def _trial(summary: Record, sign: int) -> Trial:
    """Return what a strategy learns from a training job."""
    loss = sign * objective_value(summary) if summary["ObjectiveStatus"] == "Succeeded" else None
    return Trial(summary["TunedHyperParameters"], loss, summary["ObjectiveStatus"] == "Pending")
