"""SageMaker's contract, and its life cycle."""

from __future__ import annotations

from typing import Protocol

from local_aws.contracts.operations import Operation, Service, operations
from local_aws.kernel.context import Context
from local_aws.kernel.work import Work
from local_aws.services.sagemaker.automl.jobs import AutoMLJobs
from local_aws.services.sagemaker.hosting.endpoint_configs import EndpointConfigs
from local_aws.services.sagemaker.hosting.endpoints import Endpoints
from local_aws.services.sagemaker.images.custom_images import CustomImages
from local_aws.services.sagemaker.jobs.job_store import JobStore
from local_aws.services.sagemaker.jobs.processing import ProcessingJobs
from local_aws.services.sagemaker.jobs.training import TrainingJobs
from local_aws.services.sagemaker.jobs.transform import TransformJobs
from local_aws.services.sagemaker.lineage.associations import Associations
from local_aws.services.sagemaker.lineage.entities import Actions, Artifacts, Contexts
from local_aws.services.sagemaker.models import Models
from local_aws.services.sagemaker.pipelines.callbacks import Callbacks
from local_aws.services.sagemaker.pipelines.executions import Executions
from local_aws.services.sagemaker.pipelines.pipelines import Pipelines
from local_aws.services.sagemaker.pipelines.records import ExecutionRecords
from local_aws.services.sagemaker.pipelines.work import ExecutionRunner
from local_aws.services.sagemaker.registry.groups import Groups
from local_aws.services.sagemaker.registry.packages import Packages
from local_aws.services.sagemaker.tags import Tags
from local_aws.services.sagemaker.tuning.jobs import TuningJobs


class _Part(Protocol):
    """What serves some of the operations."""

    def operations(self) -> dict[str, Operation]:
        """Return its operations by name."""


def build(context: Context) -> Service:
    """Build the service."""
    work, tags = Work("sagemaker"), Tags(context.records)
    training_jobs = TrainingJobs(context, work, tags)
    jobs: list[JobStore] = [
        training_jobs,
        *(kind(context, work, tags) for kind in (ProcessingJobs, TransformJobs, AutoMLJobs)),
        TuningJobs(context, work, tags, training_jobs),
    ]
    endpoints = Endpoints(context, work, tags)
    groups = Groups(context, tags)
    execution_records = ExecutionRecords(context.records, context.announce)
    callbacks = Callbacks(context.records, execution_records)
    runner = ExecutionRunner(context, work, execution_records, callbacks)
    pipelines = Pipelines(context, execution_records, tags)
    lineage = (Actions(context, tags), Artifacts(context, tags), Contexts(context, tags))
    parts: tuple[_Part, ...] = (
        *jobs,
        tags,
        CustomImages(),
        Models(context, tags),
        EndpointConfigs(context, tags),
        endpoints,
        groups,
        Packages(context, groups, tags),
        pipelines,
        Executions(context, pipelines, execution_records, runner),
        callbacks,
        *lineage,
        Associations(context, lineage),
    )

    def recover() -> None:
        for kind in jobs:
            kind.recover()
        endpoints.recover()
        pipelines.recover()
        runner.recover()

    def stop() -> None:
        runner.close()
        endpoints.stop()
        # The jobs' processes have ended by now; what their threads have yet to record, they record here.
        work.stop()

    table = {name: operation for part in parts for name, operation in part.operations().items()}
    runtime = operations("sagemaker-runtime", endpoints.runtime_operations())
    return Service({**operations("sagemaker", table), **runtime}, recover, stop)
