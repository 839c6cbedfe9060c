"""Processing jobs: a container that gets S3 objects as files and whose files become S3 objects.

The container contract is that of SageMaker's "How Amazon SageMaker Processing Configures Your Processing Container":
``/opt/ml/config/processingjobconfig.json`` and ``resourceconfig.json``, inputs and outputs at their ``LocalPath``,
exit message in ``/opt/ml/output/message``. Settings of AWS's infrastructure (role, instance type, volume, VPC, KMS
keys) are recorded and have no effect on one machine.
"""

from __future__ import annotations

import json
import time
from typing import ClassVar

from local_aws.kernel.context import Request
from local_aws.kernel.objects import split_uri
from local_aws.kernel.processes.command import FINDS_LOCAL_AWS, Command
from local_aws.kernel.processes.container import ContainerFolder
from local_aws.kernel.records import Record, now, selected
from local_aws.kernel.work import Running
from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.images.families import MONITOR
from local_aws.services.sagemaker.images.resolution import Image
from local_aws.services.sagemaker.jobs.endings import Ending, JobStoppedError, clip, process_failure
from local_aws.services.sagemaker.jobs.job_store import SESSION, JobStore, volume_bytes
from local_aws.services.sagemaker.jobs.sdk_scripts import rewrite_scripts
from local_aws.services.sagemaker.model_monitor.environment import check_environment
from local_aws.services.sagemaker.model_monitor.errors import AnalysisError
from local_aws.services.sagemaker.resources import Kind
from local_aws.services.service_quotas.quotas import PROCESSING

LOG_GROUP = "/aws/sagemaker/ProcessingJobs"
HOST = "algo-1"
DEFAULT_SECONDS = 86_400
"""SageMaker's default ``MaxRuntimeInSeconds``: one day."""


class ProcessingJobs(JobStore):
    """The processing jobs."""

    kind = Kind(
        resource="processing-job",
        member="ProcessingJob",
        summary=(
            "ProcessingJobName",
            "ProcessingJobArn",
            "CreationTime",
            "ProcessingEndTime",
            "LastModifiedTime",
            "ProcessingJobStatus",
            "FailureReason",
            "ExitMessage",
        ),
        list_member="ProcessingJobSummaries",
        newest_first=False,
        taken_code="ResourceInUse",
        taken="Processing job names must be unique, and {arn} exists already; choose another",
        missing="Could not find requested job with name: {name}",
    )
    use = PROCESSING
    instances = ("ProcessingResources", "ClusterConfig")
    honoured = (
        *("ProcessingJobName", "AppSpecification", "Environment", "NetworkConfig", "ProcessingResources", "RoleArn"),
        *("ProcessingInputs.InputName", "ProcessingInputs.S3Input", "StoppingCondition", "Tags"),
        *("ProcessingOutputConfig.Outputs.OutputName", "ProcessingOutputConfig.Outputs.S3Output"),
        "ProcessingOutputConfig.KmsKeyId",
    )
    values: ClassVar = {
        "ProcessingInputs.S3Input.S3DataType": ("S3Prefix",),
        "ProcessingInputs.S3Input.S3InputMode": ("File",),
        "ProcessingInputs.S3Input.S3CompressionType": ("None",),
        "ProcessingOutputConfig.Outputs.S3Output.S3UploadMode": ("EndOfJob",),
    }

    def validate(self, request: Request) -> None:
        """Check the image, the single host, and the places of inputs and outputs."""
        application = request["AppSpecification"]
        image = self._images.find(application["ImageUri"])
        if image.family is MONITOR and not application.get("ContainerEntrypoint"):
            _check_monitor(request)
        if not application.get("ContainerEntrypoint") and not image.command:
            raise invalid("AppSpecification.ContainerEntrypoint is required: the image has no own")
        if request["ProcessingResources"].get("ClusterConfig", {}).get("InstanceCount", 1) != 1:
            raise invalid("ClusterConfig.InstanceCount must be 1: there is one host here")
        for entry in request.get("ProcessingInputs", ()):
            _check_place(entry, "S3Input", f"processing input {entry['InputName']!r}")
        for entry in request.get("ProcessingOutputConfig", {}).get("Outputs", ()):
            _check_place(entry, "S3Output", f"processing output {entry['OutputName']!r}")

    def run(self, record: Record, running: Running) -> Ending:
        """Run the container on the inputs, and upload the outputs."""
        name = record["ProcessingJobName"]
        folder = self._context.jobs.container("processing-jobs", name)
        _write_configuration(folder, record)
        for entry in record.get("ProcessingInputs", ()):
            self._context.objects.download(entry["S3Input"]["S3Uri"], folder.path(entry["S3Input"]["LocalPath"]))
        rewrite_scripts(folder)
        outputs = [entry["S3Output"] for entry in record.get("ProcessingOutputConfig", {}).get("Outputs", ())]
        for output in outputs:
            folder.path(output["LocalPath"]).mkdir(parents=True, exist_ok=True)
        self.update(name, ProcessingStartTime=now())
        image = self._images.find(record["AppSpecification"]["ImageUri"])
        image, command = self.with_own_versions(image, self._command(folder, record, image), running)
        outcome = self.run_process(command, running)
        members = _exit_message(folder, image)
        if outcome.end == "timed-out":
            members["FailureReason"] = f"MaxRuntimeExceeded: stopped after {outcome.seconds:.0f} s"
            return Ending("Stopped", members)
        if outcome.end == "stopped":
            raise JobStoppedError
        if not outcome.succeeded:
            return Ending("Failed", {**members, "FailureReason": process_failure("AlgorithmError", outcome)})
        for output in outputs:
            self._context.objects.upload(folder.path(output["LocalPath"]), output["S3Uri"])
        folder.remove()
        return Ending("Completed", members)

    def _command(self, folder: ContainerFolder, record: Record, image: Image) -> Command:
        application = record["AppSpecification"]
        entry_point = application.get("ContainerEntrypoint") or image.command
        arguments = [*entry_point, *application.get("ContainerArguments", ())]
        limit = record.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", DEFAULT_SECONDS)
        name = record["ProcessingJobName"]
        keys = self._context.credentials.of_role(record["RoleArn"], SESSION)
        variables = {key: folder.rewrite(value) for key, value in record.get("Environment", {}).items()}
        if image.family is not None and image.family.program and not application.get("ContainerEntrypoint"):
            variables |= FINDS_LOCAL_AWS
        return Command(
            job_id=self.job_id(name),
            arguments=tuple(folder.rewrite(argument) for argument in arguments),
            folder=folder.folder,
            container=folder,
            environment={**keys, **variables},
            log_group=LOG_GROUP,
            log_stream=f"{name}/{HOST}-{int(time.time())}",
            timeout_seconds=limit,
            disk_bytes=volume_bytes(record["ProcessingResources"].get("ClusterConfig", {})),
            interpreter=image.interpreter,
            notes=image.notes,
        )


def _check_monitor(request: Request) -> None:
    try:
        check_environment(request.get("Environment", {}))
    except AnalysisError as error:
        raise invalid(str(error)) from None


def _check_place(entry: Record, member: str, where: str) -> None:
    if member not in entry:
        raise invalid(f"{member} of {where} is required")
    split_uri(entry[member]["S3Uri"])
    path = entry[member].get("LocalPath", "")
    if not path.startswith("/opt/ml/processing/") or ".." in path.split("/"):
        raise invalid(f"LocalPath {path!r} of {where} is not below /opt/ml/processing; use a path below it")


def _write_configuration(folder: ContainerFolder, record: Record) -> None:
    config = folder.path("/opt/ml/config")
    config.mkdir(parents=True, exist_ok=True)
    job = selected(
        record,
        (
            *("ProcessingJobArn", "ProcessingJobName", "AppSpecification", "Environment", "ProcessingInputs"),
            *("ProcessingOutputConfig", "ProcessingResources", "RoleArn", "StoppingCondition"),
        ),
    )
    (config / "processingjobconfig.json").write_text(folder.rewrite(json.dumps(job, indent=2)))
    hosts = {"current_host": HOST, "hosts": [HOST]}
    (config / "resourceconfig.json").write_text(json.dumps(hosts))
    folder.path("/opt/ml/output").mkdir(exist_ok=True)


def _exit_message(folder: ContainerFolder, image: Image) -> dict[str, str]:
    """Return the exit message: the container's, else what local_aws has to say about the image."""
    path = folder.path("/opt/ml/output/message")
    if path.is_file():
        return {"ExitMessage": clip(path.read_text(errors="replace"))}
    return {"ExitMessage": clip(f"local_aws: {image.substitution}")} if image.substitution else {}
