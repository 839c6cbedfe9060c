"""Amazon SageMaker: jobs, models, endpoints, the model registry and pipelines."""

from __future__ import annotations

from local_aws.contracts.operations import Service
from local_aws.kernel.context import Context


def build(context: Context) -> Service:
    """Build the service."""
    # Imported here: the model server is a program in this package, and must start within a second.
    from local_aws.services.sagemaker import operations

    return operations.build(context)
