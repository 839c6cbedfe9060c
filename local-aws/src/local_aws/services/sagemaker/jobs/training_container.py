"""The container of a training job: its files, its command, its artifacts, and why it failed."""

from __future__ import annotations

import json
import math
import os
import tarfile
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from local_aws.kernel.context import Context
from local_aws.kernel.objects import split_uri
from local_aws.kernel.processes.child import Outcome
from local_aws.kernel.processes.command import FINDS_LOCAL_AWS, Command
from local_aws.kernel.processes.container import OPT_ML, ContainerFolder, make_tar, unpack_tar
from local_aws.kernel.records import Record, now
from local_aws.services.sagemaker.images.resolution import Image
from local_aws.services.sagemaker.jobs import remote_functions, script_mode, sdk_scripts
from local_aws.services.sagemaker.jobs.checkpoints import DEFAULT_PATH, Checkpoints
from local_aws.services.sagemaker.jobs.endings import JobFailedError, clip, process_failure
from local_aws.services.sagemaker.jobs.job_store import SESSION, volume_bytes
from local_aws.services.sagemaker.jobs.remote_functions import is_remote_function
from local_aws.services.sagemaker.jobs.script_mode import Script
from local_aws.services.sagemaker.jobs.training_requests import DEFAULT_SECONDS, trains_by_algorithm
from local_aws.services.sagemaker.serving.scripts import importable

_KIND = "AlgorithmError"
_ALGORITHM = "local_aws.services.sagemaker.xgboost_algorithm"
_TOOLKITS = Path(importable.__file__).parent

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
"""The group of the jobs' logs, and the namespace of their metrics."""


class TrainingContainer:
    """The container of one run of a job, on a folder of its own."""

    def __init__(self, context: Context, folder: ContainerFolder, record: Record, image: Image) -> None:
        self._context = context
        self._folder = folder
        self._record = record
        self._image = image
        self._algorithm = record["AlgorithmSpecification"]

    def checkpoints(self) -> AbstractContextManager[None]:
        """Return a block in which the job's checkpoints are kept in S3, if it has any."""
        if "CheckpointConfig" not in self._record:
            return nullcontext()
        local_path = self._record["CheckpointConfig"].get("LocalPath", DEFAULT_PATH)
        return Checkpoints(self._context.objects, self._folder.path(local_path), self._record).kept()

    def prepare(self, job_id: str) -> tuple[Command, Path | None]:
        """Write the container's files; return its command, and the folder of code whose requirements it needs first."""
        resources = script_mode.resource_configuration(self._record["ResourceConfig"].get("InstanceType", "local"))
        channels = self._write_input(resources)
        name = self._record["TrainingJobName"]
        variables = self._context.credentials.of_role(self._record["RoleArn"], SESSION)
        variables |= {"TRAINING_JOB_NAME": name, "TRAINING_JOB_ARN": self._record["TrainingJobArn"]}
        working_directory: Path | None = None
        installs_from: Path | None = None
        arguments = self._arguments()
        if is_remote_function(self._algorithm):
            variables |= remote_functions.ENVIRONMENT
        elif trains_by_algorithm(self._record, self._image):
            variables |= FINDS_LOCAL_AWS
        elif not arguments:
            script = Script(script_mode.decode(self._record.get("HyperParameters", {})))
            self._unpack_code(script)
            code = self._folder.path(script_mode.CODE)
            is_package = (code / "setup.py").exists()
            arguments = script_mode.command(script, self._image, is_package=is_package)
            working_directory = code
            installs_from = code if script_mode.installs_requirements(script, is_package=is_package) else None
            variables |= script_mode.environment(script, self._folder, channels, resources)
            if self._image.family is not None and self._image.family.framework is not None:
                variables["PYTHONPATH"] += f"{os.pathsep}{_TOOLKITS}"
        variables |= {key: self._folder.rewrite(value) for key, value in self._record.get("Environment", {}).items()}
        command = Command(
            job_id=job_id,
            arguments=tuple(self._folder.rewrite(argument) for argument in arguments),
            folder=self._folder.folder,
            container=self._folder,
            environment=variables,
            log_group=LOG_GROUP,
            log_stream=f"{name}/{script_mode.HOST}-{int(time.time())}",
            timeout_seconds=min(_run_seconds(self._record), wait_seconds(self._record)),
            working_directory=working_directory,
            disk_bytes=volume_bytes(self._record["ResourceConfig"]),
            interpreter=self._image.interpreter,
            notes=self._image.notes,
        )
        return command, installs_from

    def _write_input(self, resources: Record) -> dict[str, dict[str, str]]:
        """Make the container's folders, download its channels, write its configuration; return the channels'."""
        for place in ("/opt/ml/input/config", "/opt/ml/model", "/opt/ml/output/data", script_mode.CODE):
            self._folder.path(place).mkdir(parents=True, exist_ok=True)
        channels = {}
        for channel in self._record.get("InputDataConfig", ()):
            target = self._folder.path(f"/opt/ml/input/data/{channel['ChannelName']}")
            self._context.objects.download(channel["DataSource"]["S3DataSource"]["S3Uri"], target)
            channels[channel["ChannelName"]] = _channel_configuration(channel)
        sdk_scripts.rewrite_scripts(self._folder)
        for file, content in (
            ("hyperparameters.json", self._record.get("HyperParameters", {})),
            ("inputdataconfig.json", channels),
            ("resourceconfig.json", resources),
            *self._checkpoint_configuration(),
        ):
            text = self._folder.rewrite(json.dumps(content))
            self._folder.path(f"/opt/ml/input/config/{file}").write_text(text)
        return channels

    def _checkpoint_configuration(self) -> tuple[tuple[str, Record], ...]:
        """Return the file that names the folder of checkpoints; none for a job without."""
        if "CheckpointConfig" not in self._record:
            return ()
        return (("checkpointconfig.json", {"LocalPath": DEFAULT_PATH, **self._record["CheckpointConfig"]}),)

    def _unpack_code(self, script: Script) -> None:
        """Put the user's code into the code folder.

        Raises
        ------
        JobFailedError
            If the archive cannot be unpacked, or holds no such program.
        """
        code = self._folder.path(script_mode.CODE)
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

    def upload(self) -> None:
        """Upload the model and the other artifacts, packed, to where the request asks for them."""
        for source, archive in (("/opt/ml/model", "model.tar.gz"), ("/opt/ml/output/data", "output.tar.gz")):
            content = self._folder.path(source)
            if content.is_dir() and any(content.iterdir()):
                packed = self._folder.folder / archive
                make_tar(content, packed)
                bucket, key = split_uri(f"{artifacts_prefix(self._record)}/{archive}")
                self._context.objects.put_file(bucket, key, packed)
                packed.unlink()

    def reason(self, outcome: Outcome) -> str:
        """Return why the container failed: what is in ``output/failure``, else the tail of its log.

        In script mode the toolkit writes that file, and ends with exit code 1 whatever the script's was.
        """
        file = self._folder.path("/opt/ml/output/failure")
        if outcome.breach:
            return process_failure(_KIND, outcome)
        if not self._arguments():
            script = Script(script_mode.decode(self._record.get("HyperParameters", {})))
            text, exit_code = script_mode.failure(script, self._image, outcome.exit_code), 1
        elif file.is_file() and file.stat().st_size:
            text, exit_code = file.read_text(errors="replace"), outcome.exit_code
        else:
            return process_failure(_KIND, outcome)
        code = f", exit code: {exit_code}"
        return clip(f"{_KIND}: {text}", len(code)) + code

    def _arguments(self) -> tuple[str, ...]:
        """Return the command of a container that is not in script mode; an image's own gets ``train``, as on AWS."""
        algorithm, image = self._algorithm, self._image
        if trains_by_algorithm(self._record, image):
            pickle = ("--pickle",) if image.pickles else ()
            return ("python3", "-m", _ALGORITHM, "--base", OPT_ML, "--version", image.version, *pickle)
        if "ContainerEntrypoint" in algorithm:
            return (*algorithm["ContainerEntrypoint"], *algorithm.get("ContainerArguments", ()))
        return (*image.command, *algorithm.get("ContainerArguments", ("train",))) if image.command else ()


def _run_seconds(record: Record) -> float:
    """Return how long a run of the job may take."""
    return float(record["StoppingCondition"].get("MaxRuntimeInSeconds", DEFAULT_SECONDS))


def wait_seconds(record: Record) -> float:
    """Return how much longer the job may take, its interruptions so far included."""
    limit = record["StoppingCondition"].get("MaxWaitTimeInSeconds", math.inf)
    return max(0.0, limit - (now() - record["CreationTime"]).total_seconds())


def artifacts_prefix(record: Record) -> str:
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
