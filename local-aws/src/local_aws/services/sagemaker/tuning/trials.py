"""The training jobs of tuning jobs, which are ordinary ones, created and run by `TrainingJobs`."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now
from local_aws.kernel.work import Running, Work
from local_aws.services.sagemaker.jobs.training import TrainingJobs
from local_aws.services.sagemaker.resources import Resources
from local_aws.services.sagemaker.tuning.definitions import Definition, definitions_of
from local_aws.services.sagemaker.tuning.progress import summarize
from local_aws.services.sagemaker.tuning.requests import training_request
from local_aws.services.sagemaker.tuning.search_space import Values

_TRIALS = "_trials"
"""The member of a record that holds its training jobs: name, tuned hyperparameters and number of the definition."""
_LOOK_SECONDS = 0.2
"""How often a worker checks, while its training job runs, whether the tuning job is to be stopped."""


class Trials:
    """The training jobs of all tuning jobs.

    Parameters
    ----------
    tuning_jobs
        The records of the tuning jobs.
    """

    def __init__(self, work: Work, tuning_jobs: Resources, training_jobs: TrainingJobs) -> None:
        self._work = work
        self._tuning_jobs = tuning_jobs
        self._training_jobs = training_jobs

    def start(self, record: Record, number: int, place: int, values: Values) -> str:
        """Start a training job of one of a tuning job's definitions, and return its name."""
        tuning_job = record["HyperParameterTuningJobName"]
        name = f"{tuning_job}-{number:03d}-{secrets.token_hex(4)}"
        request = training_request(definitions_of(record)[place], values)
        arn = record["HyperParameterTuningJobArn"]
        self._training_jobs.create({**request, "TrainingJobName": name, "TuningJobArn": arn})

        def note(record: Record) -> None:
            record.setdefault(_TRIALS, []).append({"Name": name, "Values": values, "Definition": place})
            record["LastModifiedTime"] = now()

        self._tuning_jobs.change(tuning_job, note)
        return name

    def finish(self, name: str, running: Running) -> None:
        """Wait until a training job has ended; stop it when its tuning job is stopped."""
        key, is_asked = self._training_jobs.job_id(name), False
        while not self._work.wait(key, _LOOK_SECONDS):
            if running.stopping.is_set() and not is_asked:
                is_asked = True
                self._stop(name)

    def of(self, tuning_job: str) -> list[tuple[int, Record]]:
        """Return the training jobs of a tuning job in the order of their start: definition's number, and summary."""
        record = self._tuning_jobs.get(tuning_job)
        places = [trial.get("Definition", 0) for trial in record.get(_TRIALS, ())]
        return list(zip(places, self.summaries(record), strict=True))

    def summaries(self, record: Record) -> Iterator[Record]:
        """Yield the summaries of a tuning job's training jobs."""
        definitions = definitions_of(record)
        for trial in record.get(_TRIALS, ()):
            definition: Definition = definitions[trial.get("Definition", 0)]
            job = self._training_jobs.record(trial["Name"])
            yield summarize(job, trial["Values"], definition.objective, definition.name)

    def _stop(self, name: str) -> None:
        try:
            self._training_jobs.stop({"TrainingJobName": name})
        except AwsError:
            # It has ended in the meantime, which is just as good.
            return
