"""Amazon SageMaker: jobs, models, endpoints, the model registry and pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local_aws.contracts.operations import Service
    from local_aws.kernel.context import Context


def build(context: Context) -> Service:
    """Build the service."""
    # Imported here: the model server is a program in this package, and must start within a second,
    # on an image's own Python too.
    from local_aws.services.sagemaker import operations

    return operations.build(context)
