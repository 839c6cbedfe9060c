"""Athena: Trino SQL on DuckDB over the Glue catalog, with SageMaker endpoints as functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local_aws.contracts.operations import Service
    from local_aws.kernel.context import Context


def build(context: Context) -> Service:
    """Build the service."""
    # Query workers import this package as well, and must start without the server's modules.
    from local_aws.services.athena import operations

    return operations.build(context)
