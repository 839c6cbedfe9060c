"""Transform jobs: every object of an S3 prefix through a model server that is started for the job.

What is sent and written follows "Batch Transform" and "Custom Inference Code with Batch Transform" of the SageMaker
developer guide: an object ``x.csv`` gives ``<S3OutputPath>/x.csv.out``, below the prefix's sub-folders.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
from pathlib import Path

from local_aws.kernel.context import Answer, Context, Handler, Request, Service
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now
from local_aws.services.s3.objects import split_uri
from local_aws.services.sagemaker.job_board import JobBoard, Ticket
from local_aws.services.sagemaker.job_desk import Ending, JobDesk, JobFailedError, JobStoppedError
from local_aws.services.sagemaker.model_containers import ModelContainer
from local_aws.services.sagemaker.models import model_container
from local_aws.services.sagemaker.resources import Kind, Resources
from local_aws.services.sagemaker.serving.model_server import ModelServer, ModelServerError
from local_aws.services.sagemaker.tags import Tags
from local_aws.services.sagemaker.transform_requests import validate
from local_aws.services.sagemaker.transform_run import Plan, TransformRun

LOG_GROUP = "/aws/sagemaker/TransformJobs"
_HOST = "algo-1"

KIND = Kind(
    resource="transform-job",
    member="TransformJob",
    summary=(
        "TransformJobName",
        "TransformJobArn",
        "CreationTime",
        "TransformEndTime",
        "LastModifiedTime",
        "TransformJobStatus",
        "FailureReason",
    ),
    list_member="TransformJobSummaries",
    not_described=frozenset({"LastModifiedTime"}),
)


def build(context: Context, board: JobBoard, tags: Tags) -> Service:
    """Return the operations on transform jobs."""
    jobs = TransformJobs(context, board, tags)
    return Service(jobs.operations, recover=jobs.desk.recover)


class TransformJobs:
    """Creates, runs, describes, lists and stops transform jobs."""

    def __init__(self, context: Context, board: JobBoard, tags: Tags) -> None:
        self._context = context
        self._resources = Resources(
            context,
            tags,
            KIND,
            lambda arn: AwsError(
                "ResourceInUse", f"Transform job names must be unique, and {arn} exists already; choose another"
            ),
            lambda arn: AwsError("ValidationException", f'Could not find transform job "{arn}".'),
        )
        self.desk = JobDesk(context, board, self._resources, self._work, role=self._role_of)

    @property
    def operations(self) -> dict[tuple[str, str], Handler]:
        """The operations that this part owns."""
        return {
            ("sagemaker", "CreateTransformJob"): self.create,
            ("sagemaker", "DescribeTransformJob"): self._resources.describe,
            ("sagemaker", "ListTransformJobs"): self._resources.list,
            ("sagemaker", "StopTransformJob"): self.desk.stop,
        }

    def create(self, request: Request) -> Answer:
        """Serve CreateTransformJob."""
        validate(request)
        self._container(request).check_environment()
        return self.desk.create(request)

    def _container(self, request: Record) -> ModelContainer:
        container = model_container(self._context, request["ModelName"])
        environment = {**container.environment, **request.get("Environment", {})}
        return dataclasses.replace(container, environment=environment)

    def _role_of(self, record: Record) -> str:
        return model_container(self._context, record["ModelName"]).role_arn

    def _work(self, record: Record, ticket: Ticket) -> Ending:
        name = record["TransformJobName"]
        folder = self._context.jobs.folder("transform-jobs", name)
        inputs = self._inputs(record["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"])
        if ticket.stopping.is_set():
            raise JobStoppedError
        try:
            server = self._container(record).start(
                self._context,
                self.desk.job_id(name),
                folder,
                (LOG_GROUP, f"{name}/{_HOST}-{int(time.time())}"),
                _variables(record),
            )
        except ModelServerError as error:
            if ticket.stopping.is_set():
                raise JobStoppedError from error
            raise JobFailedError(f"AlgorithmError: {error}") from error
        try:
            self.desk.update(name, TransformStartTime=now())
            results = self._transform_all(server, record, ticket, inputs, folder / "results")
        finally:
            server.stop()
        self._context.objects.upload(results, record["TransformOutput"]["S3OutputPath"])
        shutil.rmtree(results)
        shutil.rmtree(folder / "opt")
        return Ending("Completed")

    def _inputs(self, uri: str) -> dict[str, Path]:
        """Return the input objects' files by their path below the prefix's last slash."""
        bucket, prefix = split_uri(uri)
        found = [info for info in self._context.objects.list(bucket, prefix) if not info.key.endswith("/")]
        chosen = [info for info in found if info.key == prefix] or found
        if not chosen:
            raise AwsError("ValidationException", f"no object at or below {uri}; check bucket and prefix")
        base = prefix.rpartition("/")[0]
        return {info.key[len(base) :].lstrip("/"): self._context.objects.get(bucket, info.key).path for info in chosen}

    def _transform_all(
        self, server: ModelServer, record: Record, ticket: Ticket, inputs: dict[str, Path], results: Path
    ) -> Path:
        run = TransformRun(server, Plan.of(record, _execution_parameters(server)), ticket)
        for relative, source in inputs.items():
            target = results / f"{relative}.out"
            if not target.resolve().is_relative_to(results.resolve()):
                raise AwsError("ValidationException", f"object key {relative!r} leads out of the job folder")
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                run.transform(source, target)
            except JobFailedError as error:
                raise JobFailedError(f"{error} (in input object {relative})") from error
        return results


def _execution_parameters(server: ModelServer) -> dict[str, object]:
    try:
        return json.loads(server.get("/execution-parameters").body)
    except ModelServerError as error:
        raise JobFailedError(f"AlgorithmError: {error}") from error


def _variables(record: Record) -> dict[str, str]:
    """Return the variables that tell a container that it serves a batch."""
    strategy = "SINGLE_RECORD" if record.get("BatchStrategy") == "SingleRecord" else "MULTI_RECORD"
    settings = {
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": record.get("MaxPayloadInMB"),
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": record.get("MaxConcurrentTransforms"),
    }
    return {
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_BATCH_STRATEGY": strategy,
        **{name: str(value) for name, value in settings.items() if value},
    }
