"""SageMaker: jobs, models, endpoints, the model registry and pipelines."""

from __future__ import annotations

from local_aws.kernel.context import Context, Service

_LAST_STATUSES_SECONDS = 5.0


def build(context: Context) -> Service:
    """Put the parts together; each gives its own operations."""
    # Imported here and not above: the model server is a program in this package, and must start within a second.
    from local_aws.services.sagemaker import (
        endpoint_configs,
        endpoints,
        models,
        pipelines,
        processing_jobs,
        registry,
        training_jobs,
        transform_jobs,
    )
    from local_aws.services.sagemaker.automl import jobs as automl_jobs
    from local_aws.services.sagemaker.job_board import JobBoard
    from local_aws.services.sagemaker.tags import Tags

    board = JobBoard()
    tags = Tags(context.records)
    services = [
        part.build(context, board, tags)
        for part in (
            processing_jobs,
            training_jobs,
            transform_jobs,
            automl_jobs,
            models,
            endpoint_configs,
            endpoints,
            registry,
            pipelines,
        )
    ]

    def recover() -> None:
        for service in services:
            service.recover()

    def stop() -> None:
        for service in reversed(services):
            service.stop()
        # The jobs' processes have ended by now; what their threads have yet to record, they record here.
        board.drain(_LAST_STATUSES_SECONDS)

    operations = dict(tags.operations)
    for service in services:
        operations |= service.operations
    return Service(operations, recover, stop)
