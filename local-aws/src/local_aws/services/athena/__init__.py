"""Athena: Trino SQL on DuckDB over the Glue catalog, with SageMaker endpoints as functions."""

from __future__ import annotations

from local_aws.kernel.context import Context, Service


def build(context: Context) -> Service:
    """Make the service.

    Parameters
    ----------
    context
        The server's parts.

    Returns
    -------
    Service
    """
    # Query workers import this package as well, and must start without the server's modules.
    from local_aws.services.athena import service

    return service.build(context)
