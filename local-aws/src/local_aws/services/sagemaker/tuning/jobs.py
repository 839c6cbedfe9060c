"""Hyperparameter tuning jobs: real training jobs, some at a time, with hyperparameters that a strategy chooses.

The training jobs are ordinary ones, created and run by `TrainingJobs`. As on AWS a tuning job goes on when some of them
fail, keeps what they have made when it is stopped, and gives up when the first ones all fail.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from local_aws.contracts.operations import Operation, Pages
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.records import Record, now, public
from local_aws.kernel.work import Running, Work
from local_aws.services.sagemaker.jobs.endings import Ending, JobStoppedError
from local_aws.services.sagemaker.jobs.job_store import JobStore
from local_aws.services.sagemaker.jobs.training import TrainingJobs
from local_aws.services.sagemaker.resources import Kind
from local_aws.services.sagemaker.tags import Tags
from local_aws.services.sagemaker.tuning import warm_start
from local_aws.services.sagemaker.tuning.definitions import CONFIG, ONE, SEVERAL, definitions_of
from local_aws.services.sagemaker.tuning.progress import listed, progress, ranked
from local_aws.services.sagemaker.tuning.requests import (
    HONOURED,
    OBJECTIVE_PARAMETER,
    VALUES,
    number_of_jobs,
    strategy_of,
    validate,
)
from local_aws.services.sagemaker.tuning.search import Search, sign_of, trial_of
from local_aws.services.sagemaker.tuning.strategies import Trial
from local_aws.services.sagemaker.tuning.trials import Trials

_MAX_SIDE_BY_SIDE = 100
"""How many training jobs of a tuning job run at once, whatever more the request allows."""


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
        self._trials = Trials(work, self._resources, training_jobs)

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
        return {"TrainingJobSummaries": listed(list(self._trials.summaries(record)), request)}

    def run(self, record: Record, running: Running) -> Ending:
        """Run the training jobs, as many side by side as the request allows."""
        config, definitions = record[CONFIG], definitions_of(record)
        total = number_of_jobs(config, definitions)
        side_by_side = min(total, config["ResourceLimits"]["MaxParallelTrainingJobs"], _MAX_SIDE_BY_SIDE)
        strategies = [strategy_of(config, definition) for definition in definitions]
        search = Search(self._trials, record, running, strategies, total, self._trials_of_parents(record))
        with ThreadPoolExecutor(
            side_by_side, thread_name_prefix=f"tuning {record['HyperParameterTuningJobName']}"
        ) as pool:
            workers = [pool.submit(search.work) for _ in range(side_by_side)]
        for worker in workers:
            worker.result()
        if running.stopping.is_set():
            raise JobStoppedError
        return Ending("Completed")

    def _trials_of_parents(self, record: Record) -> list[Trial]:
        """Return what the tuning jobs from which one starts have found out."""
        sign = sign_of(definitions_of(record)[0].objective)
        return [
            trial_of(summary, sign)
            for parent in warm_start.parent_names(record)
            for _, summary in self._trials.of(parent)
        ]

    def _progress(self, record: Record) -> Record:
        objective, summaries = definitions_of(record)[0].objective, list(self._trials.summaries(record))
        members = progress(summaries, objective)
        if warm_start.is_compared_with_parents(record) and (best := ranked(self._of_all(record, summaries), objective)):
            members["OverallBestTrainingJob"] = best[0]
        started = record.get("CreationTime", now())
        seconds = (record.get("HyperParameterTuningEndTime", now()) - started).total_seconds()
        return {**members, "ConsumedResources": {"RuntimeInSeconds": round(seconds)}}

    def _of_all(self, record: Record, summaries: list[Record]) -> list[Record]:
        """Return a tuning job's training jobs, and those of the tuning jobs from which it starts."""
        parents = warm_start.parent_names(record)
        return summaries + [{**each, "TuningJobName": name} for name in parents for _, each in self._trials.of(name)]

    def _summary(self, summary: Record) -> Record:
        record = self._resources.get(summary["HyperParameterTuningJobName"])
        counters = self._progress(record)
        config = record[CONFIG]
        return {
            **summary,
            **{name: counters[name] for name in ("TrainingJobStatusCounters", "ObjectiveStatusCounters")},
            **{name: config[name] for name in ("Strategy", "ResourceLimits")},
        }
