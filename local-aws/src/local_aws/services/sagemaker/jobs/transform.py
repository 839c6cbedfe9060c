"""Transform jobs: every object of an S3 prefix through a model server that is started for the job.

What is sent and written follows "Batch Transform" and "Custom Inference Code with Batch Transform" of the SageMaker
developer guide: an object ``x.csv`` gives ``<S3OutputPath>/x.csv.out``, below the prefix's sub-folders.
"""

from __future__ import annotations

import json
import shutil
import time
from http import HTTPStatus
from pathlib import Path
from typing import ClassVar

from local_aws.kernel.context import Request
from local_aws.kernel.objects import split_uri
from local_aws.kernel.records import Record, now
from local_aws.kernel.work import Running
from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.jobs.csv_filters import compile_filter
from local_aws.services.sagemaker.jobs.endings import Ending, JobFailedError, JobStoppedError
from local_aws.services.sagemaker.jobs.job_store import JobStore
from local_aws.services.sagemaker.jobs.transform_run import Plan, TransformRun
from local_aws.services.sagemaker.models import served_model
from local_aws.services.sagemaker.resources import Kind
from local_aws.services.sagemaker.served_models import ServedModel, Server, remove_containers
from local_aws.services.sagemaker.serving.model_server import ModelServerError
from local_aws.services.service_quotas.quotas import TRANSFORM

LOG_GROUP = "/aws/sagemaker/TransformJobs"
_HOST = "algo-1"
_DEFAULT_PARAMETERS: dict[str, object] = {
    "MaxConcurrentTransforms": 1,
    "BatchStrategy": "MULTI_RECORD",
    "MaxPayloadInMB": 6,
}
_MAX_TOGETHER_MB = 100
"""SageMaker's bound on ``MaxConcurrentTransforms`` times ``MaxPayloadInMB``."""


class TransformJobs(JobStore):
    """The transform jobs."""

    kind = Kind(
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
        taken_code="ResourceInUse",
        taken="Transform job names must be unique, and {arn} exists already; choose another",
        missing='Could not find transform job "{arn}".',
    )
    use = TRANSFORM
    instances = ("TransformResources",)
    honoured = (
        *("TransformJobName", "ModelName", "MaxConcurrentTransforms", "ModelClientConfig", "MaxPayloadInMB"),
        *("BatchStrategy", "Environment", "TransformInput", "TransformOutput", "TransformResources", "DataProcessing"),
        "Tags",
    )
    values: ClassVar = {
        "TransformInput.SplitType": ("None", "Line"),
        "TransformInput.DataSource.S3DataSource.S3DataType": ("S3Prefix",),
    }

    def validate(self, request: Request) -> None:
        """Check the request, and that its model can be served."""
        _check_request(request)
        self._model(request).check_environment(self._context)

    def role(self, record: Record) -> str:
        """Return the model's role: a transform job does not have its own."""
        return served_model(self._context, record["ModelName"]).role_arn

    def _model(self, request: Record) -> ServedModel:
        model = served_model(self._context, request["ModelName"])
        return model.with_environment(request.get("Environment", {}))

    def run(self, record: Record, running: Running) -> Ending:
        """Start a model server, send it the input objects, and upload the answers."""
        name = record["TransformJobName"]
        folder = self._context.jobs.folder("transform-jobs", name)
        inputs = self._inputs(record["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"])
        if running.stopping.is_set():
            raise JobStoppedError
        try:
            server = self._model(record).start(
                self._context,
                self.job_id(name),
                folder,
                (LOG_GROUP, f"{name}/{_HOST}-{int(time.time())}"),
                _variables(record),
            )
        except ModelServerError as error:
            if running.stopping.is_set():
                raise JobStoppedError from error
            raise JobFailedError(f"AlgorithmError: {error}") from error
        try:
            self.update(name, TransformStartTime=now())
            results = self._transform_all(server, record, running, inputs, folder / "results")
        finally:
            server.stop()
        self._context.objects.upload(results, record["TransformOutput"]["S3OutputPath"])
        shutil.rmtree(results)
        remove_containers(folder)
        return Ending("Completed")

    def _inputs(self, uri: str) -> dict[str, Path]:
        """Return the input objects' files by their path below the prefix's last slash."""
        bucket, prefix = split_uri(uri)
        infos = [info for info in self._context.objects.list(bucket, prefix) if not info.key.endswith("/")]
        chosen = [info for info in infos if info.key == prefix] or infos
        if not chosen:
            raise invalid(f"no object at or below {uri}; check bucket and prefix")
        base = prefix.rpartition("/")[0]
        return {info.key[len(base) :].lstrip("/"): self._context.objects.get(bucket, info.key).path for info in chosen}

    def _transform_all(
        self, server: Server, record: Record, running: Running, inputs: dict[str, Path], results: Path
    ) -> Path:
        run = TransformRun(server, Plan.of(record, _execution_parameters(server)), running)
        for relative, source in inputs.items():
            target = results / f"{relative}.out"
            if not target.resolve().is_relative_to(results.resolve()):
                raise invalid(f"object key {relative!r} leads out of the job folder")
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                run.transform(source, target)
            except JobFailedError as error:
                raise JobFailedError(f"{error} (in input object {relative})") from error
        return results


def _check_request(request: Request) -> None:
    source = request["TransformInput"]
    split_uri(source["DataSource"]["S3DataSource"]["S3Uri"])
    split_uri(request["TransformOutput"]["S3OutputPath"])
    if request["TransformResources"]["InstanceCount"] != 1:
        raise invalid("TransformResources.InstanceCount must be 1: there is one host here")
    payload = request.get("MaxPayloadInMB")
    if payload == 0:
        raise invalid("MaxPayloadInMB 0 asks for chunked requests, which are not supported")
    if payload and payload * (request.get("MaxConcurrentTransforms") or 1) > _MAX_TOGETHER_MB:
        raise invalid(f"MaxConcurrentTransforms * MaxPayloadInMB must not exceed {_MAX_TOGETHER_MB} MB")
    if request.get("BatchStrategy") == "SingleRecord" and source.get("SplitType", "None") == "None":
        raise invalid("BatchStrategy SingleRecord needs SplitType Line")
    _check_data_processing(request)


def _check_data_processing(request: Request) -> None:
    processing = request.get("DataProcessing", {})
    compile_filter(processing.get("InputFilter", "$"))
    compile_filter(processing.get("OutputFilter", "$"))
    joins = processing.get("JoinSource", "None") == "Input"
    if not joins and not any(processing.get(member, "$") != "$" for member in ("InputFilter", "OutputFilter")):
        return
    wanted = {
        "TransformInput.ContentType": (request["TransformInput"].get("ContentType"), "text/csv"),
        "TransformInput.SplitType": (request["TransformInput"].get("SplitType"), "Line"),
    }
    if joins or processing.get("OutputFilter", "$") != "$":
        wanted["TransformOutput.Accept"] = (request["TransformOutput"].get("Accept"), "text/csv")
        wanted["TransformOutput.AssembleWith"] = (request["TransformOutput"].get("AssembleWith"), "Line")
    for member, (value, needed) in wanted.items():
        if value != needed:
            raise invalid(f"DataProcessing is supported for CSV: {member} must be {needed}, not {value}")


def _execution_parameters(server: Server) -> dict[str, object]:
    """Return the container's parameters; SageMaker's own where it does not answer with any."""
    try:
        reply = server.get("/execution-parameters")
    except ModelServerError as error:
        raise JobFailedError(f"AlgorithmError: {error}") from error
    if reply.status != HTTPStatus.OK:
        return _DEFAULT_PARAMETERS
    try:
        return {**_DEFAULT_PARAMETERS, **json.loads(reply.body)}
    except (ValueError, TypeError) as error:
        raise JobFailedError(f"AlgorithmError: the answer of /execution-parameters cannot be read: {error}") from error


def _variables(record: Record) -> dict[str, str]:
    """Return the variables of a container that serves a batch."""
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
