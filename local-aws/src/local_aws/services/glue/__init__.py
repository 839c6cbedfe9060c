"""AWS Glue: jobs whose scripts run, crawlers that read, and workflows of both. The catalog itself is moto's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local_aws.contracts.operations import Service
    from local_aws.kernel.context import Context


def build(context: Context) -> Service:
    """Build the service."""
    # Imported here: make_class_archive is a program in this package, and needs nothing but Spark and a Java.
    from local_aws.services.glue import operations

    return operations.build(context)
