"""Training jobs: a script in script mode, a built-in algorithm, or a container entry point, under one contract.

The contract is that of SageMaker's "How Amazon SageMaker Runs Your Training Image": configuration in
``/opt/ml/input/config``, channels in ``/opt/ml/input/data/<channel>``, the model in ``/opt/ml/model``, other artifacts
in ``/opt/ml/output/data``, the reason of a failure in ``/opt/ml/output/failure``. Settings of AWS's infrastructure
(role, instance type, volume, VPC, KMS keys, debugger and profiler hooks) are recorded and have no effect here. The end
of the server interrupts a job on spot instances: at the next start it starts again, with its checkpoints.
"""

from __future__ import annotations

import json
import math
import os
import tarfile
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import local_aws
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.metric_stream import publish
from local_aws.kernel.objects import split_uri
from local_aws.kernel.processes.child import Outcome, failure_reason
from local_aws.kernel.processes.command import Command
from local_aws.kernel.processes.container import OPT_ML, ContainerFolder, make_tar, unpack_tar
from local_aws.kernel.records import Record, now
from local_aws.kernel.work import Running, Work
from local_aws.services.sagemaker.images.resolution import Image
from local_aws.services.sagemaker.jobs import remote_functions, script_mode
from local_aws.services.sagemaker.jobs.checkpoints import DEFAULT_PATH, Checkpoints
from local_aws.services.sagemaker.jobs.job_store import SESSION, Ending, JobFailedError, JobStore, clip, volume_bytes
from local_aws.services.sagemaker.jobs.remote_functions import is_remote_function, with_caller_python
from local_aws.services.sagemaker.jobs.requirements import ARGUMENTS, Requirements
from local_aws.services.sagemaker.jobs.script_mode import Script
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
from local_aws.services.sagemaker.serving.scripts import importable
from local_aws.services.sagemaker.tags import Tags
from local_aws.services.service_quotas.quotas import SPOT_TRAINING, TRAINING

_ALGORITHM = "local_aws.services.sagemaker.xgboost_algorithm"
_PACKAGE_PARENT = Path(local_aws.__file__).parent.parent
_TOOLKITS = Path(importable.__file__).parent

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
"""The group of the jobs' logs, and the namespace of their metrics."""

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

    def __init__(self, context: Context, work: Work, tags: Tags) -> None:
        super().__init__(context, work, tags)
        self._requirements = Requirements(context.settings.data_dir / "environments")

    def validate(self, request: Request) -> None:
        """Check the request; see `training_requests`."""
        validate(request, self._images)

    def create(self, request: Request) -> Answer:
        """Serve CreateTrainingJob."""
        defaults = {"StoppingCondition": {"MaxRuntimeInSeconds": DEFAULT_SECONDS}}
        self.validate(request)
        artifacts = {"S3ModelArtifacts": f"{_artifacts(request)}/model.tar.gz"}
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
        command = self._prepare(folder, record, image, running)
        definitions = record["AlgorithmSpecification"].get("MetricDefinitions", ())
        metrics = MetricCatcher(() if image.has_algorithm else definitions)
        self.update(name, "Training")
        with self._checkpoints(folder, record):
            outcome = self.run_process(command, running, metrics.look_at)
        publish(self._context, LOG_GROUP, metrics.datapoints(name))
        seconds = max(1, round(time.monotonic() - started))
        # Nobody bids for this machine, so that a spot instance saves nothing.
        members: Record = {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds}
        if metrics.final():
            members["FinalMetricDataList"] = metrics.final()
        if outcome.end == "finished" and not outcome.succeeded:
            return Ending("Failed", {**members, "FailureReason": _reason(folder, record, image, outcome)})
        if trains_by_algorithm(record, image):
            remember_pickles(self._context.records, folder.path("/opt/ml/model"), name)
        if outcome.succeeded:
            self.update(name, "Uploading")
        self._upload(folder, record)
        if not outcome.succeeded:
            # A job that is stopped or runs out of time keeps the model it has saved so far, as on AWS.
            limit = "MaxRuntimeExceeded" if _wait_seconds(record) else "MaxWaitTimeExceeded"
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
            entry["StatusMessage"] = "; ".join((_STATUS_MESSAGES[status], *image.notes))
            if image.has_algorithm:
                own = {"MetricDefinitions": own_definitions()}
                record["AlgorithmSpecification"] = {**record["AlgorithmSpecification"], **own}
        if status in ("Completed", "Failed", "Stopped", "MaxRuntimeExceeded", "MaxWaitTimeExceeded"):
            entry["EndTime"] = at
            entry["StatusMessage"] = record.get("FailureReason", entry["StatusMessage"])
        transitions.append(entry)
        record["SecondaryStatus"] = status

    def _image(self, record: Record) -> Image:
        """Return what stands for the job's image."""
        algorithm = record["AlgorithmSpecification"]
        image = self._images.find(algorithm["TrainingImage"])
        return with_caller_python(image, algorithm) if is_remote_function(algorithm) else image

    def _checkpoints(self, folder: ContainerFolder, record: Record) -> AbstractContextManager[None]:
        """Return a block in which the job's checkpoints are kept in S3, if it has any."""
        if "CheckpointConfig" not in record:
            return nullcontext()
        local_path = record["CheckpointConfig"].get("LocalPath", DEFAULT_PATH)
        return Checkpoints(self._context.objects, folder.path(local_path), record).kept()

    def _prepare(self, folder: ContainerFolder, record: Record, image: Image, running: Running) -> Command:
        """Write the container's files, install what its code asks for, and return the command to run in it."""
        for place in ("/opt/ml/input/config", "/opt/ml/model", "/opt/ml/output/data", script_mode.CODE):
            folder.path(place).mkdir(parents=True, exist_ok=True)
        channels = {}
        for channel in record.get("InputDataConfig", ()):
            target = folder.path(f"/opt/ml/input/data/{channel['ChannelName']}")
            self._context.objects.download(channel["DataSource"]["S3DataSource"]["S3Uri"], target)
            channels[channel["ChannelName"]] = _channel_configuration(channel)
        if is_remote_function(record["AlgorithmSpecification"]):
            remote_functions.rewrite_scripts(folder)
        resources = script_mode.resource_configuration(record["ResourceConfig"].get("InstanceType", "local"))
        hyperparameters = record.get("HyperParameters", {})
        for file, content in (
            ("hyperparameters.json", hyperparameters),
            ("inputdataconfig.json", channels),
            ("resourceconfig.json", resources),
        ):
            text = folder.rewrite(json.dumps(content))
            folder.path(f"/opt/ml/input/config/{file}").write_text(text)
        name = record["TrainingJobName"]
        variables = self._context.credentials.of_role(record["RoleArn"], SESSION)
        variables |= {"TRAINING_JOB_NAME": name, "TRAINING_JOB_ARN": record["TrainingJobArn"]}
        working_directory: Path | None = None
        installs_from: Path | None = None
        arguments = _container_arguments(record, image)
        if is_remote_function(record["AlgorithmSpecification"]):
            variables |= remote_functions.ENVIRONMENT
        elif trains_by_algorithm(record, image):
            variables["PYTHONPATH"] = str(_PACKAGE_PARENT)
        elif not arguments:
            script = Script(script_mode.decode(hyperparameters))
            self._unpack_code(folder, script)
            code = folder.path(script_mode.CODE)
            is_package = (code / "setup.py").exists()
            arguments = script_mode.command(script, image, is_package=is_package)
            working_directory = code
            installs_from = code if script_mode.installs_requirements(script, is_package=is_package) else None
            variables |= script_mode.environment(script, folder, channels, resources)
            if image.family is not None and image.family.framework is not None:
                variables["PYTHONPATH"] += f"{os.pathsep}{_TOOLKITS}"
        variables |= {key: folder.rewrite(value) for key, value in record.get("Environment", {}).items()}
        command = Command(
            job_id=self.job_id(name),
            arguments=tuple(folder.rewrite(argument) for argument in arguments),
            folder=folder.folder,
            container=folder,
            environment=variables,
            log_group=LOG_GROUP,
            log_stream=f"{name}/{script_mode.HOST}-{int(time.time())}",
            timeout_seconds=min(_run_seconds(record), _wait_seconds(record)),
            working_directory=working_directory,
            disk_bytes=volume_bytes(record["ResourceConfig"]),
            interpreter=image.interpreter,
            notes=image.notes,
        )
        return command if installs_from is None else self._with_requirements(command, installs_from, running)

    def _with_requirements(self, command: Command, code: Path, running: Running) -> Command:
        """Install what the code's ``requirements.txt`` asks for, and return the command on top of it."""

        def install(environment: Path) -> Outcome:
            arguments = (str(environment / "bin" / "python3"), *ARGUMENTS)
            return self.run_process(replace(command, arguments=arguments, shared=(environment,)), running)

        environment = self._requirements.install(code, command.interpreter, install)
        return command if environment is None else replace(command, beneath=environment, notes=())

    def _unpack_code(self, folder: ContainerFolder, script: Script) -> None:
        """Put the user's code into the code folder.

        Raises
        ------
        JobFailedError
            If the archive cannot be unpacked, or holds no such program.
        """
        code = folder.path(script_mode.CODE)
        if script.source is not None:
            archive = self._context.objects.get(*split_uri(script.source)).path
            try:
                unpack_tar(archive, code, self._context.jobs.limits.job_disk)
            except (tarfile.TarError, OSError, EOFError) as error:
                raise JobFailedError(f"ClientError: {script.source} cannot be unpacked: {error}") from error
        if not (code / script.program).is_file():
            raise JobFailedError(f"ClientError: {script.source} holds no file {script.program}")
        if script.program.endswith(".sh"):
            (code / script.program).chmod(0o700)

    def _upload(self, folder: ContainerFolder, record: Record) -> None:
        for source, archive in (("/opt/ml/model", "model.tar.gz"), ("/opt/ml/output/data", "output.tar.gz")):
            content = folder.path(source)
            if content.is_dir() and any(content.iterdir()):
                packed = folder.folder / archive
                make_tar(content, packed)
                bucket, key = split_uri(f"{_artifacts(record)}/{archive}")
                self._context.objects.put_file(bucket, key, packed)
                packed.unlink()


def _run_seconds(record: Record) -> float:
    """Return how long a run of the job may take."""
    return float(record["StoppingCondition"].get("MaxRuntimeInSeconds", DEFAULT_SECONDS))


def _wait_seconds(record: Record) -> float:
    """Return how long the job may take yet, its interruptions so far included."""
    limit = record["StoppingCondition"].get("MaxWaitTimeInSeconds", math.inf)
    return max(0.0, limit - (now() - record["CreationTime"]).total_seconds())


def _artifacts(record: Record) -> str:
    """Return the prefix of the job's artifacts, which SageMaker fixes below ``S3OutputPath``."""
    return f"{record['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{record['TrainingJobName']}/output"


def _channel_configuration(channel: Record) -> dict[str, str]:
    """Return a channel's entry of ``inputdataconfig.json``."""
    source = channel["DataSource"]["S3DataSource"]
    entry = {
        "TrainingInputMode": "File",
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": "None",
    }
    return {**entry, **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {})}


def _container_arguments(record: Record, image: Image) -> tuple[str, ...]:
    """Return the command of a container that is not in script mode; an image's own gets ``train``, as on AWS."""
    algorithm = record["AlgorithmSpecification"]
    if trains_by_algorithm(record, image):
        pickle = ("--pickle",) if image.pickles else ()
        return ("python3", "-m", _ALGORITHM, "--base", OPT_ML, "--version", image.version, *pickle)
    if "ContainerEntrypoint" in algorithm:
        return (*algorithm["ContainerEntrypoint"], *algorithm.get("ContainerArguments", ()))
    return (*image.command, *algorithm.get("ContainerArguments", ("train",))) if image.command else ()


def _reason(folder: ContainerFolder, record: Record, image: Image, outcome: Outcome) -> str:
    """Return why the container failed: what is in ``output/failure``, else the tail of its log.

    In script mode the toolkit writes that file, and ends with exit code 1 whatever the script's was.
    """
    file = folder.path("/opt/ml/output/failure")
    prefix = "AlgorithmError: "
    if outcome.breach:
        return prefix + failure_reason(outcome, limit=1024 - len(prefix))
    if not _container_arguments(record, image):
        script = Script(script_mode.decode(record.get("HyperParameters", {})))
        text, exit_code = script_mode.failure(script, image, outcome.exit_code), 1
    elif file.is_file() and file.stat().st_size:
        text, exit_code = file.read_text(errors="replace"), outcome.exit_code
    else:
        return prefix + failure_reason(outcome, limit=1024 - len(prefix))
    code = f", exit code: {exit_code}"
    return clip(prefix + text, len(code)) + code
