"""Processing jobs: a container that gets S3 objects as files and whose files become S3 objects.

The container contract is that of SageMaker's "How Amazon SageMaker Processing Configures Your Processing Container":
``/opt/ml/config/processingjobconfig.json`` and ``resourceconfig.json``, inputs and outputs at their ``LocalPath``,
exit message in ``/opt/ml/output/message``. Settings of AWS's infrastructure (role, instance type, volume, VPC, KMS
keys) are recorded and have no effect on one machine.
"""

from __future__ import annotations

import json
import shutil
import time

from local_aws.contracts.honoured import only, only_value
from local_aws.kernel.context import Answer, Context, Handler, Request, Service
from local_aws.kernel.errors import AwsError
from local_aws.kernel.processes.child import Command, Outcome, failure_reason
from local_aws.kernel.processes.container import ContainerFolder
from local_aws.kernel.records import Record, now
from local_aws.services.s3.objects import split_uri
from local_aws.services.sagemaker.images import require_xgboost_image
from local_aws.services.sagemaker.job_board import JobBoard, Ticket
from local_aws.services.sagemaker.job_desk import SESSION, Ending, JobDesk, JobStoppedError, clip, volume_bytes
from local_aws.services.sagemaker.resources import Kind, Resources
from local_aws.services.sagemaker.tags import Tags

LOG_GROUP = "/aws/sagemaker/ProcessingJobs"
HOST = "algo-1"
DEFAULT_SECONDS = 86_400
"""SageMaker's default ``MaxRuntimeInSeconds``: one day."""

KIND = Kind(
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
)


def build(context: Context, board: JobBoard, tags: Tags) -> Service:
    """Return the operations on processing jobs."""
    jobs = ProcessingJobs(context, board, tags)
    return Service(jobs.operations, recover=jobs.desk.recover)


class ProcessingJobs:
    """Creates, runs, describes, lists and stops processing jobs."""

    def __init__(self, context: Context, board: JobBoard, tags: Tags) -> None:
        self._context = context
        self._resources = Resources(
            context,
            tags,
            KIND,
            lambda arn: AwsError(
                "ResourceInUse", f"Processing job names must be unique, and {arn} exists already; choose another"
            ),
            lambda arn: AwsError(
                "ValidationException", f"Could not find requested job with name: {arn.rpartition('/')[2]}"
            ),
        )
        self.desk = JobDesk(context, board, self._resources, self._work)

    @property
    def operations(self) -> dict[tuple[str, str], Handler]:
        """The operations that this part owns."""
        return {
            ("sagemaker", "CreateProcessingJob"): self.create,
            ("sagemaker", "DescribeProcessingJob"): self._resources.describe,
            ("sagemaker", "ListProcessingJobs"): self._resources.list,
            ("sagemaker", "StopProcessingJob"): self.desk.stop,
        }

    def create(self, request: Request) -> Answer:
        """Serve CreateProcessingJob."""
        _validate(request)
        return self.desk.create(request)

    def _work(self, record: Record, ticket: Ticket) -> Ending:
        name = record["ProcessingJobName"]
        folder = ContainerFolder(self._context.jobs.folder("processing-jobs", name))
        _write_configuration(folder, record)
        for entry in record.get("ProcessingInputs", ()):
            self._context.objects.download(entry["S3Input"]["S3Uri"], folder.path(entry["S3Input"]["LocalPath"]))
        outputs = [entry["S3Output"] for entry in record.get("ProcessingOutputConfig", {}).get("Outputs", ())]
        for output in outputs:
            folder.path(output["LocalPath"]).mkdir(parents=True, exist_ok=True)
        self.desk.update(name, ProcessingStartTime=now())
        outcome = self.desk.run(self._command(folder, record), ticket)
        members = _exit_message(folder)
        if outcome.end == "timed-out":
            members["FailureReason"] = f"MaxRuntimeExceeded: stopped after {outcome.seconds:.0f} s"
            return Ending("Stopped", members)
        if outcome.end == "stopped":
            raise JobStoppedError
        if not outcome.succeeded:
            return Ending("Failed", {**members, "FailureReason": _reason(outcome)})
        for output in outputs:
            self._context.objects.upload(folder.path(output["LocalPath"]), output["S3Uri"])
        shutil.rmtree(folder.opt_ml)
        return Ending("Completed", members)

    def _command(self, folder: ContainerFolder, record: Record) -> Command:
        application = record["AppSpecification"]
        arguments = [*application["ContainerEntrypoint"], *application.get("ContainerArguments", ())]
        limit = record.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", DEFAULT_SECONDS)
        name = record["ProcessingJobName"]
        keys = self._context.credentials.of_role(record["RoleArn"], SESSION)
        variables = {key: folder.rewrite(value) for key, value in record.get("Environment", {}).items()}
        return Command(
            job_id=self.desk.job_id(name),
            arguments=tuple(folder.rewrite(argument) for argument in arguments),
            folder=folder.root,
            environment={**keys, **variables},
            log_group=LOG_GROUP,
            log_stream=f"{name}/{HOST}-{int(time.time())}",
            timeout_seconds=limit,
            disk_bytes=volume_bytes(record["ProcessingResources"].get("ClusterConfig", {})),
        )


def _validate(request: Request) -> None:
    """Refuse what cannot be done here, before anything is recorded."""
    only(
        request,
        {
            *("ProcessingJobName", "AppSpecification", "Environment", "NetworkConfig", "ProcessingInputs"),
            *("ProcessingOutputConfig", "ProcessingResources", "RoleArn", "StoppingCondition", "Tags"),
        },
        "CreateProcessingJob",
    )
    application = request["AppSpecification"]
    require_xgboost_image(application["ImageUri"])
    if not application.get("ContainerEntrypoint"):
        raise AwsError("ValidationException", "AppSpecification.ContainerEntrypoint is required: the image has no own")
    if request["ProcessingResources"].get("ClusterConfig", {}).get("InstanceCount", 1) != 1:
        raise AwsError("ValidationException", "ClusterConfig.InstanceCount must be 1: there is one host here")
    for entry in request.get("ProcessingInputs", ()):
        where = f"processing input {entry['InputName']!r}"
        only(entry, {"InputName", "S3Input"}, where)
        source = _required(entry, "S3Input", where)
        only_value(source, "S3DataType", ("S3Prefix",), where)
        only_value(source, "S3InputMode", ("File",), where)
        only_value(source, "S3CompressionType", ("None",), where)
        split_uri(source["S3Uri"])
        _check_local_path(source, where)
    for entry in request.get("ProcessingOutputConfig", {}).get("Outputs", ()):
        where = f"processing output {entry['OutputName']!r}"
        only(entry, {"OutputName", "S3Output"}, where)
        target = _required(entry, "S3Output", where)
        only_value(target, "S3UploadMode", ("EndOfJob",), where)
        split_uri(target["S3Uri"])
        _check_local_path(target, where)


def _required(entry: Record, member: str, where: str) -> Record:
    if member not in entry:
        raise AwsError("ValidationException", f"{member} of {where} is required")
    return entry[member]


def _check_local_path(place: Record, where: str) -> None:
    path = place.get("LocalPath", "")
    if not path.startswith("/opt/ml/processing/") or ".." in path.split("/"):
        raise AwsError(
            "ValidationException", f"LocalPath {path!r} of {where} is not below /opt/ml/processing; use a path below it"
        )


def _write_configuration(folder: ContainerFolder, record: Record) -> None:
    config = folder.path("/opt/ml/config")
    config.mkdir(parents=True, exist_ok=True)
    job = {
        key: record[key]
        for key in (
            *("ProcessingJobArn", "ProcessingJobName", "AppSpecification", "Environment", "ProcessingInputs"),
            *("ProcessingOutputConfig", "ProcessingResources", "RoleArn", "StoppingCondition"),
        )
        if key in record
    }
    (config / "processingjobconfig.json").write_text(folder.rewrite(json.dumps(job, indent=2)))
    hosts = {"current_host": HOST, "hosts": [HOST]}
    (config / "resourceconfig.json").write_text(json.dumps(hosts))
    folder.path("/opt/ml/output").mkdir(exist_ok=True)


def _exit_message(folder: ContainerFolder) -> dict[str, str]:
    path = folder.path("/opt/ml/output/message")
    return {"ExitMessage": clip(path.read_text(errors="replace"))} if path.is_file() else {}


def _reason(outcome: Outcome) -> str:
    prefix = "AlgorithmError: "
    return prefix + failure_reason(outcome, limit=1024 - len(prefix))
