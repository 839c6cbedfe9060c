"""Training jobs: a script in script mode, a built-in algorithm, or a container entry point, under one contract.

The contract is that of SageMaker's "How Amazon SageMaker Runs Your Training Image": configuration in
``/opt/ml/input/config``, channels in ``/opt/ml/input/data/<channel>``, the model in ``/opt/ml/model``, other artifacts
in ``/opt/ml/output/data``, the reason of a failure in ``/opt/ml/output/failure``. Settings of AWS's infrastructure
(role, instance type, volume, VPC, KMS keys, debugger and profiler hooks) are recorded and have no effect here. The end
of the server interrupts a job on spot instances: at the next start it starts again, with its checkpoints.
"""

from __future__ import annotations

import time
from dataclasses import replace

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.metric_stream import publish
from local_aws.kernel.records import Record, now
from local_aws.kernel.work import Running
from local_aws.services.sagemaker.images.resolution import Image
from local_aws.services.sagemaker.jobs.endings import Ending
from local_aws.services.sagemaker.jobs.job_store import JobStore
from local_aws.services.sagemaker.jobs.remote_functions import is_remote_function, with_caller_python
from local_aws.services.sagemaker.jobs.requirements import with_requirements
from local_aws.services.sagemaker.jobs.training_container import (
    LOG_GROUP,
    TrainingContainer,
    artifacts_prefix,
    wait_seconds,
)
from local_aws.services.sagemaker.jobs.training_metrics import MetricCatcher, own_definitions
from local_aws.services.sagemaker.jobs.training_requests import (
    DEFAULT_SECONDS,
    HONOURED,
    VALUES,
    trains_by_algorithm,
    validate,
)
from local_aws.services.sagemaker.own_pickles import remember_pickles
from local_aws.services.sagemaker.resources import Kind
from local_aws.services.service_quotas.quotas import SPOT_TRAINING, TRAINING

_STATUS_MESSAGES = {
    "Starting": "Preparing the job folder",
    "Downloading": "Downloading input data",
    "Training": "Training in progress",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "The training job ran longer than StoppingCondition allows",
    "Interrupted": "The local_aws server stopped; the job starts again",
    "MaxWaitTimeExceeded": "The training job took longer, its interruptions included, than StoppingCondition allows",
}


class TrainingJobs(JobStore):
    """The training jobs."""

    kind = Kind(
        resource="training-job",
        member="TrainingJob",
        summary=(
            "TrainingJobName",
            "TrainingJobArn",
            "CreationTime",
            "TrainingEndTime",
            "LastModifiedTime",
            "TrainingJobStatus",
            "SecondaryStatus",
        ),
        list_member="TrainingJobSummaries",
        newest_first=False,
        taken_code="ResourceInUse",
        taken="Training job names must be unique, and {arn} exists already; choose another",
        missing="Requested resource not found: {arn}",
    )
    use = TRAINING
    instances = ("ResourceConfig",)
    honoured = HONOURED
    values = VALUES

    def validate(self, request: Request) -> None:
        """Check the request; see `training_requests`."""
        validate(request, self._images)

    def create(self, request: Request) -> Answer:
        """Serve CreateTrainingJob."""
        defaults = {"StoppingCondition": {"MaxRuntimeInSeconds": DEFAULT_SECONDS}}
        self.validate(request)
        artifacts = {"S3ModelArtifacts": f"{artifacts_prefix(request)}/model.tar.gz"}
        return super().create({**defaults, **request, "ModelArtifacts": artifacts})

    def quota_use(self, record: Record) -> str:
        """Return the use of the job's instances: those of the spot market have quotas of their own."""
        return SPOT_TRAINING if record.get("EnableManagedSpotTraining") else TRAINING

    def starts_again(self, record: Record) -> bool:
        """Return whether the job runs on spot instances and nobody stops it; a tuning job ends its own."""
        is_running = record["TrainingJobStatus"] == "InProgress" and "TuningJobArn" not in record
        return is_running and record.get("EnableManagedSpotTraining", False)

    def run(self, record: Record, running: Running) -> Ending:
        """Run the script or the container on the channels, and upload model and output."""
        name = record["TrainingJobName"]
        self._context.jobs.container("training-jobs", name).remove()  # what an interrupted run of the job has left
        folder = self._context.jobs.container("training-jobs", name)
        self.update(name, "Downloading", TrainingStartTime=now())
        started = time.monotonic()
        image = self._image(record)
        container = TrainingContainer(self._context, folder, record, image)
        command, code = container.prepare(self.job_id(name))
        image, command = self.with_own_versions(image, command, running)
        self._say_image(name, image)
        if code is not None:
            environments = self._context.settings.environments
            command = with_requirements(environments, code, command, lambda pip: self.run_process(pip, running))
        definitions = record["AlgorithmSpecification"].get("MetricDefinitions", ())
        metrics = MetricCatcher(() if image.has_algorithm else definitions)
        self.update(name, "Training")
        with container.checkpoints():
            outcome = self.run_process(command, running, metrics.look_at)
        publish(self._context, LOG_GROUP, metrics.datapoints(name))
        seconds = max(1, round(time.monotonic() - started))
        # Nobody bids for this machine, so that a spot instance saves nothing.
        members: Record = {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds}
        if metrics.final():
            members["FinalMetricDataList"] = metrics.final()
        if outcome.end == "finished" and not outcome.succeeded:
            return Ending("Failed", {**members, "FailureReason": container.reason(outcome)})
        if trains_by_algorithm(record, image):
            remember_pickles(self._context.records, folder.path("/opt/ml/model"), name)
        if outcome.succeeded:
            self.update(name, "Uploading")
        container.upload()
        if not outcome.succeeded:
            # A job that is stopped or runs out of time keeps the model it has saved so far, as on AWS.
            limit = "MaxRuntimeExceeded" if wait_seconds(record) else "MaxWaitTimeExceeded"
            secondary = limit if outcome.end == "timed-out" else None
            return Ending("Stopped", members, secondary)
        folder.remove()
        return Ending("Completed", members)

    def note_status(self, record: Record, status: str) -> None:
        """Move the secondary status on and keep its history."""
        at = now()
        transitions = record.setdefault("SecondaryStatusTransitions", [])
        if transitions:
            transitions[-1]["EndTime"] = at
        entry = {"Status": status, "StartTime": at, "StatusMessage": _STATUS_MESSAGES[status]}
        if status == "Starting":
            image = self._image(record)
            if image.libraries is None:
                entry["StatusMessage"] = _starting(image)
            if image.has_algorithm:
                own = {"MetricDefinitions": own_definitions()}
                record["AlgorithmSpecification"] = {**record["AlgorithmSpecification"], **own}
        if status in ("Completed", "Failed", "Stopped", "MaxRuntimeExceeded", "MaxWaitTimeExceeded"):
            entry["EndTime"] = at
            entry["StatusMessage"] = record.get("FailureReason", entry["StatusMessage"])
        transitions.append(entry)
        record["SecondaryStatus"] = status

    def _image(self, record: Record) -> Image:
        """Return what stands for the job's image; a function of the SDK's needs the SDK, which no container has."""
        algorithm = record["AlgorithmSpecification"]
        image = self._images.find(algorithm["TrainingImage"])
        if not is_remote_function(algorithm):
            return image
        return with_caller_python(replace(image, libraries=None), algorithm)

    def _say_image(self, name: str, image: Image) -> None:
        """Record in the first status message what stands for the image: it may be known only once the job runs."""

        def change(record: Record) -> None:
            record["SecondaryStatusTransitions"][0]["StatusMessage"] = _starting(image)

        self._resources.change(name, change)


def _starting(image: Image) -> str:
    return "; ".join((_STATUS_MESSAGES["Starting"], *image.notes))
